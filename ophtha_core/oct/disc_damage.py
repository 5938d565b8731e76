"""Measures of disc, cup and rim, and the disc damage likelihood scale. For research, not a diagnosis.

Contours are (n, 2) in mm, x right, y inferior; angles run clockwise on screen from image right.
The scale: Bayer et al., Am J Ophthalmol 2002;133:758-763; Henderer, Br J Ophthalmol 2006;90:395-396.
"""

from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import shapely
from numpy.typing import NDArray

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.contour import clipped, feret_diameters, ray_radii
from ophtha_core.oct.polygon import is_degenerate

Floats = NDArray[np.float64]
MIN_POINTS = 4
MAX_POINTS = 5000
RAYS = 3600
ABSENT_RATIO = 0.01
SMALL_BELOW_MM = 1.5
LARGE_ABOVE_MM = 2.0


class DiscSize(StrEnum):
    """Size by the vertical diameter."""

    SMALL = "small"
    AVERAGE = "average"
    LARGE = "large"


@dataclass(frozen=True, kw_only=True)
class ContourMeasures:
    """Measures of one closed contour; diameters vertical and horizontal are extents, min and max Feret diameters."""

    area_mm2: float
    vertical_diameter_mm: float
    horizontal_diameter_mm: float
    min_diameter_mm: float
    max_diameter_mm: float
    center_mm: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class RimMeasures:
    """Rim between cup and disc; `narrowest_mm` are the disc's and the cup's point where rim / disc is smallest."""

    area_mm2: float
    min_width_mm: float
    min_width_angle_deg: float
    min_rim_disc_ratio: float
    rim_absence_deg: float
    narrowest_mm: tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True, kw_only=True)
class Excavation:
    """The cup, the rim around it and the stage they make; ratios are cup / disc, 0 .. 1."""

    contour_mm: Floats
    cup: ContourMeasures
    rim: RimMeasures
    area_ratio: float
    vertical_ratio: float
    horizontal_ratio: float
    size: DiscSize
    stage: int


@dataclass(frozen=True, kw_only=True)
class NerveHead:
    """Disc and, where there is one, its excavation."""

    contour_mm: Floats
    disc: ContourMeasures
    excavation: Excavation | None


def nerve_head(disc_mm: Floats, cup_mm: Floats) -> NerveHead:
    """Measures of disc and cup; of the cup the part inside the disc counts, and no points are no cup.

    Raises InvalidInput (`disk`, `cup`) for contours that are none, and for a cup that lies outside the disc.
    """
    require_contour("disk", disc_mm)
    measures = contour_measures(disc_mm)
    if not len(cup_mm):
        return NerveHead(contour_mm=disc_mm, disc=measures, excavation=None)
    require_contour("cup", cup_mm)
    inside = clipped(cup_mm, within=shapely.Polygon(disc_mm))
    if not len(inside):
        raise InvalidInput("cup", "lies outside the disc")
    return NerveHead(contour_mm=disc_mm, disc=measures, excavation=_excavation(disc_mm, measures, inside))


def _excavation(disc_mm: Floats, disc: ContourMeasures, cup_mm: Floats) -> Excavation:
    cup, rim = contour_measures(cup_mm), rim_measures(disc_mm, cup_mm)
    size = disc_size(disc.vertical_diameter_mm)
    return Excavation(
        contour_mm=cup_mm,
        cup=cup,
        rim=rim,
        area_ratio=min(1.0, cup.area_mm2 / disc.area_mm2),
        vertical_ratio=min(1.0, cup.vertical_diameter_mm / disc.vertical_diameter_mm),
        horizontal_ratio=min(1.0, cup.horizontal_diameter_mm / disc.horizontal_diameter_mm),
        size=size,
        stage=ddls_stage(size=size, min_rim_disc_ratio=rim.min_rim_disc_ratio, rim_absence_deg=rim.rim_absence_deg),
    )


def require_contour(field: str, points: Floats) -> None:
    """Raise InvalidInput unless the points make a closed contour that does not cross itself."""
    if len(np.unique(points, axis=0)) < MIN_POINTS:
        raise InvalidInput(field, f"needs at least {MIN_POINTS} different points")
    if len(points) > MAX_POINTS:
        raise InvalidInput(field, f"has more than {MAX_POINTS} points")
    if is_degenerate(points):
        raise InvalidInput(field, "all points lie on one line")
    if not shapely.Polygon(points).is_valid:
        raise InvalidInput(field, "the contour crosses or touches itself")


def contour_measures(points: Floats) -> ContourMeasures:
    """Measures of a contour."""
    polygon = shapely.Polygon(points)
    extent = np.ptp(points, axis=0)
    smallest, largest = feret_diameters(points)
    return ContourMeasures(
        area_mm2=float(polygon.area),
        vertical_diameter_mm=float(extent[1]),
        horizontal_diameter_mm=float(extent[0]),
        min_diameter_mm=smallest,
        max_diameter_mm=largest,
        center_mm=(float(polygon.centroid.x), float(polygon.centroid.y)),
    )


def rim_measures(disc: Floats, cup: Floats) -> RimMeasures:
    """Rim along rays from the disc's centroid; the ratio is to the disc's diameter on the same axis."""
    disc_polygon = shapely.Polygon(disc)
    origin = np.array(disc_polygon.centroid.coords[0])
    angles = ray_angles(disc - origin, cup - origin)
    outer = ray_radii(disc, origin=origin, angles_rad=angles)
    inner = ray_radii(cup, origin=origin, angles_rad=angles)
    opposite = ray_radii(disc, origin=origin, angles_rad=angles + np.pi)
    width = np.maximum(0.0, outer - inner)
    # Of equally narrow places the first clockwise, whatever the rounding.
    ratio = np.round(width / (outer + opposite), 9)
    narrowest, thinnest = int(ratio.argmin()), int(np.round(width, 9).argmin())
    ray = np.array([np.cos(angles[narrowest]), np.sin(angles[narrowest])])
    on_disc = origin + outer[narrowest] * ray
    on_cup = origin + min(inner[narrowest], outer[narrowest]) * ray
    return RimMeasures(
        area_mm2=float(disc_polygon.difference(shapely.Polygon(cup)).area),
        min_width_mm=float(width[thinnest]),
        min_width_angle_deg=float(np.round(np.degrees(angles[thinnest]), 9) % 360),
        min_rim_disc_ratio=float(ratio[narrowest]),
        rim_absence_deg=absent_arc_deg(angles, ratio),
        narrowest_mm=((float(on_disc[0]), float(on_disc[1])), (float(on_cup[0]), float(on_cup[1]))),
    )


def ray_angles(*contours: Floats) -> Floats:
    """A fine fan of rays in 0 .. 2 pi and those through every vertex, where a polygon's rim can be narrowest."""
    fan = np.arange(RAYS) * (2 * np.pi / RAYS)
    vertices = [np.arctan2(points[:, 1], points[:, 0]) % (2 * np.pi) for points in contours]
    return np.unique(np.concatenate([fan, *vertices]))


def absent_arc_deg(angles: Floats, ratio: Floats) -> float:
    """Sum of all arcs on which the rim is absent, linear between rays."""
    here = ratio - ABSENT_RATIO
    following = np.roll(here, -1)
    arc = np.diff(np.append(angles, angles[0] + 2 * np.pi))
    below = np.maximum(0.0, -here) + np.maximum(0.0, -following)
    total = np.abs(here) + np.abs(following)
    share = np.divide(below, total, out=np.zeros_like(total), where=total > 0)
    return float(np.degrees((arc * share).sum()))


def disc_size(vertical_diameter_mm: float) -> DiscSize:
    """Small below 1.50 mm, large above 2.00 mm."""
    diameter = round(vertical_diameter_mm, 9)
    if diameter < SMALL_BELOW_MM:
        return DiscSize.SMALL
    return DiscSize.LARGE if diameter > LARGE_ABOVE_MM else DiscSize.AVERAGE


# Rim / disc ratios at which a stage begins, worst first, and degrees of absent rim, best first.
RATIO_BOUNDS = {
    DiscSize.SMALL: (0.1, 0.2, 0.3, 0.4, 0.5),
    DiscSize.AVERAGE: (0.1, 0.2, 0.3, 0.4),
    DiscSize.LARGE: (0.1, 0.2, 0.3),
}
ABSENCE_BOUNDS_DEG = {
    DiscSize.SMALL: (45.0, 90.0, 180.0),
    DiscSize.AVERAGE: (45.0, 90.0, 180.0, 270.0),
    DiscSize.LARGE: (45.0, 90.0, 180.0, 270.0),
}


def ddls_stage(*, size: DiscSize, min_rim_disc_ratio: float, rim_absence_deg: float) -> int:
    """Stage 1 … 10 of the disc damage likelihood scale; the extent of absence counts where the rim is absent."""
    ratios = RATIO_BOUNDS[size]
    if round(min_rim_disc_ratio, 9) >= ABSENT_RATIO:
        return 1 + len(ratios) - bisect_right(ratios, round(min_rim_disc_ratio, 9))
    return 2 + len(ratios) + bisect_right(ABSENCE_BOUNDS_DEG[size], round(rim_absence_deg, 6))
