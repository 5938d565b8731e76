"""The kind of job that takes a rejected result, and everything made from it, out of the archive and off the disk."""

import asyncio
import shutil
from typing import cast

from plugin.service.audit import AuditLog
from plugin.service.config import Configuration
from plugin.service.ct_registration.files import attempt_name, job_folder
from plugin.service.ct_registration.made_from import leaving, remove
from plugin.service.ct_registration.presentation import JOB_TYPE
from plugin.service.ct_registration.review import REMOVAL, is_rejected, is_removed
from plugin.service.jobs import Attempt, JobRecord, JobRecords, JobState, JsonObject, RunningJob
from plugin.service.pacs.lending import Lending
from plugin.service.parts import Parts
from registration.results.identifiers import Identifiers

REMOVAL_TYPE = "CTRegistrationRemoval"
_REGISTRATION = "Registration"


class RemovalJobs:
    """Once it is settled what leaves, it only ever goes forward: all of it leaves, whatever happens meanwhile."""

    name = REMOVAL_TYPE
    concurrency = 1

    def __init__(self, configuration: Configuration, lending: Lending, records: JobRecords, audit: AuditLog) -> None:
        self._configuration = configuration
        self._ask = lending.orthanc.asked_by_job
        self._records = records
        self._audit = audit

    async def run(self, job: RunningJob) -> JsonObject:
        """What was removed, and what others hold on to. Raises OrthancAway: then it is tried again."""
        registration, attempt = str(job.request["registration"]), cast("int", job.request["attempt"])
        if job.plan is None:
            identifiers = Identifiers(attempt_name(registration, attempt))
            found = await self._ask(lambda orthanc: leaving(orthanc, identifiers))
            await job.keep(found.to_json())
        assert job.plan is not None, "just saved"
        outcome = job.plan
        series = cast("list[str]", outcome["Removed"])
        await self._ask(lambda orthanc: remove(orthanc, series, job.require_authority))
        await job.confirm()
        folder = job_folder(self._configuration, registration, attempt)
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)  # what stays there is swept
        await asyncio.to_thread(self._records.note, registration, REMOVAL, outcome)
        self._audit.write("registration removed", user=job.owner, resources=[registration, *series])
        return outcome

    async def undo(self, attempt: Attempt) -> None:
        """Nothing was stored, and nothing removed yet."""


async def see_to_removal(record: JobRecord, parts: Parts, *, reviewer: str | None) -> JobRecord | None:
    """The job that removes what belongs to a rejected registration; None when that has been done."""
    if is_removed(record):
        return None
    for job in reversed(await parts.jobs.list_all()):
        is_at_work = job.kind == REMOVAL_TYPE and not JobState(job.state).is_final
        if is_at_work and job.content.get(_REGISTRATION) == record.id:
            return job
    request: JsonObject = {"registration": record.id, "attempt": record.attempt}
    return await parts.jobs.submit(REMOVAL_TYPE, request, owner=reviewer, content={_REGISTRATION: record.id})


async def finish_removals(parts: Parts) -> None:
    """Begin the removals that a service which ended could not begin, and those that somebody cancelled."""
    for record in await parts.jobs.list_all():
        if record.kind == JOB_TYPE and is_rejected(record) and not is_removed(record):
            await see_to_removal(record, parts, reviewer=None)
