"""``/plugins/registration/jobs/<id>/review``: a person accepts or rejects a result."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from plugin.service.ct_registration.callers import check_may_submit, identify, signed_request
from plugin.service.ct_registration.jobs import visible
from plugin.service.ct_registration.refusals import InvalidParameter
from plugin.service.ct_registration.removal import see_to_removal
from plugin.service.ct_registration.review import REVIEW, Decision, review_of
from plugin.service.effects import WRITES
from plugin.service.errors import Conflict, NotFound
from plugin.service.jobs import JobState
from plugin.service.jobs.view import StartedJob
from plugin.service.parts import PartsOf
from plugin.service.records import now

router = APIRouter(tags=["registration"])


class ReviewGiven(BaseModel):
    """What a person thinks of a result."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    Decision: Decision
    Comment: Annotated[str, Field(max_length=4000)] = ""


class Review(BaseModel):
    """A decision, who took it and when."""

    Decision: Decision
    Comment: str
    Reviewer: str | None = Field(description="Null where Orthanc asks nobody for a name")
    Time: str = Field(description="ISO 8601, UTC")


class Reviewed(BaseModel):
    """The review that stands, and the job that removes what was rejected."""

    Review: Review
    Removal: StartedJob | None = Field(description="Null when nothing is to be removed, or all of it has been")


@router.post("/plugins/registration/jobs/{job_id}/review", dependencies=[WRITES])
async def review(given: ReviewGiven, job_id: str, request: Request, parts: PartsOf) -> Reviewed:
    """Accept or reject a finished registration, once: another decision is a conflict.

    With a rejected result all leaves the archive that it stored and that was made from it, in both studies; what
    objects of others refer to stays, and is named in ``Content.Removal`` of the registration's job.
    """
    caller = await identify(request, await signed_request(request, parts), parts)
    check_may_submit(caller)
    try:
        record = await visible(job_id, caller, parts)
    except InvalidParameter:
        raise NotFound("There is no such registration") from None
    if record.state != JobState.SUCCESS:
        raise Conflict("Only a registration that has succeeded can be reviewed")
    new = Review(
        Decision=given.Decision,
        Comment=given.Comment,
        Reviewer=caller.name,
        Time=now().isoformat(timespec="seconds") + "Z",
    )
    if await parts.jobs.note(record.id, REVIEW, new.model_dump(mode="json")):
        parts.audit.write(
            "registration reviewed", user=caller.name, resources=[record.id], decision=given.Decision.value
        )
    record = await parts.jobs.find(record.id)
    standing = Review.model_validate(review_of(record))
    if (standing.Decision, standing.Comment) != (given.Decision, given.Comment):
        raise Conflict(f"This registration was {standing.Decision} already")
    removal = None
    if standing.Decision is Decision.REJECTED:
        removal = await see_to_removal(record, parts, reviewer=caller.name)
    started = None if removal is None else StartedJob(ID=removal.id, Path=f"/jobs/{removal.id}")
    return Reviewed(Review=standing, Removal=started)
