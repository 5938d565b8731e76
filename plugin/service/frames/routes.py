"""Pictures of frames, display volumes, and which slices a mask hits: what the mask editor shows, for scripts too."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from ophtha_core.display.volume import LARGEST_SIDE
from plugin.service.effects import COMPUTES, READS
from plugin.service.errors import Detail
from plugin.service.frames.description import Hits, HitsRequest, PreviewRequest, SeriesFrames, window_of
from plugin.service.frames.fetching import series_headers, series_volume
from plugin.service.frames.headers import describe_series
from plugin.service.frames.hits import hits_of
from plugin.service.frames.pictures import frame_png, masked_frame_png
from plugin.service.parts import PartsOf
from plugin.service.pixels_masker.mask_model import parse_mask
from plugin.service.pixels_masker.payload import Level
from plugin.service.pixels_masker.refusal import refuse
from plugin.service.pixels_masker.source import read_source
from plugin.service.pixels_masker.targets import mask_of, refuse_foreign_targets
from plugin.service.readers.stored import find_stored, read_file
from plugin.service.serving.described import binary
from plugin.service.serving.json_bodies import JsonRoute

router = APIRouter(route_class=JsonRoute, tags=["frames"])
masking_router = APIRouter(route_class=JsonRoute, tags=["pixels-masker"], dependencies=[COMPUTES])

_Frame = Annotated[int, Path(ge=0, description="Zero-based")]
_Center = Annotated[float | None, Query(description="Centre of the window, in output values; with `width`")]
_Width = Annotated[float | None, Query(description="Width of the window, in output values", ge=1)]
_Overlays = Annotated[bool, Query(description="Draw overlay planes and overlays in the pixel data on top")]
_Side = Annotated[int, Query(description="Voxels along the longest axis, at most", ge=16, le=LARGEST_SIDE)]
_PNG: Final = binary("image/png", description="A picture")
_NIFTI: Final = binary("application/gzip", description="A volume")
_A_MOMENT = {"Cache-Control": "private, max-age=60"}


@router.get("/plugins/ophtha/series/{series_id}/frames", dependencies=[READS])
async def series_frames(series_id: str, parts: PartsOf) -> SeriesFrames:
    """The frames of a series in order, each with its size and its place in the patient."""
    headers = await series_headers(parts, series_id)
    return await parts.readers.ask(f"Series {series_id}", describe_series, series_id, headers)


@router.get(
    "/plugins/ophtha/instances/{instance_id}/frames/{frame}/image",
    response_class=Response,
    responses=_PNG,
    dependencies=[READS],
)
async def frame_image(
    instance_id: str,
    frame: _Frame,
    parts: PartsOf,
    center: _Center = None,
    width: _Width = None,
    overlays: _Overlays = True,
) -> Response:
    """A frame as PNG, as large as stored: by its modality LUT or rescale, then by the window, else by the image's own
    VOI LUT or window; with neither, up to 8 bits as stored, more from the 0.5th to the 99.5th percentile."""
    window = window_of(center, width)
    png = await read_file(parts, await find_stored(parts, instance_id), frame_png, frame, window, overlays)
    return Response(png, media_type="image/png", headers=_A_MOMENT)


@router.post(
    "/plugins/ophtha/instances/{instance_id}/frames/{frame}/preview",
    response_class=Response,
    responses=_PNG,
    dependencies=[COMPUTES],
)
async def frame_preview(instance_id: str, frame: _Frame, wish: PreviewRequest, parts: PartsOf) -> Response:
    """A frame before or after masking, or the difference, as PNG. Nothing is stored."""
    model = parse_mask(wish.MaskPixelData)
    if model.detect is not None:  # looking for text takes longer than a preview may
        raise refuse(Detail(("body", "MaskPixelData", "Detect"), "is not for previews: show the regions of detect"))
    source = await parts.orthanc.asked(lambda orthanc: read_source(orthanc, Level.INSTANCE, instance_id))
    regions = mask_of(model).regions_of(source.instances[0])
    stored = await find_stored(parts, instance_id)
    png = await read_file(parts, stored, masked_frame_png, frame, regions, wish.Show, wish.window)
    return Response(png, media_type="image/png", headers={"Cache-Control": "no-store"})


@router.get(
    "/plugins/ophtha/series/{series_id}/display-volume.nii.gz",
    response_class=Response,
    responses=_NIFTI,
    dependencies=[READS],
)
async def series_display_volume(series_id: str, parts: PartsOf, side: _Side = LARGEST_SIDE) -> Response:
    """A grey series as a small 16-bit NIfTI volume in output values, for viewers; not for measurements."""
    volume = await series_volume(parts, series_id, side)
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
        source = await parts.orthanc.asked(lambda orthanc: read_source(orthanc, level, resource_id))
        refuse_foreign_targets(model, source)
        series = [await series_headers(parts, each.series_id) for each in source.series]
        what = f"{level.type_name} {resource_id}"
        return await parts.readers.ask(what, hits_of, source, mask_of(model), series)


for _level in Level:
    _register_hits(_level)
