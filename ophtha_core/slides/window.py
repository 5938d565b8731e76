"""Any rectangle of a pyramid at any zoom.

``zoom`` counts halvings: one output pixel is the mean of a square of ``2**zoom`` pixels of the full resolution, and
of the part of that square that lies inside the rectangle at its right and bottom edge.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image

from ophtha_core.errors import InvalidInput
from ophtha_core.slides.display import Pixels
from ophtha_core.slides.frames import FrameCache, FrameReader
from ophtha_core.slides.index import SlideLevel, SlidePyramid, Tile

MAX_ZOOM: Final = 24
# Small rectangles always come from the full resolution: some writers make the lower levels by leaving pixels out.
_ALWAYS_FULL_PIXELS: Final = 2**20
# Rectangles up to this size do so when no smaller level fits them exactly.
_EXACT_PIXELS: Final = 2**22
_ABSENT: Final = 255
_BLOCK_PX: Final = 4096
"""Side of the squares in which a large rectangle is read."""
_WHOLE_PIXELS: Final = 2**27
_FEW_TILES: Final = 4
"""So few may be too large to be kept, and would be decoded anew for every block."""


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle of the full-resolution image, pixels, origin top-left, inside the image."""

    x: int
    y: int
    width: int
    height: int

    def size_at(self, zoom: int) -> tuple[int, int]:
        """Width and height after ``zoom`` halvings."""
        return -(-self.width >> zoom), -(-self.height >> zoom)

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height


def window_inside(pyramid: SlidePyramid, *, x: int, y: int, width: int, height: int) -> Window:
    """The part of a rectangle that lies in the image. Raises InvalidInput when nothing does."""
    left, top = max(x, 0), max(y, 0)
    right, bottom = min(x + width, pyramid.width_px), min(y + height, pyramid.height_px)
    if right <= left or bottom <= top:
        raise InvalidInput("window", f"lies outside the image of {pyramid.width_px} x {pyramid.height_px} pixels")
    return Window(x=left, y=top, width=right - left, height=bottom - top)


def read_window(pyramid: SlidePyramid, window: Window, *, zoom: int, read: FrameReader, cache: FrameCache) -> Pixels:
    """8-bit grey (rows, columns) or RGB (rows, columns, 3) of the window. Places without a tile are white.

    Raises UnreadableImage when a frame cannot be decoded, InvalidInput for an impossible zoom.
    """
    if not 0 <= zoom <= MAX_ZOOM:
        raise InvalidInput("zoom", f"must lie between 0 and {MAX_ZOOM}")
    level, factor = _best_level(pyramid, window, zoom)
    on_level = Window(
        x=window.x // factor,
        y=window.y // factor,
        width=_end(window.right, factor, level.width_px) - window.x // factor,
        height=_end(window.bottom, factor, level.height_px) - window.y // factor,
    )
    pixels = _reduced(level, on_level, (1 << zoom) // factor, read, cache)
    size = window.size_at(zoom)
    if (pixels.shape[1], pixels.shape[0]) == size:
        return pixels
    picture = Image.fromarray(pixels)
    if picture.size != size:
        # A rectangle that does not begin on a pixel of the level reaches one pixel further.
        picture = picture.crop((0, 0, *size)) if _covers(picture.size, size) else picture.resize(size)
    return np.asarray(picture)


def _end(edge: int, factor: int, side: int) -> int:
    """Where a window ends on a level: not on a pixel that rounding left out, but where the matrix is padded no more."""
    end = -(-edge // factor)
    return side if end == side + 1 else end


def _reduced(level: SlideLevel, window: Window, reduction: int, read: FrameReader, cache: FrameCache) -> Pixels:
    """Means of squares of ``reduction`` pixels, block by block: a slide without lower levels may not fit in memory."""
    few = len(_near(level, window)) <= _FEW_TILES and window.width * window.height <= _WHOLE_PIXELS
    if reduction == 1 or few:
        return _means(_assemble(level, window, read, cache), reduction)
    side = max(reduction, _BLOCK_PX // reduction * reduction)
    height, width = -(-window.height // reduction), -(-window.width // reduction)
    pixels = np.full((height, width, 3) if _is_colour(level) else (height, width), _ABSENT, np.uint8)
    for top in range(0, window.height, side):
        for left in range(0, window.width, side):
            block = Window(
                x=window.x + left,
                y=window.y + top,
                width=min(side, window.width - left),
                height=min(side, window.height - top),
            )
            if _near(level, block):
                means = _means(_assemble(level, block, read, cache), reduction)
                row, column = top // reduction, left // reduction
                pixels[row : row + means.shape[0], column : column + means.shape[1]] = means
    return pixels


def _means(pixels: Pixels, reduction: int) -> Pixels:
    return pixels if reduction == 1 else np.asarray(Image.fromarray(pixels).reduce(reduction))


def _near(level: SlideLevel, window: Window) -> list[Tile]:
    return level.tiles_within(left=window.x, top=window.y, right=window.right, bottom=window.bottom)


def _is_colour(level: SlideLevel) -> bool:
    first = level.first_tile.image
    return first.layout.samples == 3 or first.display.palette is not None


def _covers(size: tuple[int, int], wanted: tuple[int, int]) -> bool:
    return size[0] >= wanted[0] and size[1] >= wanted[1]


def _best_level(pyramid: SlidePyramid, window: Window, zoom: int) -> tuple[SlideLevel, int]:
    """The level to read and how many full-resolution pixels one of its pixels stands for, along a side."""
    usable = [
        (level, level.factor)
        for level in pyramid.levels
        if level.factor is not None and level.factor <= 1 << zoom and (1 << zoom) % level.factor == 0
    ]
    pixels = window.width * window.height
    if pixels <= _ALWAYS_FULL_PIXELS:
        return usable[0]
    exact = [each for each in usable if _fits_exactly(window, each[1])]
    if exact[-1][1] > 1 or pixels <= _EXACT_PIXELS:
        return exact[-1]
    return usable[-1]


def _fits_exactly(window: Window, factor: int) -> bool:
    """Whether the window consists of whole pixels of the level, none of them partly outside the image."""
    return all(edge % factor == 0 for edge in (window.x, window.y, window.right, window.bottom))


def _assemble(level: SlideLevel, window: Window, read: FrameReader, cache: FrameCache) -> Pixels:
    near = _near(level, window)
    for tile in near[:1]:  # before there is memory for all that a header claims
        cache.get(tile.image, tile.frame, read)
    shape = (window.height, window.width, 3) if _is_colour(level) else (window.height, window.width)
    pixels = np.full(shape, _ABSENT, dtype=np.uint8)
    for tile in near:
        decoded = cache.get(tile.image, tile.frame, read)
        left, top = max(tile.column, window.x), max(tile.row, window.y)
        right = min(tile.column + decoded.shape[1], window.right)
        bottom = min(tile.row + decoded.shape[0], window.bottom)
        pixels[top - window.y : bottom - window.y, left - window.x : right - window.x] = decoded[
            top - tile.row : bottom - tile.row, left - tile.column : right - tile.column
        ]
    return pixels
