"""``POST /plugins/oct/{instances|series}/{id}/segment``, and what its jobs found."""

import asyncio
from datetime import timedelta
from pathlib import Path as FilePath
from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.layer_surfaces import Surface
from ophtha_core.oct.segmentation.segment import FOUND
from plugin.service.access.senders import require_person
from plugin.service.effects import READS, WRITES
from plugin.service.errors import NotFound
from plugin.service.jobs import JobState
from plugin.service.jobs.retention import JOB_ID_LENGTH, is_over, swept_while_served
from plugin.service.jobs.view import StartedJob
from plugin.service.oct.archive.loading import load_volume
from plugin.service.oct.archive.paths import ResourceId, ResourceLevel
from plugin.service.oct.archive.segment_job import (
    JOB_TYPE,
    job_request,
    read_kept,
    result_path,
    result_url,
    results_folder,
)
from plugin.service.oct.routing import oct_router
from plugin.service.parts import Parts, PartsOf

_NOT_THERE: Final = "The segmentation is not there (yet, or any more)"
_JobId = Annotated[str, Path(description="Of the job", pattern="^[0-9a-fA-F-]{1,64}$")]


class SegmentRequest(BaseModel):
    """What to find."""

    model_config = ConfigDict(strict=True, extra="forbid")

    surfaces: list[Annotated[Surface, Field(strict=False)]] = Field(
        default_factory=lambda: list(FOUND), min_length=1, description="Among ILM, RNFL_outer, INL_inner, BM"
    )
    store: bool = Field(default=False, description="Write them into the study as a Height Map Segmentation, AUTOMATIC")


def _require_findable(surfaces: list[Surface]) -> None:
    """Raises InvalidInput (`surfaces`)."""
    other = [each.value for each in surfaces if each not in FOUND]
    if other:
        raise InvalidInput("surfaces", f"{other[0]} is not found here; ask for {', '.join(FOUND)}")


class SegmentStarted(StartedJob):
    """The job that segments, and where its result will be."""

    ResultUrl: str


class DiscFound(BaseModel):
    """The opening of Bruch's membrane."""

    centre: tuple[float, float] = Field(description="[column, B-scan]")
    columns: list[tuple[int, int] | None] = Field(description="First and last column inside, a B-scan each")


class SegmentationFound(BaseModel):
    """Surfaces by name, one list for each B-scan, one row for each column; computed, and reviewed by nobody."""

    surfaces: dict[str, list[list[float | None]]] = Field(
        description="Rows in the coordinates of polygons: 0 is the centre of the first row; null where not held"
    )
    confidence: dict[str, list[list[float]]] = Field(description="0 to 1")
    fovea: tuple[float, float] | None = Field(description="[column, B-scan]")
    disc: DiscFound | None
    algorithm: str
    version: str
    bias: str = Field(description="`unknown`: it was calibrated on no device")
    stored: str | None = Field(description="Orthanc's id of the height map")


async def _sweep(parts: Parts, keep: timedelta) -> None:
    """Delete what jobs found longer than ``keep`` ago, and of jobs that failed or are forgotten."""
    for path in await asyncio.to_thread(_files, results_folder(parts.configuration.storage)):
        try:
            record = await parts.jobs.find(path.name[:JOB_ID_LENGTH])
        except NotFound:
            record = None
        if record is None or is_over(record, keep=keep):
            await asyncio.to_thread(path.unlink, missing_ok=True)


def _files(folder: FilePath) -> list[FilePath]:
    return [each for each in folder.iterdir() if each.is_file()] if folder.is_dir() else []


_routes = oct_router()


@_routes.post("/{level}/{resource_id}/segment", dependencies=[WRITES])
async def segment(
    request: Request, parts: PartsOf, level: ResourceLevel, resource_id: ResourceId, body: SegmentRequest
) -> SegmentStarted:
    """Find the layers in the B-scans alone, as a job (`/jobs/<id>`). For research, not a diagnosis."""
    surfaces = list(dict.fromkeys(body.surfaces))
    _require_findable(surfaces)
    await load_volume(parts, level, resource_id)
    person = require_person(request.scope)
    order = job_request(level, resource_id, surfaces, store=body.store)
    record = await parts.jobs.submit(JOB_TYPE, order, owner=person.name)
    parts.audit.write("oct segmentation started", user=person.name, resources=[resource_id], job=record.id)
    return SegmentStarted(ID=record.id, Path=f"/jobs/{record.id}", ResultUrl=result_url(record.id))


@_routes.get("/segmentations/{job_id}", response_model=SegmentationFound, dependencies=[READS])
async def segmentation(request: Request, parts: PartsOf, job_id: _JobId) -> Response:
    """What a segmentation job found; kept as long as results of registrations are."""
    record = await parts.jobs.find(job_id)
    person = require_person(request.scope)
    if record.kind != JOB_TYPE or not parts.rights.may_see_job(person, record):
        raise NotFound(_NOT_THERE)
    if record.state != JobState.SUCCESS:
        raise NotFound(_NOT_THERE)
    try:
        kept = await asyncio.to_thread(read_kept, result_path(parts.configuration.storage, record.id))
    except FileNotFoundError:
        raise NotFound(_NOT_THERE) from None
    stored = record.content.get("Stored")
    tail = b',"stored":' + (b"null" if stored is None else f'"{stored}"'.encode()) + b"}"
    return Response(kept[:-1] + tail, media_type="application/json")


router = APIRouter(lifespan=swept_while_served(_sweep, what="segmentations of OCT"))
router.include_router(_routes)
