"""Two thickness maps of one eye, laid on each other by the fovea and, where both know it, by the axis to the disc."""

from dataclasses import dataclass
from math import cos, radians, sin
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ophtha_core.oct.circles import ETDRS, SectorStatistics, sector_statistics
from ophtha_core.oct.enface import EnFaceGrid
from ophtha_core.oct.rnfl import bilinear
from ophtha_core.oct.thickness import ThicknessMap

Floats = NDArray[np.float64]

FIELD_MM: Final = 6.0
CELL_MM: Final = 0.05
LEAST_COVERAGE: Final = 0.5
"""Of a sector, in both maps, for a difference of their means."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SectorChange:
    """Change of one sector in µm, newer minus older; None where either was hardly measured."""

    change_um: float | None
    newer_coverage: float
    older_coverage: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """Changes by ring and sector of the ETDRS circle, and cell by cell on ``grid``, NaN where either has no value."""

    rings: list[list[SectorChange]]
    grid: EnFaceGrid
    change_um: Floats


def compare_maps(newer: ThicknessMap, older: ThicknessMap, *, older_turn_deg: float = 0.0) -> Comparison:
    """Newer minus older, both in µm and each about the fovea as its grid's centre.

    ``older_turn_deg`` is by how much the eye of the older map is turned against that of the newer one, clockwise on
    screen: its sectors and cells are turned with it.
    """
    grid = field_grid(newer.grid)
    change = _sampled(newer, grid, turn_deg=0.0) - _sampled(older, grid, turn_deg=older_turn_deg)
    new_rings = sector_statistics(newer.grid, newer.values, circle=ETDRS)
    old_rings = sector_statistics(older.grid, older.values, circle=ETDRS, axis_deg=older_turn_deg)
    return Comparison(
        rings=[
            [_sector_change(one, other) for one, other in zip(ring, other_ring, strict=True)]
            for ring, other_ring in zip(new_rings, old_rings, strict=True)
        ],
        grid=grid,
        change_um=change,
    )


def field_grid(grid: EnFaceGrid) -> EnFaceGrid:
    """The square of the ETDRS circle about the fovea, an odd number of cells along the axes of the image."""
    cells = 2 * round(FIELD_MM / CELL_MM / 2) + 1
    return EnFaceGrid(
        rows=cells, columns=cells, row_spacing_mm=CELL_MM, column_spacing_mm=CELL_MM, laterality=grid.laterality
    )


def _sampled(thickness: ThicknessMap, grid: EnFaceGrid, *, turn_deg: float) -> Floats:
    """Values of a map at the cells of a grid about the same point, which is turned against it."""
    own = thickness.grid
    x = (np.arange(grid.columns, dtype=np.float64) - grid.centre_point.column) * grid.column_spacing_mm
    y = (np.arange(grid.rows, dtype=np.float64) - grid.centre_point.row) * grid.row_spacing_mm
    across, down = np.meshgrid(x, y)
    turn = radians(turn_deg - own.rotation_deg)
    along_mm, over_mm = across * cos(turn) - down * sin(turn), across * sin(turn) + down * cos(turn)
    return bilinear(
        thickness.values,
        columns=along_mm / own.column_spacing_mm + own.centre_point.column,
        rows=over_mm / own.row_spacing_mm + own.centre_point.row,
    )


def _sector_change(newer: SectorStatistics, older: SectorStatistics) -> SectorChange:
    known = min(newer.coverage, older.coverage) >= LEAST_COVERAGE
    return SectorChange(
        change_um=newer.mean - older.mean if known and newer.mean is not None and older.mean is not None else None,
        newer_coverage=newer.coverage,
        older_coverage=older.coverage,
    )
