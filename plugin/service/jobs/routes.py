"""Jobs in Orthanc's own words. The plugin overlays them on ``/jobs``; on the API port ``/jobs`` is served itself."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import JSONResponse

from plugin.service.access.doors import Door, door
from plugin.service.access.keys import sees_all
from plugin.service.access.recognition import recognise
from plugin.service.errors import NotFound
from plugin.service.jobs.record import JobRecord
from plugin.service.jobs.view import job_view
from plugin.service.parts import Parts, PartsOf

router = APIRouter(tags=["jobs"])

_Expand = Annotated[str | None, Query(description="Whole jobs instead of their ids")]


async def _owner(request: Request, parts: PartsOf) -> str | None:
    """Whose jobs the client may see: None for all."""
    if door(request.scope) is Door.ORTHANC:
        return None
    user = parts.keys.require_keys(request.headers)
    recognise(request.scope, user.public_key)
    return None if sees_all(user) else user.name


_Owner = Annotated[str | None, Depends(_owner)]


@router.get("/plugins/ophtha/jobs")
@router.get("/jobs", include_in_schema=False)
async def list_jobs(request: Request, parts: PartsOf, owner: _Owner, expand: _Expand = None) -> JSONResponse:
    """Ids of this product's jobs, or whole jobs with ``?expand``."""
    records = await parts.jobs.list_all(owner=owner)
    if expand is None:
        return JSONResponse([record.id for record in records])
    return JSONResponse([job_view(record, parts.jobs.content(record, request)) for record in records])


@router.get("/plugins/ophtha/jobs/{job_id}")
@router.get("/jobs/{job_id}", include_in_schema=False)
async def get_job(job_id: str, request: Request, parts: PartsOf, owner: _Owner) -> JSONResponse:
    """One job in the shape of Orthanc's ``/jobs/<id>``."""
    record = await _visible(parts, job_id, owner)
    return JSONResponse(job_view(record, parts.jobs.content(record, request)))


@router.delete("/plugins/ophtha/jobs/{job_id}")
async def remove_job(job_id: str, parts: PartsOf, owner: _Owner) -> JSONResponse:
    """Forget a finished job."""
    record = await _visible(parts, job_id, owner)
    await parts.jobs.remove(record.id)
    return JSONResponse({})


@router.post("/plugins/ophtha/jobs/{job_id}/{action}")
@router.post("/jobs/{job_id}/{action}", include_in_schema=False)
async def act_on_job(
    job_id: str, action: Literal["cancel", "pause", "resume", "resubmit"], parts: PartsOf, owner: _Owner
) -> JSONResponse:
    """Cancel, pause, resume or resubmit a job."""
    record = await _visible(parts, job_id, owner)
    await getattr(parts.jobs, action)(record.id)
    return JSONResponse({})


async def _visible(parts: Parts, job_id: str, owner: str | None) -> JobRecord:
    record = await parts.jobs.find(job_id)
    if owner is not None and record.owner != owner:
        raise NotFound("There is no such job")
    return record
