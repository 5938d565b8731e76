"""Which pixels of a frame a region covers."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ophtha_core.dicom.geometry import SlicePlane
from ophtha_core.masking.region import Region2D, Region3D

CONTACT_TOLERANCE_MM: Final = 1e-6
"""The box grows by this much on every side, so that a plane or pixel border exactly on its face counts as touched
whatever the rounding of decimal strings and sines; far below any pixel."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class FrameMask:
    """Pixels of one frame: a rectangle, or those of it where ``inside`` (rows x columns of the rectangle) is True."""

    rows: slice
    columns: slice
    inside: NDArray[np.bool_] | None = None

    def as_array(self, rows: int, columns: int) -> NDArray[np.bool_]:
        """The mask on the whole frame."""
        whole = np.zeros((rows, columns), bool)
        whole[self.rows, self.columns] = True if self.inside is None else self.inside
        return whole


Masks = tuple[FrameMask | None, ...]
"""Of each frame of an image; None where a frame has none."""


def rectangle_on_frame(region: Region2D, *, rows: int, columns: int) -> FrameMask | None:
    """Pixels of a 2D region, clipped to the frame; None when there are none."""
    left, right = (min(max(x, 0), columns) for x in region.columns)
    top, bottom = (min(max(y, 0), rows) for y in region.rows)
    if left >= right or top >= bottom:
        return None
    return FrameMask(slice(top, bottom), slice(left, right))


def box_on_frame(region: Region3D, plane: SlicePlane, *, rows: int, columns: int) -> FrameMask | None:
    """Pixels whose area touches the polygon in which the plane cuts the box; None when there are none.

    Areas and polygon include their borders: a polygon that is only a point or a line, or ends exactly between two
    pixels, touches the pixels on both sides.
    """
    polygon = _cut(region, plane, rows, columns)
    if not polygon:
        return None
    top, starts, stops = _spans(polygon)
    starts = np.maximum(starts, 0)
    stops = np.minimum(stops, columns)
    first, last = max(0, -top), min(len(starts), rows - top)
    starts, stops, top = starts[first:last], stops[first:last], top + first
    if not len(starts) or not (starts < stops).any():
        return None
    left, right = int(starts.min()), int(stops.max())
    rectangle = slice(top, top + len(starts)), slice(left, right)
    if (starts == left).all() and (stops == right).all():
        return FrameMask(*rectangle)
    column = np.arange(left, right)
    return FrameMask(*rectangle, (column >= starts[:, None]) & (column < stops[:, None]))


def _cut(region: Region3D, plane: SlicePlane, rows: int, columns: int) -> list[Point]:
    """Convex polygon ``box ∩ plane ∩ frame`` in pixel coordinates (column, row)."""
    right, bottom = columns - 0.5, rows - 0.5
    polygon: list[Point] = [(-0.5, -0.5), (right, -0.5), (right, bottom), (-0.5, bottom)]
    for axis in range(3):
        along_columns, along_rows = plane.column_step_mm[axis], plane.row_step_mm[axis]
        above_low = plane.origin_mm[axis] - region.low_mm[axis] + CONTACT_TOLERANCE_MM
        below_high = region.high_mm[axis] - plane.origin_mm[axis] + CONTACT_TOLERANCE_MM
        polygon = _half_plane(polygon, along_columns, along_rows, above_low)
        polygon = _half_plane(polygon, -along_columns, -along_rows, below_high)
    return polygon


def _half_plane(polygon: list[Point], a: float, b: float, c: float) -> list[Point]:
    """The part of a convex polygon where ``a·column + b·row + c >= 0`` (Sutherland and Hodgman, 1974)."""
    kept: list[Point] = []
    for (u0, v0), (u1, v1) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        d0, d1 = a * u0 + b * v0 + c, a * u1 + b * v1 + c
        if d0 >= 0:
            kept.append((u0, v0))
        if (d0 < 0) != (d1 < 0):
            t = d0 / (d0 - d1)
            kept.append((u0 + t * (u1 - u0), v0 + t * (v1 - v0)))
    return kept


def _spans(polygon: list[Point]) -> tuple[int, NDArray[np.int64], NDArray[np.int64]]:
    """First row, and per row the half-open range of columns whose pixels touch a convex polygon.

    The part of the polygon in the strip of one row of pixels is convex; a pixel touches it exactly when their column
    ranges overlap. That range is reached at a corner in the strip or where an edge crosses the strip's border.
    """
    columns, rows = np.array(polygon).T
    top, bottom = math.ceil(rows.min() - 0.5), math.floor(rows.max() + 0.5)
    borders = np.arange(top, bottom + 2) - 0.5
    low, high = np.full(len(borders), np.inf), np.full(len(borders), -np.inf)
    for u0, v0, u1, v1 in zip(columns, rows, np.roll(columns, -1), np.roll(rows, -1), strict=True):
        if v0 == v1:
            continue
        crossed = slice(np.searchsorted(borders, min(v0, v1), "left"), np.searchsorted(borders, max(v0, v1), "right"))
        at = u0 + (borders[crossed] - v0) / (v1 - v0) * (u1 - u0)
        low[crossed] = np.minimum(low[crossed], at)
        high[crossed] = np.maximum(high[crossed], at)
    low, high = np.minimum(low[:-1], low[1:]), np.maximum(high[:-1], high[1:])
    strips = np.clip(np.floor(rows + 0.5).astype(np.int64) - top, 0, len(low) - 1)
    np.minimum.at(low, strips, columns)
    np.maximum.at(high, strips, columns)
    empty = low > high
    low[empty], high[empty] = 0.0, -2.0
    return top, np.ceil(low - 0.5).astype(np.int64), np.floor(high + 0.5).astype(np.int64) + 1
