"""Pictures of frames, display volumes, and which slices a mask hits: what the mask editor shows, for scripts too."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from distributed import KilledWorker
from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from ophtha_core.dicom.layout import read_layout
from ophtha_core.dicom.reading import known_number
from ophtha_core.display.stack import Stack
from ophtha_core.display.volume import LARGEST_SIDE
from plugin.service.errors import Unavailable, Unprocessable
from plugin.service.frames.description import (
    Hits,
    HitsRequest,
    PreviewRequest,
    SeriesFrames,
    WindowDescription,
    frames_of,
    window_of,
)
from plugin.service.frames.headers import InstanceHeader, series_headers, stack_of_series
from plugin.service.frames.hits import hits_of
from plugin.service.frames.oct_volumes import router as oct_volumes_router
from plugin.service.frames.pictures import frame_png, masked_frame_png, series_volume
from plugin.service.oct.wire import JsonRoute
from plugin.service.parts import Parts, PartsOf
from plugin.service.pixels_masker.connection import OrthancAway, OrthancConnection
from plugin.service.pixels_masker.payload import Level
from plugin.service.pixels_masker.request import parse_mask
from plugin.service.pixels_masker.source import read_source
from plugin.service.pixels_masker.targets import mask_of

router = APIRouter(route_class=JsonRoute, tags=["frames"])
masking_router = APIRouter(route_class=JsonRoute, tags=["pixels-masker"])
router.include_router(oct_volumes_router)

_Answer = TypeVar("_Answer")
_Frame = Annotated[int, Path(ge=0, description="Zero-based")]
_Center = Annotated[float | None, Query(description="Centre of the window, in output values; with `width`")]
_Width = Annotated[float | None, Query(description="Width of the window, in output values", ge=1)]
_Side = Annotated[int, Query(description="Voxels along the longest axis, at most", ge=16, le=LARGEST_SIDE)]
_PNG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/png": {}}}}
_NIFTI: dict[int | str, dict[str, Any]] = {200: {"content": {"application/gzip": {}}}}
_A_MOMENT = {"Cache-Control": "private, max-age=60"}


@router.get("/plugins/ophtha/series/{series_id}/frames")
async def series_frames(series_id: str, parts: PartsOf) -> SeriesFrames:
    """The frames of a series in order, each with its size and its place in the patient."""
    headers = await _headers(parts, series_id)
    stack = stack_of_series(headers)
    if not stack.frames:
        raise Unprocessable("The series holds no image")
    return _described(series_id, headers, stack)


@router.get("/plugins/ophtha/instances/{instance_id}/frames/{frame}/image", response_class=Response, responses=_PNG)
async def frame_image(
    instance_id: str, frame: _Frame, parts: PartsOf, center: _Center = None, width: _Width = None
) -> Response:
    """A frame as PNG, as large as stored; without a window the image's own."""
    window = window_of(center, width)
    png = await _on_a_worker(parts, frame_png, parts.orthanc_address, instance_id, frame, window)
    return Response(png, media_type="image/png", headers=_A_MOMENT)


@router.post("/plugins/ophtha/instances/{instance_id}/frames/{frame}/preview", response_class=Response, responses=_PNG)
async def frame_preview(instance_id: str, frame: _Frame, wish: PreviewRequest, parts: PartsOf) -> Response:
    """A frame before or after masking, or the difference, as PNG. Nothing is stored."""
    model = parse_mask(wish.MaskPixelData)

    source = await _asked(parts, lambda orthanc: read_source(orthanc, Level.INSTANCE, instance_id))
    regions = mask_of(model).regions_of(source.instances[0])
    png = await _on_a_worker(
        parts, masked_frame_png, parts.orthanc_address, instance_id, frame, regions, wish.Show, wish.window
    )
    return Response(png, media_type="image/png", headers={"Cache-Control": "no-store"})


@router.get("/plugins/ophtha/series/{series_id}/display-volume.nii.gz", response_class=Response, responses=_NIFTI)
async def series_display_volume(series_id: str, parts: PartsOf, side: _Side = LARGEST_SIDE) -> Response:
    """A grey series as a small 16-bit NIfTI volume in output values, for viewers; not for measurements."""
    volume = await _on_a_worker(parts, series_volume, parts.orthanc_address, series_id, side)
    return Response(volume, media_type="application/gzip", headers=_A_MOMENT)


def _register_hits(level: Level) -> None:
    @masking_router.post(
        f"/plugins/pixels-masker/{level}/{{resource_id}}/hits",
        name=f"Hits in {level}",
        operation_id=f"mask_hits_{level}",
    )
    async def hits(resource_id: str, wish: HitsRequest, parts: PartsOf) -> Hits:
        """Which frames each region of a mask hits. Nothing is stored."""
        model = parse_mask(wish.MaskPixelData)
        return await _asked(parts, lambda orthanc: hits_of(orthanc, level, resource_id, model))


for _level in Level:
    _register_hits(_level)


def _described(series_id: str, headers: tuple[InstanceHeader, ...], stack: Stack) -> SeriesFrames:
    first = next(header for header in headers if header.instance == stack.frames[0].instance).dataset
    layout = read_layout(first)
    centre, width = (known_number(first, keyword) for keyword in ("WindowCenter", "WindowWidth"))
    return SeriesFrames(
        series=series_id,
        is_volume=stack.is_volume and layout.samples == 1,
        grey=layout.samples == 1 and layout.photometric.startswith("MONOCHROME"),
        value_range=layout.value_range,
        window=None if centre is None or width is None else WindowDescription(center=centre, width=width),
        frames=frames_of(stack),
    )


async def _headers(parts: Parts, series_id: str) -> tuple[InstanceHeader, ...]:
    return await _asked(parts, lambda orthanc: series_headers(orthanc, series_id))


async def _asked(parts: Parts, question: Callable[[OrthancConnection], _Answer]) -> _Answer:
    """The answer to a question to Orthanc that waits. Raises Unavailable, and what the question raises."""

    def ask() -> _Answer:
        with OrthancConnection(parts.orthanc_address) as orthanc:
            return question(orthanc)

    try:
        return await asyncio.to_thread(ask)
    except OrthancAway as error:
        raise Unavailable(str(error)) from error


async def _on_a_worker(parts: Parts, work: Callable[..., bytes], *arguments: object) -> bytes:
    """Decoded there: what a hostile file may do does not harm the service."""
    try:
        return await parts.jobs.compute(work, *arguments)
    except OrthancAway as error:
        raise Unavailable(str(error)) from error
    except KilledWorker as error:
        raise Unprocessable("The image needs more memory than a worker may use") from error
