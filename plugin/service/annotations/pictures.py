"""Pictures of images: windows at a zoom, with or without masks of annotations, encoded for the web."""

import io
import re
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from PIL import Image
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from ophtha_core.annotations.geometry import flip_vertically, with_width
from ophtha_core.annotations.raster import LabelledArea, LabelMask
from ophtha_core.errors import InvalidInput
from ophtha_core.slides.index import SlidePyramid
from ophtha_core.slides.window import MAX_ZOOM, Window, read_window, window_inside
from plugin.service.annotations.state import Platform
from plugin.service.errors import BadRequest

MAX_SIDE_PX: Final = 10_000
_LARGE_PIXELS: Final = 2**24
LINE_WIDTH_PX: Final = 3.0
"""Width of lines and side of points in masks, pixels of the full resolution."""
_FORMATS: Final = {
    "jpg": ("JPEG", "image/jpeg"),
    "jpeg": ("JPEG", "image/jpeg"),
    "png": ("PNG", "image/png"),
    "webp": ("WEBP", "image/webp"),
    "tif": ("TIFF", "image/tiff"),
    "tiff": ("TIFF", "image/tiff"),
}
MEDIA_TYPES: Final = tuple(sorted({media_type for _, media_type in _FORMATS.values()}))
_WINDOW: Final = re.compile(r"(-?\d{1,9})-(-?\d{1,9})-(\d{1,9})-(\d{1,9})\.([a-z]{3,4})", re.ASCII)
Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Rectangle:
    """A rectangle as a client gave it; it may reach beyond the image."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Picture:
    """An encoded picture."""

    data: bytes
    media_type: str


def read_rectangle(text: str) -> tuple[Rectangle, str]:
    """Rectangle and extension of ``X-Y-W-H.ext``. With W and H 0 the text means ``W-H-X-Y``, at the origin.

    Raises InvalidInput.
    """
    match = _WINDOW.fullmatch(text)
    if match is None:
        raise InvalidInput("window", "must be x-y-width-height and an extension, like 0-0-256-256.png")
    first, second, width, height = (int(match[number]) for number in range(1, 5))
    if width == height == 0:
        return Rectangle(0, 0, first, second), match[5]
    return Rectangle(first, second, width, height), match[5]


def read_extension(extension: str) -> str:
    """A known extension. Raises InvalidInput."""
    if extension not in _FORMATS:
        raise InvalidInput("extension", f"must be one of {', '.join(_FORMATS)}")
    return extension


def fit(pyramid: SlidePyramid, rectangle: Rectangle, *, zoom: int | None, max_side: int | None) -> tuple[Window, int]:
    """The part of a rectangle in the image, and the zoom at which it is no larger than ``max_side``.

    Raises InvalidInput, BadRequest when the picture would be larger than the limit.
    """
    window = window_inside(pyramid, x=rectangle.x, y=rectangle.y, width=rectangle.width, height=rectangle.height)
    chosen = zoom or 0
    if max_side is not None and zoom is None:
        while chosen < MAX_ZOOM and max(window.size_at(chosen + 1)) >= max_side:
            chosen += 1
    if not 0 <= chosen <= MAX_ZOOM:
        raise InvalidInput("zoom", f"must lie between 0 and {MAX_ZOOM}")
    if max(window.size_at(chosen)) > MAX_SIDE_PX:
        raise BadRequest(f"The picture would have more than {MAX_SIDE_PX} pixels a side; ask for a higher zoom")
    return window, chosen


def draw(platform: Platform, pyramid: SlidePyramid, window: Window, *, zoom: int) -> Pixels:
    """Pixels of a window. Large ones are made a few at a time: each may need hundreds of megabytes."""
    width, height = window.size_at(zoom)
    turn = platform.large_pictures if width * height > _LARGE_PIXELS else nullcontext()
    with turn:
        return read_window(pyramid, window, zoom=zoom, read=platform.orthanc.read_frame, cache=platform.frames)


def mask_of(geometries: Sequence[BaseGeometry], *, height_px: int, window: Window, zoom: int) -> Pixels:
    """255 where a pixel's centre lies in one of the geometries (annotation space), else 0."""
    scale = 1 / (1 << zoom)
    width, height = window.size_at(zoom)
    areas = []
    for geometry in geometries:
        area = with_width(flip_vertically(geometry, height_px=height_px), width_px=LINE_WIDTH_PX)
        placed = affinity.affine_transform(area, [scale, 0, 0, scale, -window.x * scale, -window.y * scale])
        areas.append(LabelledArea(placed, 1))
    return (LabelMask(areas, width_px=width, height_px=height).array() * 255).astype(np.uint8)


def window_around(geometry: BaseGeometry, *, height_px: int, factor: float) -> Rectangle:
    """Smallest rectangle around a geometry (annotation space), ``factor`` times as large."""
    left, bottom, right, top = geometry.bounds
    if shapely.get_dimensions(geometry) < 2:
        half = LINE_WIDTH_PX / 2
        left, bottom, right, top = left - half, bottom - half, right + half, top + half
    width, height = (right - left) * factor, (top - bottom) * factor
    centre_x, centre_y = (left + right) / 2, height_px - (bottom + top) / 2
    x, y = int(np.floor(centre_x - width / 2)), int(np.floor(centre_y - height / 2))
    return Rectangle(
        x,
        y,
        max(int(np.ceil(centre_x + width / 2)) - x, 1),
        max(int(np.ceil(centre_y + height / 2)) - y, 1),
    )


def encode(
    pixels: Pixels,
    extension: str,
    *,
    alpha: Pixels | None = None,
    max_side: int | None = None,
    profile: bytes | None = None,
) -> Picture:
    """The picture in the format of the extension, not larger than ``max_side``; ``alpha`` 0 is transparent.

    ``profile`` is that of its colours.
    """
    name, media_type = _FORMATS[extension]
    picture = Image.fromarray(pixels)
    if alpha is not None:
        if name == "JPEG":
            raise BadRequest("JPEG pictures have no transparency; ask for png or webp")
        picture = picture.convert("RGB")
        picture.putalpha(Image.fromarray(alpha))
    if max_side is not None and max(picture.size) > max_side:
        scale = max_side / max(picture.size)
        size = (max(round(picture.width * scale), 1), max(round(picture.height * scale), 1))
        picture = picture.resize(size, Image.Resampling.BOX)
    buffer = io.BytesIO()
    match name:
        case "JPEG":
            picture.save(
                buffer, name, quality=100, subsampling=0, icc_profile=profile
            )  # importers take JPEG for the pixels
        case "PNG":
            picture.save(buffer, name, compress_level=1, icc_profile=profile)
        case "WEBP":
            picture.save(buffer, name, lossless=True, quality=0, icc_profile=profile or b"")
        case _:
            picture.save(buffer, name, icc_profile=profile)
    return Picture(buffer.getvalue(), media_type)
