"""Uploads of pictures and slides that are no DICOM: converted in a worker, with progress, then images of projects."""

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final, Self, cast

from distributed.scheduler import KilledWorker
from sqlalchemy import select

from ophtha_core.dicom.derived_header import derived_uid
from ophtha_core.slides.conversion.formats import SlideFormat
from plugin.service.annotations import tables as t
from plugin.service.annotations.callers import caller_of
from plugin.service.annotations.conversion_work import ConversionWork, Converted, Refused, convert_upload, identity_of
from plugin.service.annotations.image_properties import add_properties
from plugin.service.annotations.inventory import take_in
from plugin.service.annotations.kinds.image_instance import shown_in_project
from plugin.service.annotations.state import Platform
from plugin.service.config import Configuration
from plugin.service.errors import NotFound, ServiceError
from plugin.service.jobs import Attempt, JobFailed, JobKind, JsonObject, RunningJob
from plugin.service.pacs.connection import OrthancAway, OrthancConnection
from plugin.service.pacs.error_numbers import BAD_FILE_FORMAT
from plugin.service.pacs.lending import Lending
from plugin.service.pacs.lookup import Kind, look_up
from plugin.service.records import now

KIND: Final = "SlideConversion"
CONVERTING, CONVERSION_FAILED, DEPLOYED = 30, 31, 100
"""States of an uploaded file, by the protocol's numbers."""
_TIME_LIMIT_S: Final = 6 * 3600.0
_PIECE_BYTES: Final = 2**20


@dataclass(frozen=True)
class ConversionRequest:
    """What a job remembers: the uploaded file's row, its format, and what becomes of its image."""

    file_id: int
    name: str
    format: SlideFormat
    user_id: int
    projects: tuple[int, ...]
    properties: tuple[tuple[str, str], ...]

    def to_json(self) -> JsonObject:
        return {
            "file": self.file_id,
            "name": self.name,
            "format": str(self.format),
            "user": self.user_id,
            "projects": list(self.projects),
            "properties": [list(each) for each in self.properties],
        }

    @classmethod
    def from_json(cls, request: JsonObject) -> Self:
        properties = cast("list[tuple[str, str]]", request["properties"])
        return cls(
            file_id=cast("int", request["file"]),
            name=str(request["name"]),
            format=SlideFormat(str(request["format"])),
            user_id=cast("int", request["user"]),
            projects=tuple(cast("list[int]", request["projects"])),
            properties=tuple((key, value) for key, value in properties),
        )


def kept_path(storage: Path, file_id: int) -> Path:
    """Where an uploaded file waits for its conversion."""
    return storage / "slide-uploads" / str(file_id)


def keep(content: BinaryIO, path: Path) -> None:
    """Write an uploaded file to where it waits."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    content.seek(0)
    with path.open("wb") as file:
        shutil.copyfileobj(content, file, _PIECE_BYTES)


class ConversionJobs:
    """Converts in a worker process: what a file does, it does to that one."""

    name = KIND
    concurrency = 1

    def __init__(self, configuration: Configuration, lending: Lending, platform: Callable[[], Platform]) -> None:
        self._storage = configuration.storage
        self._memory_mb = configuration.ophtha.worker_memory_mb
        self._lending = lending
        self._platform = platform

    async def run(self, job: RunningJob) -> JsonObject:
        """Raises JobFailed, JobCancelled."""
        request = ConversionRequest.from_json(job.request)
        if job.plan is None:
            await job.save_plan({"created": now().isoformat()})
        assert job.plan is not None, "just saved"
        path = kept_path(self._storage, request.file_id)
        if not path.is_file():
            raise JobFailed("The uploaded file is gone: upload it again", code=BAD_FILE_FORMAT)
        created = datetime.fromisoformat(str(job.plan["created"]))
        identity = identity_of(job.id, job.attempt, name=Path(request.name).stem, created=created)
        folder = self._storage / "slide-uploads" / f"{job.id}.work"
        work = ConversionWork(path, request.format, folder, identity, self._lending.for_jobs)
        try:
            outcome = await job.run_long(convert_upload, work, time_limit_s=_TIME_LIMIT_S)
        except KilledWorker:
            raise JobFailed(
                f"the workers died of the file; each may use {self._memory_mb} MB", code=BAD_FILE_FORMAT
            ) from None
        if isinstance(outcome, Refused):
            raise JobFailed(outcome.message, code=BAD_FILE_FORMAT)
        await job.confirm()
        try:
            image_id = await asyncio.to_thread(_deploy, self._platform(), request, outcome)
        except ServiceError as error:
            raise JobFailed(str(error)) from error
        await asyncio.to_thread(_remove, path, folder)
        return {"UploadedFile": request.file_id, "AbstractImage": image_id, "Instances": list(outcome.instances)}

    async def undo(self, attempt: Attempt) -> None:
        """Take the slide of an attempt out of Orthanc, and drop the file: it is uploaded again. Raises OrthancAway."""
        study = derived_uid(f"{identity_of(attempt.id, attempt.attempt, name='', created=now()).key} study")
        await self._lending.orthanc.asked_by_job(
            lambda orthanc: _remove_study(orthanc, str(study), attempt.require_authority)
        )
        file_id = ConversionRequest.from_json(attempt.request).file_id
        folder = self._storage / "slide-uploads" / f"{attempt.id}.work"
        await asyncio.to_thread(_remove, kept_path(self._storage, file_id), folder)
        await asyncio.to_thread(self._set_status, file_id, CONVERSION_FAILED)

    def _set_status(self, file_id: int, status: int) -> None:
        with self._platform().bookkeeping() as session:
            file = session.get(t.UploadedFile, file_id)
            if file is not None:
                file.status = status


def job_kinds(configuration: Configuration, lending: Lending, platform: Callable[[], Platform]) -> list[JobKind]:
    """For the job engine."""
    return [ConversionJobs(configuration, lending, platform)]


def _deploy(platform: Platform, request: ConversionRequest, converted: Converted) -> int:
    """Make the slide an image of its uploader, and of the projects asked for. Raises NotFound, Unavailable."""
    series = platform.orthanc.series_of(converted.instances[0])
    take_in(platform, [series])
    caller = caller_of(platform, request.user_id)
    with platform.writing(caller) as session:
        image = session.scalar(select(t.AbstractImage).where(t.AbstractImage.orthanc_series == series).limit(1))
        file = session.get(t.UploadedFile, request.file_id)
        if image is None or file is None:
            raise NotFound("The image, or the uploaded file that it was made of, has been deleted meanwhile")
        image.user_id, image.uploaded_file_id, image.original_filename = request.user_id, file.id, request.name
        file.status = DEPLOYED
        add_properties(session, image, request.properties)
        for project in request.projects:
            shown_in_project(session, caller, project, image.id)
        return image.id


def _remove(path: Path, folder: Path) -> None:
    path.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def _remove_study(orthanc: OrthancConnection, study: str, permit: Callable[[], None]) -> None:
    for each in look_up(orthanc, study, Kind.STUDY):
        permit()
        answer = orthanc.repeatable("DELETE", f"/studies/{each}")
        if not answer.is_ok and answer.status != 404:
            raise OrthancAway(f"Orthanc does not delete a study: {answer.reason}")
