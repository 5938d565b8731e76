"""Submitting registrations and finding them again, for both ways to ask."""

from uuid import UUID

from starlette.requests import Request

from plugin.service.access.person import Person
from plugin.service.ct_registration.addresses import UrlPolicy
from plugin.service.ct_registration.callers import check_may_submit
from plugin.service.ct_registration.files import results_folder
from plugin.service.ct_registration.presentation import JOB_TYPE
from plugin.service.ct_registration.refusals import InvalidParameter, ServiceBusy
from plugin.service.ct_registration.submission import Source, Submission
from plugin.service.disk import require_free_space
from plugin.service.errors import NotFound
from plugin.service.jobs import JobRecord, JobState, JsonObject
from plugin.service.parts import Parts

_SLICE_BYTES = 512 * 512 * 2
_COPIES = 4
"""Input, NIfTI, DICOM archive and Orthanc's copy of a series, none larger than the input."""


async def submit(submission: Submission, caller: Person, request: Request, parts: Parts) -> JobRecord:
    """Check what can be checked at once, and start the job. Raises Refusal, StorageFull, Unavailable."""
    check_may_submit(caller)
    policy = UrlPolicy.of(parts.configuration)
    submission.check_urls(policy)
    await check_rights(submission, caller, request, parts)
    needed_bytes = await submission.count_files(parts.orthanc) * _SLICE_BYTES * _COPIES
    waiting = [record for record in await _registrations(parts) if not JobState(record.state).is_final]
    if len(waiting) >= parts.configuration.ophtha.registration_queue:
        raise ServiceBusy(f"{len(waiting)} registrations are waiting already; ask again later")
    require_free_space(results_folder(parts.configuration), needed_bytes)
    record = await parts.jobs.submit(
        JOB_TYPE, submission.to_json(), owner=caller.name, content=_first_content(submission)
    )
    series = [*submission.reference, *submission.floating] if submission.source is Source.ORTHANC else []
    parts.audit.write(
        "registration started",
        user=caller.name,
        resources=[record.id, *series],
        source=submission.source.value,
        store=submission.store,
    )
    return record


async def check_rights(submission: Submission, caller: Person, request: Request, parts: Parts) -> None:
    """Nobody gets by way of a registration what Orthanc would not show. Raises InvalidParameter."""
    for name, resource in submission.resources(UrlPolicy.of(parts.configuration)):
        try:
            await parts.rights.require(request.scope, caller, [resource])
        except NotFound:
            what = "series" if resource.level == "series" else "file"
            raise InvalidParameter(name, f"names no {what} of this Orthanc") from None


async def visible(job_id: str, caller: Person, parts: Parts) -> JobRecord:
    """A registration the caller may see. Raises InvalidParameter."""
    try:
        record = await parts.jobs.find(str(UUID(job_id)))
    except (NotFound, ValueError):
        record = None
    if record is None or record.kind != JOB_TYPE or not parts.rights.may_see_job(caller, record):
        raise InvalidParameter("JobId", "names no registration")
    return record


async def find(caller: Person, parts: Parts) -> list[JobRecord]:
    """Every registration the caller may see, the newest first."""
    return [record for record in reversed(await _registrations(parts)) if parts.rights.may_see_job(caller, record)]


async def _registrations(parts: Parts) -> list[JobRecord]:
    return [record for record in await parts.jobs.list_all() if record.kind == JOB_TYPE]


def _first_content(submission: Submission) -> JsonObject:
    """What a job tells from its beginning."""
    content: JsonObject = {"DataSourceType": submission.source.value}
    if submission.source is Source.ORTHANC:
        content |= {"ReferenceSeries": submission.reference[0], "FloatingSeries": submission.floating[0]}
    return content
