"""``/plugins/registration/jobs/<id>/points``: what a finished registration says of points."""

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import numpy as np
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from plugin.service.ct_registration.callers import identify, signed_request
from plugin.service.ct_registration.files import ResultFile, job_folder
from plugin.service.ct_registration.jobs import visible
from plugin.service.ct_registration.refusals import InvalidParameter
from plugin.service.ct_registration.review import require_standing
from plugin.service.effects import READS
from plugin.service.errors import NotFound
from plugin.service.jobs import JobState
from plugin.service.parts import Parts, PartsOf
from registration.points import PointMapper

router = APIRouter(tags=["registration"], dependencies=[READS])

_Coordinate = Annotated[float, Field(ge=-1e5, le=1e5, allow_inf_nan=False)]
Point = tuple[_Coordinate, _Coordinate, _Coordinate]


class ScanSide(StrEnum):
    """One of the two scans of a registration."""

    REFERENCE = "reference"
    FLOATING = "floating"


class PointsAsked(BaseModel):
    """Points of one scan, LPS millimetres."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    From: ScanSide = Field(description="The scan that the points are of")
    Points: tuple[Point, ...] = Field(max_length=100_000)


class PointsFound(BaseModel):
    """The same points in the other scan; null where the field does not reach."""

    Points: list[Point | None]
    ExpectedErrorMm: list[float | None] = Field(description="Null where it is not known")


@router.post("/plugins/registration/jobs/{job_id}/points")
async def map_points(asked: PointsAsked, job_id: str, request: Request, parts: PartsOf) -> PointsFound:
    """Where points of one scan lie in the other, as long as the job's results are kept."""
    field = await _field(job_id, request, parts)
    found = await parts.readers.ask("The field", mapped, field, asked.From, asked.Points)
    return PointsFound(Points=found, ExpectedErrorMm=[None] * len(found))


def mapped(field: Path, side: ScanSide, points: tuple[Point, ...]) -> list[Point | None]:
    """``points`` of ``side`` in the other scan. Raises InvalidContent."""
    mapper = PointMapper.read(field)
    given = np.array(points, dtype=np.float64).reshape(-1, 3)
    there = mapper.to_floating(given) if side is ScanSide.REFERENCE else mapper.to_reference(given)
    return [None if np.isnan(row).any() else (float(row[0]), float(row[1]), float(row[2])) for row in there]


async def _field(job_id: str, request: Request, parts: Parts) -> Path:
    """Raises NotFound, Conflict, AuthFailed."""
    caller = await identify(request, await signed_request(request, parts), parts)
    try:
        record = await visible(job_id, caller, parts)
    except InvalidParameter:
        raise NotFound("There is no such registration") from None
    require_standing(record)
    path = job_folder(parts.configuration, record.id, record.attempt) / ResultFile.FIELD
    if record.state != JobState.SUCCESS or not await asyncio.to_thread(path.is_file):
        raise NotFound("The registration has no result, or it was deleted")
    return path
