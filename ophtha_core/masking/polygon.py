"""Which pixels a polygon covers: those whose centre lies inside or on the outline, decided without rounding."""

from fractions import Fraction
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ophtha_core.masking.raster import FrameMask
from ophtha_core.masking.region import PolygonRegion

_DOUBT: Final = 2.0**-48
"""Relative to the size of its terms, a double-precision cross product below this may have the wrong sign."""

Corner = tuple[float, float]
Sides = NDArray[np.int8]


def polygon_on_frame(region: PolygonRegion, *, rows: int, columns: int) -> FrameMask | None:
    """Pixels of a polygon on a frame; None when there are none."""
    x, y = np.array(region.points_px).T
    left, right = _between(x, columns)
    top, bottom = _between(y, rows)
    if left >= right or top >= bottom:
        return None
    inside = np.zeros((bottom - top, right - left), bool)
    outline = np.zeros_like(inside)
    for start, end in pairwise((*region.points_px, region.points_px[0])):
        _add_edge(inside, outline, start, end, left=left, top=top)
    inside |= outline
    if not inside.any():
        return None
    return FrameMask(slice(top, bottom), slice(left, right), inside)


def _between(values: NDArray[np.float64], count: int) -> tuple[int, int]:
    """Half-open range of the pixels whose centres lie between the least and the largest value."""
    first = int(np.ceil(np.clip(values.min(), -1, count + 1) - 0.5))
    stop = int(np.floor(np.clip(values.max(), -1, count + 1) - 0.5)) + 1
    return max(first, 0), min(stop, count)


def _add_edge(
    inside: NDArray[np.bool_], outline: NDArray[np.bool_], start: Corner, end: Corner, *, left: int, top: int
) -> None:
    """Toggle what lies left of an edge (even-odd rule; it includes its upper end only), and note what lies on it."""
    (x0, y0), (x1, y1) = (start, end) if start[1] <= end[1] else (end, start)
    centres_y = _centres(top, len(inside))
    touched = np.flatnonzero((centres_y >= y0) & (centres_y <= y1))
    if not len(touched):
        return
    rows = slice(touched[0], touched[-1] + 1)
    centres_x = _centres(left, inside.shape[1])
    side = _side((x0, y0), (x1, y1), centres_x, centres_y[rows])
    inside[rows] ^= (side > 0) & (centres_y[rows] < y1)[:, None]
    between = (centres_x >= min(x0, x1)) & (centres_x <= max(x0, x1))
    outline[rows] |= (side == 0) & between


def _centres(first: int, count: int) -> NDArray[np.float64]:
    return np.arange(first, first + count, dtype=np.float64) + 0.5


def _side(start: Corner, end: Corner, x: NDArray[np.float64], y: NDArray[np.float64]) -> Sides:
    """Sign for each row and column: 1 left of the edge that runs down from ``start``, 0 on its line, -1 right of it."""
    (x0, y0), (x1, y1) = start, end
    along = ((x1 - x0) * (y - y0))[:, None]
    across = ((x - x0) * (y1 - y0))[None, :]
    cross = along - across
    sides: Sides = np.sign(cross).astype(np.int8)
    scale = (abs(x0) + abs(x1) + np.abs(x)[None, :] + 1) * (abs(y0) + abs(y1) + np.abs(y)[:, None] + 1)
    for row, column in np.argwhere(np.abs(cross) <= scale * _DOUBT):
        sides[row, column] = _exact_side(start, end, float(x[column]), float(y[row]))
    return sides


def _exact_side(start: Corner, end: Corner, x: float, y: float) -> int:
    x0, y0, x1, y1 = map(Fraction, (*start, *end))
    cross = (x1 - x0) * (Fraction(y) - y0) - (Fraction(x) - x0) * (y1 - y0)
    return (cross > 0) - (cross < 0)
