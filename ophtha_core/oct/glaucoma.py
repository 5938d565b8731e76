"""Macular asymmetry between the hemispheres and distance from healthy thickness. For research, not a diagnosis."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ophtha_core.oct.circles import SectorStatistics, hemispheres, sector_statistics
from ophtha_core.oct.enface import EnFaceGrid, require_positive
from ophtha_core.oct.turned_area import turned_cell_areas

Floats = NDArray[np.float64]
PPAA_CELLS = 8
BORDERLINE_SD = 1.645  # 5 % of a normal distribution lies below
OUTSIDE_SD = 2.326  # 1 %
LEAST_COVERAGE = 1e-12
"""Of a cell; what is below is rounding."""


class GlaucomaStage(StrEnum):
    """Where a thickness lies in the distribution of healthy eyes."""

    NORMAL = "NORMAL"
    BORDERLINE = "BORDERLINE"
    OUTSIDE = "OUTSIDE_NORMAL_LIMITS"


@dataclass(frozen=True, kw_only=True)
class HealthyThickness:
    """Mean and standard deviation in healthy eyes, µm."""

    mean_um: float
    sd_um: float

    def stage(self, thickness_um: float) -> GlaucomaStage:
        """Stage of one hemisphere."""
        if thickness_um >= self.mean_um - BORDERLINE_SD * self.sd_um:
            return GlaucomaStage.NORMAL
        is_outside = thickness_um < self.mean_um - OUTSIDE_SD * self.sd_um
        return GlaucomaStage.OUTSIDE if is_outside else GlaucomaStage.BORDERLINE

    def distance(self, thickness_um: float) -> float:
        """0 at the healthy mean or above, 1 at the first percentile or below."""
        return min(1.0, max(0.0, (self.mean_um - thickness_um) / (OUTSIDE_SD * self.sd_um)))


@dataclass(frozen=True, kw_only=True)
class HealthyHemispheres:
    """Reference for both hemispheres of the ganglion cell complex."""

    superior: HealthyThickness
    inferior: HealthyThickness

    def __post_init__(self) -> None:
        for name, half in (("superior", self.superior), ("inferior", self.inferior)):
            require_positive(f"reference.{name}.mean", half.mean_um)
            require_positive(f"reference.{name}.sd", half.sd_um)


# 236 healthy volunteers, both eyes pooled: interocular differences of mGCC, International Eye Science 2019;19(12).
DEFAULT_REFERENCE = HealthyHemispheres(
    superior=HealthyThickness(mean_um=92.2, sd_um=6.6), inferior=HealthyThickness(mean_um=91.4, sd_um=7.9)
)


def glaucoma_stage(
    *, superior_um: float, inferior_um: float, reference: HealthyHemispheres = DEFAULT_REFERENCE
) -> GlaucomaStage:
    """Stage of the worse hemisphere."""
    order = list(GlaucomaStage)
    return max(reference.superior.stage(superior_um), reference.inferior.stage(inferior_um), key=order.index)


def distance_to_normal(
    *, superior_um: float, inferior_um: float, reference: HealthyHemispheres = DEFAULT_REFERENCE
) -> float:
    """Distance of the worse hemisphere, 0 .. 1."""
    return max(reference.superior.distance(superior_um), reference.inferior.distance(inferior_um))


def hemisphere_statistics(
    grid: EnFaceGrid, values: Floats, *, zone_diameter_mm: float, axis_deg: float = 0.0
) -> tuple[SectorStatistics, SectorStatistics]:
    """(superior, inferior) half of the disc of the zone, cut along the axis."""
    circle = hemispheres(zone_diameter_mm)
    ((inferior, superior),) = sector_statistics(grid, values, circle=circle, axis_deg=axis_deg)
    return superior, inferior


@dataclass(frozen=True, kw_only=True)
class Asymmetry:
    """Posterior pole asymmetry: both (4, 8), rows from superior to inferior, NaN where either cell is empty.

    `coverage` (8, 8) is the share of each cell that holds tissue.
    """

    superior: Floats
    inferior: Floats
    coverage: Floats


def full_asymmetry(grid: EnFaceGrid, values: Floats, *, axis_deg: float = 0.0) -> Asymmetry:
    """8 x 8 cells over the extent of the whole map, about its middle and along the axis."""
    turn_deg = axis_deg - grid.rotation_deg
    if turn_deg == 0.0:
        # In cells: shares of a map along its own axes need no distances.
        rows, columns = (np.arange(count + 1, dtype=np.float64) for count in grid.shape)
        bounds = (np.linspace(0, count, PPAA_CELLS + 1) for count in grid.shape)
        return asymmetry(values, edges=(rows, columns), bounds=tuple(bounds), turn_deg=0.0)
    middle = grid.about(None)
    bounds = (np.linspace(-side / 2, side / 2, PPAA_CELLS + 1) for side in (grid.height_mm, grid.width_mm))
    edges = (middle.row_edges_mm, middle.column_edges_mm)
    return asymmetry(values, edges=edges, bounds=tuple(bounds), turn_deg=turn_deg)


def zone_asymmetry(grid: EnFaceGrid, values: Floats, *, zone_mm: float, axis_deg: float = 0.0) -> Asymmetry:
    """8 x 8 cells over the square of `zone_mm` about the grid's centre and along the axis."""
    require_positive("zone_of_interest", zone_mm)
    bounds = np.linspace(-zone_mm / 2, zone_mm / 2, PPAA_CELLS + 1)
    edges = (grid.row_edges_mm, grid.column_edges_mm)
    return asymmetry(values, edges=edges, bounds=(bounds, bounds), turn_deg=axis_deg - grid.rotation_deg)


def asymmetry(values: Floats, *, edges: tuple[Floats, ...], bounds: tuple[Floats, ...], turn_deg: float) -> Asymmetry:
    """Mean of every cell minus that of its mirror image; a cell of the map on a bound is split by area.

    `edges` and `bounds` are those of rows, then columns; the bounds are turned about their origin.
    """
    (row_edges, column_edges), (row_bounds, column_bounds) = edges, bounds
    present = ~np.isnan(values)
    layers = (present.astype(np.float64), np.where(present, values, 0.0))
    if turn_deg == 0.0:
        rows, columns = shares(row_edges, row_bounds), shares(column_edges, column_bounds)
        covered, sums = (rows @ layer @ columns.T for layer in layers)
    else:
        weights = turned_cell_areas(column_edges, row_edges, column_bounds, row_bounds, turn_deg=turn_deg)
        covered, sums = ((weights @ layer.ravel()).reshape(PPAA_CELLS, PPAA_CELLS) for layer in layers)
    full = np.diff(row_bounds)[:, None] * np.diff(column_bounds)[None, :]
    coverage = np.clip(covered / full, 0.0, 1.0)
    means = np.full(covered.shape, np.nan)
    np.divide(sums, covered, out=means, where=coverage > LEAST_COVERAGE)
    half = PPAA_CELLS // 2
    superior = means[:half] - means[::-1][:half]
    return Asymmetry(superior=superior, inferior=0.0 - superior[::-1], coverage=coverage)


def shares(edges: Floats, bounds: Floats) -> Floats:
    """Length of every interval of `edges` in every one of `bounds`; shape (len(bounds) - 1, len(edges) - 1)."""
    low = np.maximum(edges[None, :-1], bounds[:-1, None])
    high = np.minimum(edges[None, 1:], bounds[1:, None])
    lengths: Floats = np.maximum(0.0, high - low)
    return lengths
