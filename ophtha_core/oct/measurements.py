"""Lengths and areas on one B-scan. Points are (x, y) in pixels, results in mm and mm²."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.enface import require_positive
from ophtha_core.oct.polygon import Outline, outline_area_px, outline_pixels, require_inside

Floats = NDArray[np.float64]
Point = tuple[float, float]
MAX_MASK_PIXELS = 2**26
CORNERS_AT_ONCE = 1024


@dataclass(frozen=True, kw_only=True)
class PixelSize:
    """Size of a B-scan pixel. Raises InvalidInput (`pixel_spacing_column`, `pixel_spacing_row`)."""

    column_spacing_mm: float
    row_spacing_mm: float

    def __post_init__(self) -> None:
        require_positive("pixel_spacing_column", self.column_spacing_mm)
        require_positive("pixel_spacing_row", self.row_spacing_mm)

    @property
    def area_mm2(self) -> float:
        """Area of one pixel."""
        return self.column_spacing_mm * self.row_spacing_mm

    @property
    def scale(self) -> Floats:
        """(x, y) mm per pixel."""
        return np.array([self.column_spacing_mm, self.row_spacing_mm])


@dataclass(frozen=True, kw_only=True)
class LinearMeasurement:
    """Extents of one outline in mm; the points are the vertices (pixels) between which they were measured."""

    name: str
    width_mm: float
    height_mm: float
    max_diameter_mm: float
    width_points: tuple[Point, Point]
    height_points: tuple[Point, Point]
    max_diameter_points: tuple[Point, Point]


def distance_mm(start: Point, end: Point, *, pixel: PixelSize) -> float:
    """Distance of two points of a B-scan."""
    return float(np.hypot(*((np.array(end) - np.array(start)) * pixel.scale)))


def linear_measurement(outline: Outline, *, pixel: PixelSize) -> LinearMeasurement:
    """Width, height and largest diameter of an outline."""
    points = outline.points
    leftmost, rightmost = int(points[:, 0].argmin()), int(points[:, 0].argmax())
    top, bottom = int(points[:, 1].argmin()), int(points[:, 1].argmax())
    one, other, diameter = farthest_pair(points * pixel.scale)
    extent = np.ptp(points, axis=0) * pixel.scale
    return LinearMeasurement(
        name=outline.name,
        width_mm=float(extent[0]),
        height_mm=float(extent[1]),
        max_diameter_mm=diameter,
        width_points=point_pair(points, leftmost, rightmost),
        height_points=point_pair(points, top, bottom),
        max_diameter_points=point_pair(points, one, other),
    )


def point_pair(points: Floats, one: int, other: int) -> tuple[Point, Point]:
    """Two of the points as plain numbers."""
    return (float(points[one, 0]), float(points[one, 1])), (float(points[other, 0]), float(points[other, 1]))


def farthest_pair(points: Floats) -> tuple[int, int, float]:
    """Indices of the two points, shape (n, 2), that are farthest apart, and their distance."""
    try:
        candidates = np.sort(ConvexHull(points).vertices) if len(points) > 3 else np.arange(len(points))
    except QhullError:
        # All but on one line: the ends are extreme on an axis.
        candidates = np.unique(np.concatenate([points.argmin(axis=0), points.argmax(axis=0)]))
    corners = points[candidates]
    best = (0, 0, -1.0)
    for first in range(0, len(corners), CORNERS_AT_ONCE):
        squared = ((corners[first : first + CORNERS_AT_ONCE, None] - corners[None]) ** 2).sum(axis=2)
        one, other = divmod(int(squared.argmax()), len(corners))
        if squared[one, other] > best[2]:
            best = (first + one, other, float(squared[one, other]))
    return int(candidates[best[0]]), int(candidates[best[1]]), best[2] ** 0.5


def polygon_area_mm2(outline: Outline, *, pixel: PixelSize) -> float:
    """Area inside the outline."""
    return outline_area_px(outline.points) * pixel.area_mm2


def mask_area_mm2(outline: Outline, *, pixel: PixelSize, width: int, height: int) -> float:
    """Area of the pixels whose centre is inside. Raises InvalidInput for points off the image."""
    require_inside(outline, width=width, height=height)
    # Counted in the outline's own box: the image may be much larger.
    low, high = np.floor(outline.points.min(axis=0)), np.ceil(outline.points.max(axis=0))
    columns, rows = (
        min(size, int(end)) - max(0, int(start)) for size, start, end in zip((width, height), low, high, strict=True)
    )
    if columns * rows > MAX_MASK_PIXELS:
        raise InvalidInput(f"{outline.field}.points", f"covers more than {MAX_MASK_PIXELS} pixels")
    inside = outline_pixels(outline.points - np.maximum(low, 0), width=max(0, columns), height=max(0, rows))
    return int(np.count_nonzero(inside)) * pixel.area_mm2
