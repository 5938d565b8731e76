"""The kind of job that follows lesions through a finished registration. It stores nothing."""

import asyncio
import shutil
from typing import cast

from distributed.scheduler import KilledWorker

from plugin.service.config import Configuration
from plugin.service.ct_registration.addresses import UrlPolicy
from plugin.service.ct_registration.fetching import FetchLimits
from plugin.service.ct_registration.files import ResultFile, job_folder, work_folder, work_folders
from plugin.service.ct_registration.lesion_work import LesionSeed, LesionWork, follow_lesions
from plugin.service.ct_registration.outcome import Failed
from plugin.service.ct_registration.submission import Submission
from plugin.service.jobs import Attempt, JobFailed, JobRecord, JsonObject, RunningJob
from plugin.service.pacs.error_numbers import BAD_FILE_FORMAT
from plugin.service.pacs.lending import Lending
from registration.lesions.follow_up import Followed
from registration.lesions.measure import LesionSize

LESIONS_TYPE = "CTRegistrationLesions"


class LesionJobs:
    """Reads both series anew, in a worker process."""

    name = LESIONS_TYPE

    def __init__(self, configuration: Configuration, lending: Lending) -> None:
        settings = configuration.ophtha
        self.concurrency = max(1, settings.workers // 2)
        self._configuration = configuration
        self._lending = lending
        self._policy = UrlPolicy.of(configuration)
        self._limits = FetchLimits(file_bytes=settings.registration_max_file_mb << 20)

    async def run(self, job: RunningJob) -> JsonObject:
        """The lesions, as ``Content`` shows them. Raises JobFailed, JobCancelled."""
        folder = work_folder(self._configuration, job.claim)
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        await asyncio.to_thread(folder.mkdir, parents=True, mode=0o700)
        registration, attempt = str(job.request["registration"]), cast("int", job.request["attempt"])
        work = LesionWork(
            folder=folder,
            submission=Submission.from_json(cast("JsonObject", job.request["submission"])),
            policy=self._policy,
            desk=self._lending.for_jobs,
            limits=self._limits,
            field=job_folder(self._configuration, registration, attempt) / ResultFile.FIELD,
            seeds=tuple(_seed(each) for each in cast("list[JsonObject]", job.request["lesions"])),
        )
        time_limit_s = self._configuration.ophtha.registration_time_limit_s
        try:
            outcome = await job.run_long(follow_lesions, work, time_limit_s=time_limit_s)
        except KilledWorker:
            memory = self._configuration.ophtha.worker_memory_mb
            raise JobFailed(f"The workers died of it; each may use {memory} MB") from None
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        if isinstance(outcome, Failed):
            raise JobFailed(outcome.message, code=BAD_FILE_FORMAT)
        return {"Lesions": [_shown(each) for each in outcome]}

    async def undo(self, attempt: Attempt) -> None:
        """Leave no file behind."""
        for folder in work_folders(self._configuration, attempt.id, attempt.attempt):
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def job_request(registration: JobRecord, seeds: tuple[LesionSeed, ...]) -> JsonObject:
    """What a job remembers of its request."""
    return {
        "registration": registration.id,
        "attempt": registration.attempt,
        "submission": registration.request,
        "lesions": [{"point": list(each.point_mm), "is_reference": each.is_reference} for each in seeds],
    }


def _seed(values: JsonObject) -> LesionSeed:
    x, y, z = cast("list[float]", values["point"])
    return LesionSeed(point_mm=(x, y, z), is_reference=bool(values["is_reference"]))


def _shown(lesion: Followed) -> JsonObject:
    return {
        "State": lesion.state.value,
        "Reason": lesion.reason,
        "Reference": _side(lesion.reference),
        "Floating": _side(lesion.floating),
        "GrowthPercent": _rounded(lesion.growth_percent),
        "RepeatabilityPercent": lesion.repeatability_percent,
        "VolumeDoublingDays": _rounded(lesion.doubling_days),
        "ExpectedErrorMm": lesion.expected_error_mm,
    }


def _side(size: LesionSize | None) -> JsonObject | None:
    if size is None:
        return None
    return {
        "Point": [round(value, 2) for value in size.point_mm],
        "VolumeMm3": _rounded(size.volume_mm3),
        "SolidVolumeMm3": _rounded(size.solid_volume_mm3),
        "LongMm": _rounded(size.long_mm),
        "ShortMm": _rounded(size.short_mm),
        "MeanHU": _rounded(size.mean_hu),
        "Kind": size.kind.value,
    }


def _rounded(value: float | None) -> float | None:
    """No more digits than mean something."""
    return None if value is None else round(value, 1)
