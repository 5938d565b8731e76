"""Circles of sectors on an en-face grid (ETDRS, GCC, hemispheres, quadrants) and statistics of their sectors.

Every sector's share of every cell is its exact area (see `sector_area`), so the sectors add up to the disc.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from itertools import pairwise
from math import ceil, pi

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ophtha_core.oct.enface import EnFaceGrid, Laterality
from ophtha_core.oct.sector_area import WedgeBlock, wedge_block

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
WIDEST_WEDGE_DEG = 90.0


class Statistic(StrEnum):
    """What can be asked of a sector."""

    MEAN = "mean"
    STD = "std"


@dataclass(frozen=True, kw_only=True)
class Ring:
    """`sectors` equal sectors between two circles; the first starts at `start_deg` clockwise from image right."""

    inner_radius_mm: float
    outer_radius_mm: float
    sectors: int
    start_deg: float
    names: tuple[str, ...]

    @property
    def sector_area_mm2(self) -> float:
        """Area of one whole sector."""
        return pi * (self.outer_radius_mm**2 - self.inner_radius_mm**2) / self.sectors


@dataclass(frozen=True, kw_only=True)
class Circle:
    """Concentric rings; ring and sector numbers are their positions."""

    rings: tuple[Ring, ...]

    def names(self, laterality: Laterality | None) -> list[list[str]]:
        """Names of the sectors; nasal and temporal only where the eye is known."""
        return [[eye_name(name, laterality) for name in ring.names] for ring in self.rings]


@dataclass(frozen=True, kw_only=True)
class SectorStatistics:
    """Statistics of one sector, in the unit of the values; None where no cell of it holds a value.

    `std` is the area-weighted population standard deviation; `covered_area_mm2` counts cells with a value.
    """

    area_mm2: float
    covered_area_mm2: float
    integral: float
    mean: float | None
    std: float | None

    @property
    def coverage(self) -> float:
        """Share of the sector's area that holds values, 0 .. 1."""
        return min(1.0, self.covered_area_mm2 / self.area_mm2)


def centre_ring(radius_mm: float) -> Ring:
    """The undivided disc in the middle."""
    return Ring(inner_radius_mm=0, outer_radius_mm=radius_mm, sectors=1, start_deg=-45, names=("centre",))


def ring_of_four(name: str, inner_radius_mm: float, outer_radius_mm: float) -> Ring:
    """Right, inferior, left, superior."""
    return Ring(
        inner_radius_mm=inner_radius_mm,
        outer_radius_mm=outer_radius_mm,
        sectors=4,
        start_deg=-45,
        names=tuple(f"{name} {side}" for side in ("right", "inferior", "left", "superior")),
    )


ETDRS = Circle(rings=(centre_ring(0.5), ring_of_four("inner", 0.5, 1.5), ring_of_four("outer", 1.5, 3.0)))
GCC = Circle(
    rings=(
        centre_ring(0.5),
        Ring(
            inner_radius_mm=0.5,
            outer_radius_mm=3.0,
            sectors=6,
            start_deg=-60,
            names=("superior right", "inferior right", "inferior", "inferior left", "superior left", "superior"),
        ),
    )
)


def hemispheres(diameter_mm: float) -> Circle:
    """The disc cut by the horizontal meridian: inferior, superior."""
    ring = Ring(
        inner_radius_mm=0,
        outer_radius_mm=diameter_mm / 2,
        sectors=2,
        start_deg=0,
        names=("inferior", "superior"),
    )
    return Circle(rings=(ring,))


def quadrants(diameter_mm: float) -> Circle:
    """The disc cut by both meridians: lower right, lower left, upper left, upper right."""
    ring = Ring(
        inner_radius_mm=0,
        outer_radius_mm=diameter_mm / 2,
        sectors=4,
        start_deg=0,
        names=("inferior right", "inferior left", "superior left", "superior right"),
    )
    return Circle(rings=(ring,))


def eye_name(name: str, laterality: Laterality | None) -> str:
    """Image right and left in terms of the eye: right is nasal in a right eye."""
    if laterality is None:
        return name
    right, left = ("nasal", "temporal") if laterality is Laterality.RIGHT else ("temporal", "nasal")
    return " ".join({"right": right, "left": left}.get(word, word) for word in name.split())


def sector_statistics(
    grid: EnFaceGrid,
    values: Floats,
    *,
    circle: Circle,
    zone_diameter_mm: float | None = None,
    axis_deg: float = 0.0,
) -> list[list[SectorStatistics]]:
    """Area-weighted statistics of `values` (rows, columns; NaN is missing) for every sector of every ring.

    Sectors are counted from an axis `axis_deg` clockwise on screen from image horizontal. Cells outside the disc of
    `zone_diameter_mm` about the centre do not count.
    """
    weights = sector_weights(grid.about(grid.centre_point), circle, zone_diameter_mm, axis_deg)
    flat = values.ravel()
    present = ~np.isnan(flat)
    known = np.where(present, flat, 0.0)
    # About one of the values: the spread of a thick map must not drown in its own square.
    shift = float(known[present][0]) if present.any() else 0.0
    centred = np.where(present, known - shift, 0.0)
    covered, sums, squares = (weights @ column for column in (present.astype(np.float64), centred, centred**2))
    rings = []
    position = 0
    for ring in circle.rings:
        sectors = slice(position, position + ring.sectors)
        rows = zip(covered[sectors], sums[sectors], squares[sectors], strict=True)
        rings.append([statistics_of(ring.sector_area_mm2, shift, *map(float, row)) for row in rows])
        position += ring.sectors
    return rings


def statistics_of(
    area_mm2: float, shift: float, covered_mm2: float, sum_about_shift: float, squares_about_shift: float
) -> SectorStatistics:
    """Statistics from area-weighted sums about `shift`."""
    if covered_mm2 <= 0:
        return SectorStatistics(area_mm2=area_mm2, covered_area_mm2=0.0, integral=0.0, mean=None, std=None)
    offset = sum_about_shift / covered_mm2
    variance = max(0.0, squares_about_shift / covered_mm2 - offset**2)
    return SectorStatistics(
        area_mm2=area_mm2,
        covered_area_mm2=covered_mm2,
        integral=sum_about_shift + shift * covered_mm2,
        mean=shift + offset,
        std=variance**0.5,
    )


@lru_cache(maxsize=16)
def sector_weights(
    grid: EnFaceGrid, circle: Circle, zone_diameter_mm: float | None, axis_deg: float = 0.0
) -> csr_array:
    """Area in mm² of every sector in every cell: shape (sectors of all rings, rows * columns)."""
    turn_deg = axis_deg - grid.rotation_deg
    limit = float("inf") if zone_diameter_mm is None else zone_diameter_mm / 2
    x_edges, y_edges = grid.column_edges_mm, grid.row_edges_mm

    @cache
    def wedge(radius_mm: float, start_deg: float, end_deg: float) -> WedgeBlock:
        # The outer circle of a ring is often the inner one of the next.
        return wedge_block(x_edges, y_edges, radius=radius_mm, start_deg=start_deg, end_deg=end_deg)

    cells: list[Integers] = []
    areas: list[Floats] = []
    for ring in circle.rings:
        inner, outer = min(ring.inner_radius_mm, limit), min(ring.outer_radius_mm, limit)
        for bounds in sector_bounds_deg(ring, turn_deg=turn_deg):
            parts = [wedge(outer, *part).minus(wedge(inner, *part)) for part in pairwise(bounds)]
            found = [nonzero_cells(part, columns=grid.columns, threshold=1e-14 * outer**2) for part in parts]
            cells.append(np.concatenate([each[0] for each in found]))
            areas.append(np.concatenate([each[1] for each in found]))
    starts = np.cumsum([0, *map(len, cells)])
    weights = csr_array(
        (np.concatenate(areas), np.concatenate(cells), starts), shape=(len(cells), grid.rows * grid.columns)
    )
    # A cell on the ray between two wedges of one sector is listed by both.
    weights.sum_duplicates()
    return weights


def sector_bounds_deg(ring: Ring, *, turn_deg: float = 0.0) -> list[list[float]]:
    """For every sector the rays that bound and divide it into wedges of at most 90 degrees, turned by `turn_deg`."""
    step = 360.0 / ring.sectors
    parts = ceil(step / WIDEST_WEDGE_DEG)
    start = ring.start_deg + turn_deg
    return [[start + step * (number + part / parts) for part in range(parts + 1)] for number in range(ring.sectors)]


def nonzero_cells(block: WedgeBlock, *, columns: int, threshold: float) -> tuple[Integers, Floats]:
    """Flat indices and areas; what is left of two equal areas is rounding and must not make a sector hold a value."""
    row, column = np.nonzero(block.areas > threshold)
    return (row + block.rows.start) * columns + column + block.columns.start, block.areas[row, column]
