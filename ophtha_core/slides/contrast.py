"""The grey values to show of a slide whose header does not say: the 0.5 to 99.5 percentile of its lowest level."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from ophtha_core.slides.display import window_of_range
from ophtha_core.slides.frames import decode_values
from ophtha_core.slides.index import SlideLevel, SlidePyramid, Tile

_PERCENTILES: Final = (0.5, 99.5)
_TILES: Final = 64
_SAMPLES: Final = 2**22


def needs_contrast(pyramid: SlidePyramid) -> bool:
    """Whether nothing but the pixels tells which values to show."""
    return pyramid.base_image.display.is_window_assumed


def tiles_for_contrast(pyramid: SlidePyramid) -> list[Tile]:
    """Tiles of the lowest level, spread over it when it has many."""
    tiles = pyramid.levels[-1].tiles
    return [tiles[number] for number in np.unique(np.linspace(0, len(tiles) - 1, _TILES).astype(int))]


def contrast_of(level: tuple[int, int], tiles: Sequence[tuple[Tile, bytes]]) -> tuple[float, float] | None:
    """The window (centre, width) for stored tiles of a level of a size (width, height); None when they show nothing.

    Padding is left out, and so is what lies beyond the matrix. Raises UnreadableImage.
    """
    values = np.concatenate([_values(level, tile, stored, _SAMPLES // len(tiles)) for tile, stored in tiles])
    if not values.size:
        return None
    low, high = np.percentile(values, _PERCENTILES)
    return window_of_range(float(low), max(float(high), float(low) + 1))


def size_of(level: SlideLevel) -> tuple[int, int]:
    return level.width_px, level.height_px


def _values(level: tuple[int, int], tile: Tile, stored: bytes, most: int) -> npt.NDArray[np.float64]:
    values = decode_values(stored, tile.image)
    top, left = max(-tile.row, 0), max(-tile.column, 0)
    seen = values[top : max(level[1] - tile.row, 0), left : max(level[0] - tile.column, 0)].ravel()
    seen = seen[:: max(len(seen) // most, 1)]
    display = tile.image.display
    seen = seen[np.isfinite(seen)]
    if display.padding is None:
        return seen
    kept: npt.NDArray[np.float64] = seen[seen != display.padding * display.slope + display.intercept]
    return kept
