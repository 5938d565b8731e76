"""The fovea as the pit in a thickness map: found only where nothing else could be meant.

The retina is thickest on a ring about 1 mm from the foveal centre and thinnest at it, so a pit is a place thinner than
its ring in every direction. Where oedema has filled the pit, or the scan does not reach around it, there is no answer.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from ophtha_core.oct.enface import EnFaceGrid, EnFacePoint
from ophtha_core.oct.rnfl import bilinear
from ophtha_core.oct.thickness import ThicknessMap

Floats = NDArray[np.float64]

LEAST_DEPTH_UM: Final = 25.0
"""Of the pit against each quadrant of its ring; a healthy one is deeper than 60 µm."""
RING_RADII_MM: Final = (0.9, 1.1)
PIT_RADIUS_MM: Final = 0.5
_STEP_MM: Final = 0.1
_SMOOTHING_MM: Final = 0.1
_RAYS: Final = 24
_COVERED_SHARE: Final = 0.9
_RIVAL_SHARE: Final = 0.85
_RIVAL_DISTANCE_MM: Final = 0.8
_SHIFT_MM: Final = 0.35


def find_fovea(thickness: ThicknessMap) -> EnFacePoint | None:
    """Centre of the foveal pit of a map in µm, in cells of its grid; None where there is no single clear pit."""
    grid = thickness.grid
    smooth = _smoothed(grid, thickness.values)
    columns, rows = _candidates(grid)
    depth = _pit_depth_um(grid, smooth, columns=columns, rows=rows)
    if not len(depth) or not np.isfinite(depth).any():
        return None
    best = int(np.nanargmax(depth))
    if depth[best] < LEAST_DEPTH_UM or _has_rival(grid, columns, rows, depth, best):
        return None
    return _bottom(grid, thickness.values, EnFacePoint(column=float(columns[best]), row=float(rows[best])))


def _smoothed(grid: EnFaceGrid, values: Floats) -> Floats:
    """Mean of what is present nearby, NaN where nothing is."""
    sigma = (_SMOOTHING_MM / grid.row_spacing_mm, _SMOOTHING_MM / grid.column_spacing_mm)
    present = np.isfinite(values)
    weight = gaussian_filter(present.astype(np.float64), sigma)
    total = gaussian_filter(np.where(present, values, 0.0), sigma)
    smooth = np.full(values.shape, np.nan)
    np.divide(total, weight, out=smooth, where=present & (weight > 1e-6))
    return smooth


def _candidates(grid: EnFaceGrid) -> tuple[Floats, Floats]:
    """(columns, rows) of places a tenth of a millimetre apart."""
    columns = np.arange(0, grid.columns - 1 + 1e-9, _STEP_MM / grid.column_spacing_mm)
    rows = np.arange(0, grid.rows - 1 + 1e-9, _STEP_MM / grid.row_spacing_mm)
    across, down = np.meshgrid(columns, rows)
    return across.ravel(), down.ravel()


def _around(grid: EnFaceGrid, values: Floats, *, columns: Floats, rows: Floats, radii_mm: tuple[float, ...]) -> Floats:
    """Values on circles about each place: shape (places, rays, radii), NaN off the map."""
    angles = (np.arange(_RAYS) + 0.5) * (2 * np.pi / _RAYS)
    radii = np.array(radii_mm)
    across = np.outer(np.cos(angles), radii) / grid.column_spacing_mm
    down = np.outer(np.sin(angles), radii) / grid.row_spacing_mm
    return bilinear(values, columns=columns[:, None, None] + across, rows=rows[:, None, None] + down)


def _pit_depth_um(grid: EnFaceGrid, smooth: Floats, *, columns: Floats, rows: Floats) -> Floats:
    """How much thinner each place is than the thinnest quadrant of its ring; NaN where that is not known."""
    ring = _around(grid, smooth, columns=columns, rows=rows, radii_mm=RING_RADII_MM)
    inside = _around(grid, smooth, columns=columns, rows=rows, radii_mm=(PIT_RADIUS_MM / 2, PIT_RADIUS_MM))
    centre = bilinear(smooth, columns=columns, rows=rows)
    quadrants = ring.reshape(len(columns), 4, -1)
    known = np.isfinite(quadrants)
    usable = (known.mean(axis=2) >= _COVERED_SHARE).all(axis=1) & (
        np.isfinite(inside).mean(axis=(1, 2)) >= _COVERED_SHARE
    )
    means = np.where(known, quadrants, 0.0).sum(axis=2) / np.maximum(known.sum(axis=2), 1)
    return np.where(usable, means.min(axis=1) - centre, np.nan)


def _has_rival(grid: EnFaceGrid, columns: Floats, rows: Floats, depth: Floats, best: int) -> bool:
    """Another pit, almost as deep, elsewhere."""
    across_mm = (columns - columns[best]) * grid.column_spacing_mm
    down_mm = (rows - rows[best]) * grid.row_spacing_mm
    is_elsewhere = across_mm**2 + down_mm**2 > _RIVAL_DISTANCE_MM**2
    return bool(np.any(is_elsewhere & (depth > _RIVAL_SHARE * float(depth[best]))))


def _bottom(grid: EnFaceGrid, values: Floats, start: EnFacePoint) -> EnFacePoint | None:
    """Lowest point of the paraboloid through the pit; None where the pit is none."""
    columns, rows = np.meshgrid(np.arange(grid.columns), np.arange(grid.rows))
    across_mm = (columns - start.column) * grid.column_spacing_mm
    down_mm = (rows - start.row) * grid.row_spacing_mm
    near = (across_mm**2 + down_mm**2 <= PIT_RADIUS_MM**2) & np.isfinite(values)
    x, y = across_mm[near], down_mm[near]
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)
    if np.linalg.matrix_rank(terms) < terms.shape[1]:
        return None
    _, bx, by, xx, xy, yy = np.linalg.lstsq(terms, values[near], rcond=None)[0]
    form = np.array([[2 * xx, xy], [xy, 2 * yy]])
    if xx <= 0 or np.linalg.det(form) <= 0:
        return None
    shift = np.linalg.solve(form, [-bx, -by])
    if np.hypot(*shift) > _SHIFT_MM:
        return None
    return EnFacePoint(
        column=start.column + float(shift[0]) / grid.column_spacing_mm,
        row=start.row + float(shift[1]) / grid.row_spacing_mm,
    )
