"""Thickness of outlines along the columns (A-scans) of a B-scan.

`axial`: the length of the line through a column's centre inside the closed outlines, so at every vertex of a layer
border the answer is the distance of the borders there, also in the first and the last column. Overlapping outlines
count once. `min_dist`: the shortest distance in mm between a column's point on one border and the other border.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.polygon import concatenated_ranges

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
MAX_CROSSINGS = 2**24


class DistanceMethod(StrEnum):
    """How a thickness is measured."""

    AXIAL = "axial"
    MIN_DIST = "min_dist"


@dataclass(frozen=True, kw_only=True)
class Crossings:
    """Where column lines cross outlines.

    `key` = map row * width + column; `side` tells outlines apart, and the right from the left limit of one outline
    at a column where it has a vertical edge.
    """

    key: Integers
    side: Integers
    y: Floats
    sign: Floats
    special: NDArray[np.bool_]


def axial_thickness(outlines: Sequence[Floats], map_rows: Sequence[int], *, rows: int, width: int) -> Floats:
    """Length of every column inside the outlines, in pixels; shape (rows, width), 0 where there is none.

    `map_rows` names the row of the result each outline, shape (n, 2), belongs to.
    """
    return lengths_of(crossings_of(outlines, map_rows, width=width), rows=rows, width=width)


def shortest_thickness(
    outlines: Sequence[Floats],
    map_rows: Sequence[int],
    *,
    rows: int,
    width: int,
    column_spacing_mm: float,
    row_spacing_mm: float,
) -> Floats:
    """`min_dist` in pixels of a row, shape (rows, width); never above `axial_thickness`."""
    crossings = crossings_of(outlines, map_rows, width=width)
    axial = lengths_of(crossings, rows=rows, width=width)
    upper, lower = np.full(rows * width, np.inf), np.full(rows * width, -np.inf)
    np.minimum.at(upper, crossings.key, crossings.y)
    np.maximum.at(lower, crossings.key, crossings.y)
    upper[np.isinf(upper)], lower[np.isinf(lower)] = np.nan, np.nan
    upper_mm, lower_mm = (border.reshape(rows, width) * row_spacing_mm for border in (upper, lower))
    shortest = np.fmin(
        distance_to_border(upper_mm, lower_mm, column_spacing_mm=column_spacing_mm),
        distance_to_border(lower_mm, upper_mm, column_spacing_mm=column_spacing_mm),
    )
    return np.where(axial > 0, np.fmin(shortest / row_spacing_mm, axial), 0.0)


def crossings_of(outlines: Sequence[Floats], map_rows: Sequence[int], *, width: int) -> Crossings:
    """Every crossing of an outline with the line through a column's centre."""
    if not outlines:
        nothing = np.zeros(0, dtype=np.int64)
        return Crossings(key=nothing, side=nothing, y=np.zeros(0), sign=np.zeros(0), special=np.zeros(0, dtype=bool))
    sizes = np.array([len(points) for points in outlines])
    start = np.concatenate(outlines)
    following = np.arange(1, len(start) + 1)
    following[np.cumsum(sizes) - 1] = np.cumsum(sizes) - sizes
    x0, y0 = np.ascontiguousarray(start[:, 0]), np.ascontiguousarray(start[:, 1])
    x1, y1 = x0[following], y0[following]
    outline = np.repeat(np.arange(len(outlines)), sizes)
    base = np.repeat(np.asarray(map_rows, dtype=np.int64) * width, sizes)

    # An outline is discontinuous along x only where it has a vertical edge; the closed outline holds both limits.
    is_vertical = (x0 == x1) & (x0 == np.floor(x0)) & (x0 >= 0) & (x0 < width)
    jumps = np.zeros(len(outlines) * width, dtype=bool)
    jumps[outline[is_vertical] * width + x0[is_vertical].astype(np.int64)] = True

    low, high = np.minimum(x0, x1), np.maximum(x0, x1)
    first = np.ceil(low).clip(0, width).astype(np.int64)
    last = np.ceil(high).clip(0, width).astype(np.int64)
    if int((last - first).sum()) > MAX_CROSSINGS:
        raise InvalidInput("points", f"the outlines cross the columns more than {MAX_CROSSINGS} times")
    edge = np.repeat(np.arange(len(start)), last - first)
    column = concatenated_ranges(first, last)
    slope = np.zeros(len(start))
    np.divide(y1 - y0, x1 - x0, out=slope, where=x1 != x0)
    y = y0[edge] + (column - x0[edge]) * slope[edge]
    jump = jumps[outline[edge] * width + column]
    right = Crossings(key=base[edge] + column, side=2 * outline[edge], y=y, sign=np.sign(x1 - x0)[edge], special=jump)

    passing = np.flatnonzero(jump & (low[edge] < column))
    end_column = np.where((high == np.floor(high)) & (high >= 0) & (high < width) & (low < high), high, -1)
    ending = np.flatnonzero(end_column >= 0)
    ending = ending[jumps[outline[ending] * width + end_column[ending].astype(np.int64)]]
    left = Crossings(
        key=np.concatenate([right.key[passing], base[ending] + end_column[ending].astype(np.int64)]),
        side=np.concatenate([right.side[passing], 2 * outline[ending]]) + 1,
        y=np.concatenate([y[passing], np.where(x1 > x0, y1, y0)[ending]]),
        sign=np.zeros(len(passing) + len(ending)),
        special=np.ones(len(passing) + len(ending), dtype=bool),
    )
    return joined(right, left)


def joined(one: Crossings, other: Crossings) -> Crossings:
    """Both sets of crossings."""
    return Crossings(
        key=np.concatenate([one.key, other.key]),
        side=np.concatenate([one.side, other.side]),
        y=np.concatenate([one.y, other.y]),
        sign=np.concatenate([one.sign, other.sign]),
        special=np.concatenate([one.special, other.special]),
    )


def lengths_of(crossings: Crossings, *, rows: int, width: int) -> Floats:
    """Length inside at every key; shape (rows, width)."""
    cells = rows * width
    count = np.bincount(crossings.key, minlength=cells)
    lengths = np.abs(np.bincount(crossings.key, weights=crossings.sign * crossings.y, minlength=cells))
    is_simple = count == 2
    is_simple[crossings.key[crossings.special]] = False
    lengths[~is_simple] = 0.0
    rest = np.flatnonzero(~is_simple[crossings.key])
    if rest.size:
        key, y = crossings.key[rest], crossings.y[rest]
        order = np.lexsort((y, crossings.side[rest], key))
        key, y = key[order], y[order]
        # Every outline crosses a line an even number of times: neighbours are the ends of one piece.
        lengths += union_lengths(key[::2], y[::2], y[1::2], cells=cells)
    return lengths.reshape(rows, width)


def union_lengths(key: Integers, start: Floats, end: Floats, *, cells: int) -> Floats:
    """Length of the union of the intervals of each key; shape (cells,)."""
    order = np.lexsort((start, key))
    key, start, end = key[order], start[order], end[order]
    # Keys are set apart by more than any interval reaches, so one running maximum serves all of them.
    apart = (end.max() - start.min() + 1.0) * np.unique(key, return_inverse=True)[1]
    reached = np.maximum.accumulate(end + apart)
    before = np.concatenate([[-np.inf], reached[:-1]]) - apart
    gained = np.maximum(0.0, end - np.maximum(start, before))
    lengths: Floats = np.bincount(key, weights=gained, minlength=cells).astype(np.float64, copy=False)
    return lengths


def distance_to_border(points_mm: Floats, border_mm: Floats, *, column_spacing_mm: float) -> Floats:
    """Shortest distance from (column, points) to the polyline (column, border); arrays (rows, columns), NaN absent."""
    rows, width = points_mm.shape
    best = np.abs(border_mm - points_mm).ravel()
    height, border = points_mm.ravel(), border_mm.ravel()
    column = np.tile(np.arange(width), rows)
    for step in range(width - 1):
        reach = step * column_spacing_mm
        active = np.flatnonzero(best > reach)
        if active.size == 0:
            break
        for near, far in ((step, step + 1), (-step, -step - 1)):
            cells = active[(column[active] + far >= 0) & (column[active] + far < width)]
            found = segment_distance(
                reach, border[cells + near] - height[cells], border[cells + far] - height[cells], column_spacing_mm
            )
            best[cells] = np.fmin(best[cells], found)
    return best.reshape(rows, width)


def segment_distance(near_x: float, near_y: Floats, far_y: Floats, width: float) -> Floats:
    """Distance of the origin from segments (near_x, near_y) to (near_x + width, far_y)."""
    rise = far_y - near_y
    along = np.clip(-(near_x * width + near_y * rise) / (width * width + rise * rise), 0.0, 1.0)
    return np.hypot(near_x + along * width, near_y + along * rise)
