"""Jobs in Orthanc's own words. The plugin overlays them on ``/jobs``; on the API port ``/jobs`` is served itself."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from plugin.service.access.doors import Door, door
from plugin.service.access.keys import sees_all
from plugin.service.access.recognition import recognise
from plugin.service.effects import READS, WRITES
from plugin.service.errors import NotFound
from plugin.service.jobs.record import JobRecord
from plugin.service.jobs.view import JobView, job_view
from plugin.service.parts import Parts, PartsOf

router = APIRouter(tags=["jobs"])

_Expand = Annotated[str | None, Query(description="Whole jobs instead of their ids")]


class Nothing(BaseModel):
    """An empty object: it is done."""


@dataclass(frozen=True)
class _Asker:
    """Who asks for jobs; ``name`` is None through Orthanc's own port."""

    name: str | None
    sees_all: bool

    @property
    def owner(self) -> str | None:
        """Whose jobs the client may see: None for all."""
        return None if self.sees_all else self.name


async def _asker(request: Request, parts: PartsOf) -> _Asker:
    if door(request.scope) is Door.ORTHANC:
        return _Asker(None, sees_all=True)
    user = parts.keys.require_keys(request.headers)
    recognise(request.scope, user.public_key)
    return _Asker(user.name, sees_all=sees_all(user))


_AskerOf = Annotated[_Asker, Depends(_asker)]


@router.get("/plugins/ophtha/jobs", dependencies=[READS], response_model_exclude_unset=True)
@router.get("/jobs", include_in_schema=False, dependencies=[READS], response_model_exclude_unset=True)
async def list_jobs(
    request: Request, parts: PartsOf, asker: _AskerOf, expand: _Expand = None
) -> list[str] | list[JobView]:
    """Ids of this product's jobs, or whole jobs with ``?expand``."""
    records = await parts.jobs.list_all(owner=asker.owner)
    if expand is None:
        return [record.id for record in records]
    return [job_view(record, parts.jobs.content(record, request)) for record in records]


@router.get("/plugins/ophtha/jobs/{job_id}", dependencies=[READS], response_model_exclude_unset=True)
@router.get("/jobs/{job_id}", include_in_schema=False, dependencies=[READS], response_model_exclude_unset=True)
async def get_job(job_id: str, request: Request, parts: PartsOf, asker: _AskerOf) -> JobView:
    """One job in the shape of Orthanc's ``/jobs/<id>``."""
    record = await _visible(parts, job_id, asker)
    return job_view(record, parts.jobs.content(record, request))


@router.delete("/plugins/ophtha/jobs/{job_id}", dependencies=[WRITES])
async def remove_job(job_id: str, parts: PartsOf, asker: _AskerOf) -> Nothing:
    """Forget a finished job."""
    record = await _visible(parts, job_id, asker)
    await parts.jobs.remove(record.id)
    parts.audit.write("job remove", user=asker.name, resources=[record.id])
    return Nothing()


@router.post("/plugins/ophtha/jobs/{job_id}/{action}", dependencies=[WRITES])
@router.post("/jobs/{job_id}/{action}", include_in_schema=False, dependencies=[WRITES])
async def act_on_job(
    job_id: str, action: Literal["cancel", "pause", "resume", "resubmit"], parts: PartsOf, asker: _AskerOf
) -> Nothing:
    """Cancel, pause, resume or resubmit a job."""
    record = await _visible(parts, job_id, asker)
    await getattr(parts.jobs, action)(record.id)
    parts.audit.write(f"job {action}", user=asker.name, resources=[record.id])
    return Nothing()


async def _visible(parts: Parts, job_id: str, asker: _Asker) -> JobRecord:
    record = await parts.jobs.find(job_id)
    if asker.owner is not None and record.owner != asker.owner:
        raise NotFound("There is no such job")
    return record
