"""Jobs that find the layers of a volume. What they found is kept in a file; `store` also writes it into the study."""

import asyncio
import gzip
from pathlib import Path
from typing import Final, cast

from distributed import KilledWorker

from ophtha_core.oct.layer_surfaces import Surface
from plugin.service.config import Configuration
from plugin.service.disk import require_free_space
from plugin.service.errors import ServiceError
from plugin.service.jobs import Attempt, JobFailed, JsonObject, RunningJob
from plugin.service.oct.archive.loading import Level
from plugin.service.oct.archive.segment_work import NotSegmented, SegmentationWork, Segmented, carry_out
from plugin.service.oct.routing import PREFIX
from plugin.service.pacs.connection import OrthancAway, OrthancConnection
from plugin.service.pacs.error_numbers import BAD_REQUEST, FULL_STORAGE
from plugin.service.pacs.lending import Lending
from plugin.service.pacs.lookup import Kind, look_up

JOB_TYPE: Final = "OCTSegmentation"
_TIME_LIMIT_S: Final = 1800.0


def results_folder(storage: Path) -> Path:
    """Where what jobs found is kept."""
    return storage / "oct-segmentations"


def result_path(storage: Path, job_id: str) -> Path:
    """What a job found: compressed JSON."""
    return results_folder(storage) / f"{job_id}.json.gz"


def result_url(job_id: str) -> str:
    """Where it is handed out."""
    return f"{PREFIX}/segmentations/{job_id}"


def job_request(level: Level, resource_id: str, surfaces: list[Surface], *, store: bool) -> JsonObject:
    """What a job remembers of its request."""
    return {
        "level": level.value,
        "resource": resource_id,
        "surfaces": [each.value for each in surfaces],
        "store": store,
    }


class SegmentationJobs:
    """The kind of job that segments a volume in one task."""

    name = JOB_TYPE
    concurrency = 1

    def __init__(self, configuration: Configuration, lending: Lending) -> None:
        self._configuration = configuration
        self._lending = lending

    async def run(self, job: RunningJob) -> JsonObject:
        """Find, keep, store. Raises JobFailed, JobCancelled."""
        try:
            found = await job.run_long(carry_out, self._work(job.request), time_limit_s=_TIME_LIMIT_S)
        except KilledWorker:
            memory = self._configuration.ophtha.worker_memory_mb
            raise JobFailed(f"the workers died of it; each may use {memory} MB") from None
        except OrthancAway as error:
            raise JobFailed(str(error)) from error
        if isinstance(found, NotSegmented):
            raise JobFailed(found.reason, code=BAD_REQUEST)
        if not found.found:
            raise JobFailed("no surface of a retina is seen anywhere in the volume", code=BAD_REQUEST)
        await job.confirm()
        stored = await self._stored(job, found)
        await asyncio.to_thread(_keep, result_path(self._configuration.storage, job.id), found.answer)
        return {"ResultUrl": result_url(job.id), "Stored": stored}

    async def undo(self, attempt: Attempt) -> None:
        """Remove the file, and what was stored where it was not there before. Raises OrthancAway."""
        path = result_path(self._configuration.storage, attempt.id)
        await asyncio.to_thread(path.unlink, missing_ok=True)
        plan = attempt.plan or {}
        if plan.get("uid") and not plan.get("was_there"):
            uid = str(plan["uid"])

            def remove(orthanc: OrthancConnection) -> None:
                for identifier in look_up(orthanc, uid, Kind.INSTANCE):
                    attempt.require_authority()
                    orthanc.repeatable("DELETE", f"/instances/{identifier}")

            await self._lending.orthanc.asked_by_job(remove)

    async def _stored(self, job: RunningJob, found: Segmented) -> str | None:
        """Orthanc's id of the height map; None where none was asked for."""
        if not found.height_map:
            return None
        orthanc, uid = self._lending.orthanc, found.sop_instance_uid
        there = await orthanc.asked_by_job(lambda asked: look_up(asked, uid, Kind.INSTANCE))
        plan = job.plan or {}
        if plan.get("uid") != uid:
            await job.save_plan({"uid": uid, "was_there": bool(there)})
        if there:
            return there[0]
        try:
            require_free_space(self._configuration.orthanc.storage_directory, len(found.height_map))
            return str((await orthanc.store(found.height_map))["ID"])
        except ServiceError as error:
            raise JobFailed(error.message, code=FULL_STORAGE) from error

    def _work(self, request: JsonObject) -> SegmentationWork:
        return SegmentationWork(
            level=Level(cast("str", request["level"])),
            resource_id=cast("str", request["resource"]),
            surfaces=tuple(Surface(each) for each in cast("list[str]", request["surfaces"])),
            store=cast("bool", request["store"]),
            desk=self._lending.for_jobs,
        )


def _keep(path: Path, answer: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = path.with_suffix(".part")
    unfinished.write_bytes(answer)
    unfinished.replace(path)


def read_kept(path: Path) -> bytes:
    """JSON of what a job found. Raises FileNotFoundError."""
    return gzip.decompress(path.read_bytes())
