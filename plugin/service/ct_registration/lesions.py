"""``/plugins/registration/jobs/<id>/lesions``: lesions followed through a finished registration."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from plugin.service.ct_registration.asking import Point as PointMm
from plugin.service.ct_registration.asking import ScanSide
from plugin.service.ct_registration.callers import check_may_submit, identify, signed_request
from plugin.service.ct_registration.jobs import check_rights, visible
from plugin.service.ct_registration.lesion_job import LESIONS_TYPE, job_request
from plugin.service.ct_registration.lesion_work import LesionSeed
from plugin.service.ct_registration.refusals import InvalidParameter, ServiceBusy
from plugin.service.ct_registration.review import require_standing
from plugin.service.ct_registration.submission import Submission
from plugin.service.effects import WRITES
from plugin.service.errors import Conflict, NotFound
from plugin.service.jobs import JobState
from plugin.service.jobs.view import StartedJob
from plugin.service.parts import Parts, PartsOf

router = APIRouter(tags=["registration"])


class LesionAsked(BaseModel):
    """A point in or beside a lesion of one scan."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    Point: PointMm = Field(description="LPS millimetres; at most 4 mm beside the lesion")
    Side: ScanSide


class LesionsAsked(BaseModel):
    """Lesions to be followed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    Lesions: Annotated[tuple[LesionAsked, ...], Field(min_length=1, max_length=100)]


@router.post("/plugins/registration/jobs/{job_id}/lesions", dependencies=[WRITES])
async def follow_lesions(asked: LesionsAsked, job_id: str, request: Request, parts: PartsOf) -> StartedJob:
    """Outline and measure lesions in both scans of a finished registration, by a job that stores nothing.

    ``Content.Lesions`` of the job has, for each lesion: ``State`` (same, new, gone, unclear) with its ``Reason``; of
    each scan ``Point``, ``VolumeMm3``, ``SolidVolumeMm3``, ``LongMm``, ``ShortMm``, ``MeanHU`` and ``Kind``, or null;
    ``GrowthPercent`` from the older to the newer scan, ``RepeatabilityPercent``, ``VolumeDoublingDays`` and
    ``ExpectedErrorMm``, null where they are not known. It measures; it does not diagnose.
    """
    caller = await identify(request, await signed_request(request, parts), parts)
    check_may_submit(caller)
    try:
        registration = await visible(job_id, caller, parts)
    except InvalidParameter:
        raise NotFound("There is no such registration") from None
    if registration.state != JobState.SUCCESS:
        raise Conflict("Lesions are followed through a registration that has succeeded")
    require_standing(registration)
    submission = Submission.from_json(registration.request)
    await check_rights(submission, caller, request, parts)
    await _require_room(parts)
    seeds = tuple(
        LesionSeed(point_mm=each.Point, is_reference=each.Side is ScanSide.REFERENCE) for each in asked.Lesions
    )
    record = await parts.jobs.submit(
        LESIONS_TYPE,
        job_request(registration, seeds),
        owner=caller.name,
        content={"Registration": registration.id},
    )
    parts.audit.write("lesions followed", user=caller.name, resources=[record.id, registration.id])
    return StartedJob(ID=record.id, Path=f"/jobs/{record.id}")


async def _require_room(parts: Parts) -> None:
    """Raises ServiceBusy."""
    waiting = [
        job for job in await parts.jobs.list_all() if job.kind == LESIONS_TYPE and not JobState(job.state).is_final
    ]
    if len(waiting) >= parts.configuration.ophtha.registration_queue:
        raise ServiceBusy(f"{len(waiting)} jobs that follow lesions are waiting already; ask again later")
