"""``/plugins/ophtha/series/{id}/slide``: size and tiles of a slide."""

from typing import Annotated, Final

import numpy as np
from fastapi import APIRouter, Path
from pydantic import BaseModel, Field
from starlette.responses import Response

from ophtha_core.slides.index import SlidePyramid
from ophtha_core.slides.window import Window
from plugin.service.annotations import pictures
from plugin.service.annotations.state import Platform, PlatformOf
from plugin.service.effects import READS
from plugin.service.errors import NotFound
from plugin.service.serving.described import binary

router = APIRouter(prefix="/plugins/ophtha", tags=["slides"], dependencies=[READS])

TILE_PX: Final = 256
_WHITE: Final = 255
_A_DAY: Final = {"Cache-Control": "private, max-age=86400"}
_SeriesId = Annotated[str, Path(pattern="^[0-9a-fA-F-]{1,64}$")]
_Zoom = Annotated[int, Path(ge=0, le=24, description="How often the image is halved")]
_Index = Annotated[int, Path(ge=0, description="From the left or from the top, from 0")]


class SlideDescription(BaseModel):
    """Size of the largest level, and how it is cut into tiles."""

    width: int
    height: int
    tile_size: int
    zooms: int = Field(description="Tiles exist for zoom 0 (full resolution) to zooms - 1 (one tile holds all)")
    spacing_um: tuple[float, float] | None = Field(description="Pixel size x, y; null when the slide does not say")
    faults: list[str] = Field(description="Why parts of the slide, named by their size, cannot be shown")


@router.get("/series/{series_id}/slide")
def slide(series_id: _SeriesId, platform: PlatformOf) -> SlideDescription:
    """Size, pixel size and tiles of a slide."""
    pyramid = _pyramid(platform, series_id)
    faults = platform.orthanc.slide(series_id).slide.faults
    return SlideDescription(
        width=pyramid.width_px,
        height=pyramid.height_px,
        tile_size=TILE_PX,
        zooms=_zooms(pyramid),
        spacing_um=pyramid.spacing_um,
        faults=[str(fault) for fault in faults],
    )


@router.get(
    "/series/{series_id}/slide/tiles/{zoom}/{column}/{row}",
    response_class=Response,
    responses=binary("image/jpeg", description="A tile"),
)
def tile(series_id: _SeriesId, zoom: _Zoom, column: _Index, row: _Index, platform: PlatformOf) -> Response:
    """One tile as JPEG; beyond the border of the image it is white."""
    pyramid = _pyramid(platform, series_id)
    side = TILE_PX << zoom
    x, y = column * side, row * side
    if zoom >= _zooms(pyramid) or x >= pyramid.width_px or y >= pyramid.height_px:
        raise NotFound("The slide has no such tile")
    window = Window(x=x, y=y, width=min(side, pyramid.width_px - x), height=min(side, pyramid.height_px - y))
    pixels = pictures.draw(platform, pyramid, window, zoom=zoom)
    whole = np.full((TILE_PX, TILE_PX, *pixels.shape[2:]), _WHITE, np.uint8)
    whole[: pixels.shape[0], : pixels.shape[1]] = pixels
    picture = pictures.encode(whole, "jpg")
    return Response(picture.data, media_type=picture.media_type, headers=_A_DAY)


def _pyramid(platform: Platform, series_id: str) -> SlidePyramid:
    return platform.orthanc.pyramid(series_id, None)


def _zooms(pyramid: SlidePyramid) -> int:
    longest = max(pyramid.width_px, pyramid.height_px)
    return max((longest - 1) // TILE_PX, 0).bit_length() + 1
