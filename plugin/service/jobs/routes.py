"""Jobs in Orthanc's own words. The plugin overlays them on ``/jobs``; on the API port ``/jobs`` is served itself."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from plugin.service.access.person import Person
from plugin.service.access.senders import require_person
from plugin.service.effects import READS, WRITES
from plugin.service.errors import NotFound
from plugin.service.jobs.record import JobRecord
from plugin.service.jobs.view import JobView, job_view
from plugin.service.parts import Parts, PartsOf

router = APIRouter(tags=["jobs"])

_Expand = Annotated[str | None, Query(description="Whole jobs instead of their ids")]


class Nothing(BaseModel):
    """An empty object: it is done."""


async def _person(request: Request) -> Person:
    return require_person(request.scope)


_PersonOf = Annotated[Person, Depends(_person)]


@router.get("/plugins/ophtha/jobs", dependencies=[READS], response_model_exclude_unset=True)
@router.get("/jobs", include_in_schema=False, dependencies=[READS], response_model_exclude_unset=True)
async def list_jobs(
    request: Request, parts: PartsOf, asker: _PersonOf, expand: _Expand = None
) -> list[str] | list[JobView]:
    """Ids of this product's jobs, or whole jobs with ``?expand``."""
    records = [each for each in await parts.jobs.list_all() if parts.rights.may_see_job(asker, each)]
    if expand is None:
        return [record.id for record in records]
    return [job_view(record, parts.jobs.content(record, request)) for record in records]


@router.get("/plugins/ophtha/jobs/{job_id}", dependencies=[READS], response_model_exclude_unset=True)
@router.get("/jobs/{job_id}", include_in_schema=False, dependencies=[READS], response_model_exclude_unset=True)
async def get_job(job_id: str, request: Request, parts: PartsOf, asker: _PersonOf) -> JobView:
    """One job in the shape of Orthanc's ``/jobs/<id>``."""
    record = await _visible(parts, job_id, asker)
    return job_view(record, parts.jobs.content(record, request), parts.jobs.user_data(record))


@router.delete("/plugins/ophtha/jobs/{job_id}", dependencies=[WRITES])
async def remove_job(job_id: str, parts: PartsOf, asker: _PersonOf) -> Nothing:
    """Forget a finished job."""
    record = await _visible(parts, job_id, asker)
    await parts.jobs.remove(record.id)
    parts.audit.write("job remove", user=asker.name, resources=[record.id])
    return Nothing()


@router.post("/plugins/ophtha/jobs/{job_id}/{action}", dependencies=[WRITES])
@router.post("/jobs/{job_id}/{action}", include_in_schema=False, dependencies=[WRITES])
async def act_on_job(
    job_id: str, action: Literal["cancel", "pause", "resume", "resubmit"], parts: PartsOf, asker: _PersonOf
) -> Nothing:
    """Cancel, pause, resume or resubmit a job."""
    record = await _visible(parts, job_id, asker)
    await getattr(parts.jobs, action)(record.id)
    parts.audit.write(f"job {action}", user=asker.name, resources=[record.id])
    return Nothing()


async def _visible(parts: Parts, job_id: str, asker: Person) -> JobRecord:
    record = await parts.jobs.find(job_id)
    if not parts.rights.may_see_job(asker, record):
        raise NotFound("There is no such job")
    return record
