"""Nerve fibre layer thickness on a circle around the optic disc, and its symmetry between the eyes.

Angles run clockwise on screen from image right in a right eye; a left eye is mirrored first, so that a sector is the
same anatomy in both (right = nasal).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import pi

import numpy as np
import shapely
from numpy.typing import NDArray

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.enface import EnFaceGrid, Laterality

Floats = NDArray[np.float64]
SAMPLES_PER_DEG = 10
SAMPLES = 360 * SAMPLES_PER_DEG
GRAPH_BINS = 36
DEFAULT_TOLERANCE_MM = 0.009
DEFAULT_INTERPOLATION_POINTS = 360


class RnflAnalysis(StrEnum):
    """How the circle is divided."""

    QUADRANT = "quadrant"
    SINGLE_SEGMENT = "single_segment"
    TWELVE_SEGMENTS = "twelve_segments"
    GRAPH = "graph"


@dataclass(frozen=True, kw_only=True)
class CircleDivision:
    """`sectors` equal arcs; the first starts at `start_deg`."""

    sectors: int
    start_deg: int


DIVISIONS: Mapping[RnflAnalysis, CircleDivision] = {
    RnflAnalysis.QUADRANT: CircleDivision(sectors=4, start_deg=-45),
    RnflAnalysis.SINGLE_SEGMENT: CircleDivision(sectors=1, start_deg=0),
    RnflAnalysis.TWELVE_SEGMENTS: CircleDivision(sectors=12, start_deg=-15),
    RnflAnalysis.GRAPH: CircleDivision(sectors=GRAPH_BINS, start_deg=-180),
}


@dataclass(frozen=True, kw_only=True)
class CircleProfile:
    """Samples along a circle: entry k at (k + 1/2) / 10 degrees, NaN off the field.

    `center_mm` (x, y) on the canonical plane, origin at the centre of cell (0, 0).
    """

    thickness: Floats
    center_mm: tuple[float, float]
    radius_mm: float

    def sectors(self, analysis: RnflAnalysis) -> list[float | None]:
        """Mean of every sector, in the unit of the map; None where no sample lies on the field."""
        return [
            float(np.nanmean(samples)) if np.isfinite(samples).any() else None for samples in self.divided(analysis)
        ]

    def coverage(self, analysis: RnflAnalysis) -> list[float]:
        """Share of every sector's arc that lies on the field."""
        return [float(np.isfinite(samples).mean()) for samples in self.divided(analysis)]

    def divided(self, analysis: RnflAnalysis) -> Floats:
        """Samples by sector; shape (sectors, samples)."""
        division = DIVISIONS[analysis]
        return np.roll(self.thickness, -division.start_deg * SAMPLES_PER_DEG).reshape(division.sectors, -1)


def circle_profile(grid: EnFaceGrid, thickness: Floats, *, disc_mm: Floats, distance_mm: float) -> CircleProfile:
    """Thickness (rows, columns) sampled bilinearly on the circle `distance_mm` outside the disc contour (n, 2).

    The circle is about the contour's centroid, its radius that of a disc of the same area plus the distance.
    Raises InvalidInput (`mm_to_analyze`, `laterality`).
    """
    if not distance_mm >= 0:
        raise InvalidInput("mm_to_analyze", "must not be negative")
    if grid.laterality is None:
        raise InvalidInput("laterality", "is needed to know nasal from temporal")
    polygon = shapely.Polygon(disc_mm)
    center = (float(polygon.centroid.x), float(polygon.centroid.y))
    radius = (polygon.area / pi) ** 0.5 + distance_mm
    angles_deg = (np.arange(SAMPLES) + 0.5) / SAMPLES_PER_DEG
    if grid.laterality is Laterality.LEFT:
        angles_deg = 180.0 - angles_deg
    angles = np.radians(angles_deg - grid.rotation_deg)
    columns = (center[0] + radius * np.cos(angles)) / grid.column_spacing_mm
    rows = (center[1] + radius * np.sin(angles)) / grid.row_spacing_mm
    return CircleProfile(
        thickness=bilinear(thickness, columns=columns, rows=rows), center_mm=center, radius_mm=float(radius)
    )


def bilinear(values: Floats, *, columns: Floats, rows: Floats) -> Floats:
    """Values (rows, columns) between cell centres; constant in the outer half of border cells, NaN off the map."""
    height, width = values.shape
    is_off = (columns < -0.5) | (columns > width - 0.5) | (rows < -0.5) | (rows > height - 0.5)
    columns, rows = columns.clip(0, width - 1), rows.clip(0, height - 1)
    left, top = np.floor(columns).astype(int), np.floor(rows).astype(int)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    to_right, to_bottom = columns - left, rows - top
    total = np.zeros(columns.shape)
    for row, row_share in ((top, 1 - to_bottom), (bottom, to_bottom)):
        for column, column_share in ((left, 1 - to_right), (right, to_right)):
            share = row_share * column_share
            # A cell without a share must not spread its NaN.
            total += np.where(share > 0, share * np.where(share > 0, values[row, column], 0.0), 0.0)
    return np.where(is_off, np.nan, total)


def graph_similarity(
    graph_a_mm: Sequence[float],
    graph_b_mm: Sequence[float],
    *,
    tolerance_mm: float = DEFAULT_TOLERANCE_MM,
    points: int = DEFAULT_INTERPOLATION_POINTS,
) -> float:
    """Symmetry of two graphs of 36 bins, 0 .. 1: one minus the share of thickness that differs beyond the tolerance.

    Linear between bin centres around the circle, from the first centre on. Raises InvalidInput naming the parameter.
    """
    if not tolerance_mm >= 0:
        raise InvalidInput("equality_tolerance_mm", "must not be negative")
    if points < 1:
        raise InvalidInput("interpolation_points", "must be at least 1")
    curves = []
    for field, graph in (("graph_a", graph_a_mm), ("graph_b", graph_b_mm)):
        values = np.asarray(graph, dtype=np.float64)
        if values.shape != (GRAPH_BINS,):
            raise InvalidInput(field, f"needs {GRAPH_BINS} values")
        if not (np.isfinite(values).all() and (values >= 0).all()):
            raise InvalidInput(field, "needs finite values not below 0")
        curves.append(
            np.interp(np.arange(points) * GRAPH_BINS / points, np.arange(GRAPH_BINS), values, period=GRAPH_BINS)
        )
    one, other = curves
    whole = float(np.maximum(one, other).sum())
    if whole == 0:
        return 1.0
    differing = float(np.maximum(0.0, np.abs(one - other) - tolerance_mm).sum())
    return min(1.0, max(0.0, 1.0 - differing / whole))
