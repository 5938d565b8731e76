"""Radial (star) scans through the fovea: sectors of the ETDRS circle from spokes.

An A-scan stands for the cell of a polar grid around it: half-way to its neighbours along the spoke, and half-way to the
neighbouring spokes, at most 15 degrees. What lies further from a spoke was not measured.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ophtha_core.oct.circles import Circle, Ring, SectorStatistics, statistics_of

Floats = NDArray[np.float64]

WIDEST_GAP_DEG: Final = 30.0
LEAST_SPOKES: Final = 2
COMMON_SHARE: Final = 0.1
"""How far the middles of spokes may lie apart, of their length."""
LEAST_ANGLE_DEG: Final = 5.0


@dataclass(frozen=True, kw_only=True, eq=False)
class StarScan:
    """Spokes through a common centre on the fundus image, in mm from its first corner.

    ``angles_deg`` (slices,) is the direction in which columns grow, clockwise on screen from image right; ``center``
    is the column (from 0) at the common centre of each spoke.
    """

    center_mm: tuple[float, float]
    angles_deg: Floats
    centers: Floats
    column_spacing_mm: float
    columns: int

    def statistics(self, values: Floats, *, circle: Circle) -> list[list[SectorStatistics]]:
        """Area-weighted statistics of ``values`` (slices, columns; NaN is missing) for every sector of every ring."""
        weights = _Cells.of(self, values)
        return [[_sector(weights, ring, number) for number in range(ring.sectors)] for ring in circle.rings]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Cells:
    """Cells of the polar grid that hold a value: radii in mm, angles in degrees."""

    inner_mm: Floats
    outer_mm: Floats
    start_deg: Floats
    end_deg: Floats
    values: Floats

    @classmethod
    def of(cls, scan: StarScan, values: Floats) -> "_Cells":
        half_mm = scan.column_spacing_mm / 2
        along_mm = (np.arange(scan.columns)[None] - scan.centers[:, None]) * scan.column_spacing_mm
        directions = np.concatenate([scan.angles_deg, scan.angles_deg + 180.0]) % 360.0
        starts, ends = _reach(directions)
        radii = np.concatenate([along_mm, -along_mm])
        both = np.concatenate([values, values])
        keep = np.isfinite(both) & (radii + half_mm > 0)
        start, end = (np.broadcast_to(each[:, None], both.shape)[keep] for each in (starts, ends))
        return cls(
            inner_mm=np.maximum(radii[keep] - half_mm, 0.0),
            outer_mm=radii[keep] + half_mm,
            start_deg=start,
            end_deg=end,
            values=both[keep],
        )


def _reach(directions_deg: Floats) -> tuple[Floats, Floats]:
    """Half-way to the neighbouring directions, at most half the widest gap."""
    order = np.argsort(directions_deg)
    ordered = directions_deg[order]
    gaps = np.diff(np.append(ordered, ordered[0] + 360.0))
    after = np.minimum(gaps, WIDEST_GAP_DEG) / 2
    before = np.roll(after, 1)
    starts, ends = np.empty_like(directions_deg), np.empty_like(directions_deg)
    starts[order], ends[order] = ordered - before, ordered + after
    return starts, ends


def _sector(cells: _Cells, ring: Ring, number: int) -> SectorStatistics:
    step = 360.0 / ring.sectors
    start = ring.start_deg + step * number
    shared_deg = sum(
        (
            np.clip(
                np.minimum(cells.end_deg, start + step + turn) - np.maximum(cells.start_deg, start + turn), 0.0, None
            )
            for turn in (-360.0, 0.0, 360.0)
        ),
        start=np.zeros(cells.values.shape),
    )
    inner = np.clip(cells.inner_mm, ring.inner_radius_mm, ring.outer_radius_mm)
    outer = np.clip(cells.outer_mm, ring.inner_radius_mm, ring.outer_radius_mm)
    areas = np.radians(np.minimum(shared_deg, step)) / 2 * (outer**2 - inner**2)
    shift = float(cells.values[0]) if cells.values.size else 0.0
    centred = cells.values - shift
    return statistics_of(
        ring.sector_area_mm2,
        shift,
        float(areas.sum()),
        float(areas @ centred),
        float(areas @ centred**2),
    )


def fitted_star(starts_mm: Floats, ends_mm: Floats, *, column_spacing_mm: float, columns: int) -> StarScan | None:
    """Spokes from their first and last A-scans, (slices, 2) each; None where they have no common centre."""
    runs, middles = ends_mm - starts_mm, (starts_mm + ends_mm) / 2
    lengths = np.hypot(*runs.T)
    if len(runs) < LEAST_SPOKES or lengths.min() <= 0:
        return None
    units = runs / lengths[:, None]
    center = middles.mean(axis=0)
    if np.hypot(*(middles - center).T).max() > COMMON_SHARE * lengths.mean():
        return None
    across = np.abs(units[0, 0] * units[:, 1] - units[0, 1] * units[:, 0])
    if across.max() < np.sin(np.radians(LEAST_ANGLE_DEG)):
        return None
    along = ((center - starts_mm) * units).sum(axis=1)
    return StarScan(
        center_mm=(float(center[0]), float(center[1])),
        angles_deg=np.degrees(np.arctan2(units[:, 1], units[:, 0])),
        centers=along / lengths * (columns - 1),
        column_spacing_mm=column_spacing_mm,
        columns=columns,
    )
