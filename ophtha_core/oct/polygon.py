"""Outlines drawn on a B-scan: checks, areas, pixels.

Points are (x, y) in pixels of the original B-scan, (0, 0) the centre of its first pixel, x along the B-scan and y
away from the vitreous; arrays have shape (n, 2). The inside is even-odd: an outline that touches or crosses itself
keeps its true area, one that returns along a bridge has a hole.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from ophtha_core.errors import InvalidInput

Floats = NDArray[np.float64]
MAX_POINTS = 20_000


@dataclass(frozen=True, kw_only=True)
class Outline:
    """One segmented instance; `field` is its path in the caller's terms."""

    name: str
    points: Floats
    field: str

    def __post_init__(self) -> None:
        if len(self.points) > MAX_POINTS:
            raise InvalidInput(f"{self.field}.points", f"an outline of more than {MAX_POINTS} points")
        if is_degenerate(self.points):
            raise InvalidInput(f"{self.field}.points", "an outline needs three points that are not on one line")


def is_degenerate(points: Floats) -> bool:
    """Fewer than three points, or all of them on one line."""
    if len(points) < 3:
        return True
    third = len(points) // 3
    (ax, ay), (bx, by), (cx, cy) = points[[0, third, 2 * third]].tolist()
    one, other = (bx - ax) * (cy - ay), (cx - ax) * (by - ay)
    if abs(one - other) > 1e-6 * (abs(one) + abs(other)):
        return False
    offsets = points[1:] - points[0]
    reach = np.abs(offsets).max()
    longest = offsets[np.argmax((offsets**2).sum(axis=1))]
    across = offsets[:, 0] * longest[1] - offsets[:, 1] * longest[0]
    return bool(reach == 0 or np.abs(across).max() <= 1e-12 * reach * reach)


def require_inside(outline: Outline, *, width: int, height: int) -> None:
    """Raise InvalidInput for a point off the image; pixel centres and pixel corners are both accepted."""
    low, high = outline.points.min(axis=0), outline.points.max(axis=0)
    if low.min() < -0.5 or high[0] > width or high[1] > height:
        raise InvalidInput(f"{outline.field}.points", f"has points outside the {width} x {height} image")


def outline_area_px(points: Floats) -> float:
    """Even-odd area in square pixels."""
    polygon = shapely.Polygon(points)
    if polygon.is_valid:
        return float(polygon.area)
    # Not make_valid: its result for borders that lie on each other is not the even-odd one.
    faces = shapely.get_parts(shapely.polygonize([shapely.unary_union(polygon.exterior)]))
    return float(sum(face.area for face in faces if is_inside(points, *face.representative_point().coords[0])))


def is_inside(points: Floats, x: float, y: float) -> bool:
    """Even-odd test of one point that is not on the outline."""
    start, end = points, np.roll(points, -1, axis=0)
    beside = (start[:, 1] > y) != (end[:, 1] > y)
    start, end = start[beside], end[beside]
    crossing = start[:, 0] + (y - start[:, 1]) / (end[:, 1] - start[:, 1]) * (end[:, 0] - start[:, 0])
    return bool(np.count_nonzero(crossing > x) % 2)


def outline_pixels(points: Floats, *, width: int, height: int) -> NDArray[np.bool_]:
    """Pixels whose centre is inside; a centre exactly on the border belongs to the side right of and below it.

    Shape (height, width); the outline may reach beyond the image.
    """
    start, end = points, np.roll(points, -1, axis=0)
    top, bottom = np.minimum(start[:, 1], end[:, 1]), np.maximum(start[:, 1], end[:, 1])
    first, last = np.ceil(top).clip(0, height).astype(int), np.ceil(bottom).clip(0, height).astype(int)
    edge = np.repeat(np.arange(len(points)), last - first)
    row = concatenated_ranges(first, last)
    slope = (end[edge, 0] - start[edge, 0]) / (end[edge, 1] - start[edge, 1])
    crossing = start[edge, 0] + (row - start[edge, 1]) * slope
    column = np.ceil(crossing).clip(0, width).astype(int)
    toggles = np.bincount(row * (width + 1) + column, minlength=height * (width + 1)).reshape(height, width + 1)
    inside: NDArray[np.bool_] = toggles.cumsum(axis=1)[:, :width] % 2 == 1
    return inside


def concatenated_ranges(first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.int64]:
    """arange(first[0], last[0]), arange(first[1], last[1]), … in one array."""
    lengths = last - first
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    indices: NDArray[np.int64] = np.arange(total) + np.repeat(first - (ends - lengths), lengths)
    return indices
