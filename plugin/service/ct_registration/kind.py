"""The kind of job that registers two chest-CT series."""

import asyncio
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from distributed.scheduler import KilledWorker
from starlette.requests import Request

from plugin.service.audit import AuditLog
from plugin.service.config import Configuration
from plugin.service.ct_registration.addresses import UrlPolicy
from plugin.service.ct_registration.fetching import FetchLimits
from plugin.service.ct_registration.files import attempt_name, job_folder, work_folder, work_folders
from plugin.service.ct_registration.lesion_job import LesionJobs
from plugin.service.ct_registration.outcome import Failed
from plugin.service.ct_registration.presentation import ERROR_CODE, JOB_TYPE, presented
from plugin.service.ct_registration.removal import RemovalJobs
from plugin.service.ct_registration.storing import remove_stored
from plugin.service.ct_registration.submission import Submission
from plugin.service.ct_registration.work import RegistrationWork, carry_out
from plugin.service.jobs import Attempt, JobFailed, JobKind, JobRecord, JobRecords, JsonObject, RunningJob
from plugin.service.pacs.error_numbers import BAD_FILE_FORMAT, BAD_REQUEST, FULL_STORAGE, INTERNAL_ERROR, TIMEOUT
from plugin.service.pacs.lending import Lending
from plugin.service.records import now
from registration.results.identifiers import Identifiers

_CODES = {
    "InvalidFile.Content": BAD_FILE_FORMAT,
    "InvalidFile.Decode": BAD_FILE_FORMAT,
    "IllegalUrlParameter": BAD_REQUEST,
    "InternalError.Timeout": TIMEOUT,
}


class RegistrationJobs:
    """Registers in a worker process; all of a job's files lie in one folder."""

    name = JOB_TYPE

    def __init__(self, configuration: Configuration, lending: Lending, audit: AuditLog) -> None:
        settings = configuration.ophtha
        # The engine uses two threads.
        self.concurrency = max(1, settings.workers // 2)
        self._configuration = configuration
        self._lending = lending
        self._policy = UrlPolicy.of(configuration)
        self._limits = FetchLimits(file_bytes=settings.registration_max_file_mb << 20)
        self._audit = audit

    async def run(self, job: RunningJob) -> JsonObject:
        """Results in the job's folder. Raises JobFailed, JobCancelled."""
        if job.plan is None:
            await job.save_plan({"created": now().isoformat()})
        assert job.plan is not None, "just saved"
        folder = work_folder(self._configuration, job.claim)
        await asyncio.to_thread(_make_anew, folder)
        work = RegistrationWork(
            seed=attempt_name(job.id, job.attempt),
            folder=folder,
            submission=Submission.from_json(job.request),
            created=datetime.fromisoformat(str(job.plan["created"])),
            policy=self._policy,
            desk=self._lending.for_jobs,
            limits=self._limits,
        )
        try:
            outcome = await job.run_long(
                carry_out, work, time_limit_s=self._configuration.ophtha.registration_time_limit_s
            )
        except KilledWorker:
            memory = self._configuration.ophtha.worker_memory_mb
            raise _failure("InternalError.Algo", f"the workers died of it; each may use {memory} MB") from None
        except JobFailed as error:
            raise _failure("InternalError.Timeout", error.message) if error.code == TIMEOUT else error from None
        if isinstance(outcome, Failed):
            raise _failure(outcome.code, outcome.message, FULL_STORAGE if outcome.disk_is_full else None)
        await job.confirm()
        results = job_folder(self._configuration, job.id, job.attempt)
        await asyncio.to_thread(_publish, folder, results, job.require_authority)
        stored = [] if outcome.stored_series is None else [outcome.stored_series]
        self._audit.write("registration finished", user=job.owner, resources=[job.id, *stored])
        return {
            "Verdict": outcome.verdict,
            "Reasons": list(outcome.reasons),
            "Quality": outcome.quality,
            "Warnings": list(outcome.warnings),
            "StoredSeries": outcome.stored_series,
        }

    async def undo(self, attempt: Attempt) -> None:
        """Leave nothing behind, in Orthanc or on disk.

        Raises OSError, OrthancAway when that cannot be yet, ClaimUncertain.
        """
        if Submission.from_json(attempt.request).store:
            identifiers = Identifiers(attempt_name(attempt.id, attempt.attempt))
            await self._lending.orthanc.asked_by_job(
                lambda orthanc: remove_stored(orthanc, identifiers, attempt.require_authority)
            )
        await asyncio.to_thread(self._remove_folders, attempt.id, attempt.attempt)

    def fresh_content(self, record: JobRecord, request: Request) -> JsonObject:
        """With links that work for the client of ``request``."""
        return presented(record, request, self._configuration)

    def _remove_folders(self, job_id: str, attempt: int) -> None:
        for folder in work_folders(self._configuration, job_id, attempt):
            _remove(folder)
        _remove(job_folder(self._configuration, job_id, attempt))


def job_kinds(configuration: Configuration, lending: Lending, records: JobRecords, audit: AuditLog) -> list[JobKind]:
    """For the job engine."""
    return [
        RegistrationJobs(configuration, lending, audit),
        RemovalJobs(configuration, lending, records, audit),
        LesionJobs(configuration, lending),
    ]


def _failure(code: str, message: str, orthanc_code: int | None = None) -> JobFailed:
    return JobFailed(
        message,
        code=_CODES.get(code, INTERNAL_ERROR) if orthanc_code is None else orthanc_code,
        content={ERROR_CODE: code},
    )


def _make_anew(folder: Path) -> None:
    """What a killed worker left is of no use."""
    _remove(folder)
    folder.mkdir(parents=True, mode=0o700)


def _publish(work: Path, results: Path, permit: Callable[[], None]) -> None:
    permit()
    _remove(results)  # of a service that ended before it could say so
    work.rename(results)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
