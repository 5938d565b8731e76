"""Areas, volumes and places of pathologies on en-face thickness maps.

For a pathology 0 is a value: nothing there. NaN cells were not examined and count nowhere.
"""

from dataclasses import dataclass
from math import pi

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ophtha_core.oct.circles import ETDRS, sector_statistics
from ophtha_core.oct.enface import EnFaceGrid, EnFacePoint
from ophtha_core.oct.thickness import UM_PER_MM

Floats = NDArray[np.float64]
OVERLAP_DIAMETERS_MM = (1.0, 3.0, 6.0)
TOUCHING = np.ones((3, 3), dtype=int)


@dataclass(frozen=True, kw_only=True)
class NearestCell:
    """The pathology's cell nearest a point: indices in the array given, distance between the centres."""

    distance_mm: float
    column: int
    row: int


def present(values: Floats) -> Floats:
    """1 where there is pathology, 0 where there is none, NaN where nobody looked."""
    return np.where(np.isnan(values), np.nan, (values > 0).astype(np.float64))


def area_mm2(values: Floats, *, cell_area_mm2: float) -> float:
    """En-face area of the cells above 0."""
    return int(np.count_nonzero(values > 0)) * cell_area_mm2


def volume_mm3(thickness_um: Floats, *, cell_area_mm2: float) -> float:
    """Volume under a thickness map in µm."""
    return float(np.nansum(thickness_um)) * cell_area_mm2 / UM_PER_MM


def etdrs_sums(grid: EnFaceGrid, density: Floats, *, zone_diameter_mm: float | None = None) -> list[list[float]]:
    """Integral of `density` over every ETDRS sector, in density x mm²."""
    rings = sector_statistics(grid, density, circle=ETDRS, zone_diameter_mm=zone_diameter_mm)
    return [[sector.integral for sector in ring] for ring in rings]


def circle_overlap_percent(
    grid: EnFaceGrid, values: Floats, *, zone_diameter_mm: float | None = None
) -> dict[float, float]:
    """Share of the full area of the 1, 3 and 6 mm circles covered by the pathology, by diameter."""
    rings = etdrs_sums(grid, present(values), zone_diameter_mm=zone_diameter_mm)
    covered = np.cumsum([sum(ring) for ring in rings])
    return {
        diameter: min(100.0, 100.0 * float(area) / (pi * diameter**2 / 4))
        for diameter, area in zip(OVERLAP_DIAMETERS_MM, covered, strict=True)
    }


def grid_as_scanned(
    *,
    shape: tuple[int, int],
    slice_spacing_mm: float,
    column_spacing_mm: float,
    centre: tuple[float, float] | None,
) -> EnFaceGrid:
    """Slices as rows, in the caller's order, for what needs distances and no direction; `centre` is (column, slice)."""
    return EnFaceGrid(
        rows=shape[0],
        columns=shape[1],
        row_spacing_mm=slice_spacing_mm,
        column_spacing_mm=column_spacing_mm,
        centre=None if centre is None else EnFacePoint(column=centre[0], row=centre[1]),
    )


def nearest_cell(grid: EnFaceGrid, values: Floats, *, zone_mm: float | None = None) -> NearestCell | None:
    """Nearest cell above 0 to the grid's centre, by cell centres inside the square zone.

    Of equally near cells the first in row order; None without pathology.
    """
    centre = grid.centre_point
    down = ((np.arange(grid.rows) - centre.row) * grid.row_spacing_mm)[:, None]
    right = ((np.arange(grid.columns) - centre.column) * grid.column_spacing_mm)[None, :]
    counts = values > 0
    if zone_mm is not None:
        reach = zone_mm / 2 * (1 + 1e-12)
        counts &= (np.abs(down) <= reach) & (np.abs(right) <= reach)
    if not counts.any():
        return None
    # Rounded so that cells at equal distance compare equal whatever the order of the sum.
    distance = np.where(counts, np.round(np.hypot(down, right), 12), np.inf)
    row, column = divmod(int(distance.argmin()), grid.columns)
    return NearestCell(distance_mm=float(np.hypot(down[row, 0], right[0, column])), column=column, row=row)


def maximal_slice(values: Floats) -> int | None:
    """Row of the largest total thickness, the lowest of equal ones; None without pathology."""
    totals = np.nansum(np.where(values > 0, values, 0.0), axis=1)
    return int(totals.argmax()) if totals.any() else None


def label_spots(values: Floats) -> tuple[NDArray[np.int32], int]:
    """8-connected groups of cells above 0: labels 1 … n of the same shape, and n."""
    labels = np.zeros(values.shape, dtype=np.int32)
    count = ndimage.label(values > 0, structure=TOUCHING, output=labels)
    return labels, int(count)
