"""The mapping the other way: from points of the floating scan to points of the reference."""

import numpy as np
import SimpleITK as sitk

from registration.grids import FloatArray, Grid
from registration.interpolation import at_indices

_STEPS = 60
_STEP = 0.7
"""Of the remaining distance: a field that slides is too steep for whole steps."""
_FOUND_MM = 0.02
"""Far below the 0.1 mm that the inverse is held to."""
_BLOCK_POINTS = 1 << 16


def inverse_field(field: sitk.Image, floating: sitk.Image) -> sitk.Image:
    """Millimetres from each floating point to its reference point, LPS, on a grid over the ``floating`` image with the
    spacing of ``field`` (reference to floating, axes along x, y, z).

    Beyond the reference the field goes on with the displacement of its border.
    """
    source = Grid(tuple(field.GetOrigin()), tuple(field.GetSpacing()), tuple(field.GetSize()))
    displacement = np.ascontiguousarray(np.moveaxis(sitk.GetArrayViewFromImage(field), -1, 0), dtype=np.float32)
    grid = _grid_over(floating, source.spacing_mm)
    points = np.stack([np.broadcast_to(axis, grid.shape).ravel() for axis in grid.axes_mm()], axis=-1)
    found = np.empty_like(points)
    for start in range(0, len(points), _BLOCK_POINTS):
        block = slice(start, start + _BLOCK_POINTS)
        found[block] = _inverted(displacement, source, points[block])
    return grid.image((found - points).reshape(*grid.shape, 3), is_vector=True)


def _grid_over(image: sitk.Image, spacing_mm: tuple[float, float, float]) -> Grid:
    last = [n - 1 for n in image.GetSize()]
    corners = np.array(
        [
            image.TransformIndexToPhysicalPoint([side * ((corner >> axis) & 1) for axis, side in enumerate(last)])
            for corner in range(8)
        ]
    )
    low, high = corners.min(axis=0), corners.max(axis=0)
    counts = np.ceil((high - low) / spacing_mm).astype(int) + 1
    return Grid(
        (float(low[0]), float(low[1]), float(low[2])), spacing_mm, (int(counts[0]), int(counts[1]), int(counts[2]))
    )


def _inverted(displacement: FloatArray, source: Grid, points: FloatArray) -> FloatArray:
    """The best that the iteration came to for each of ``points`` (n, 3); those that are found are left alone."""
    best = points - _at(displacement, source, points)
    best_mm = np.full(len(points), np.inf, dtype=np.float32)
    open_points, current = np.arange(len(points)), best.copy()
    for _ in range(_STEPS):
        miss = points[open_points] - current - _at(displacement, source, current)
        miss_mm = np.linalg.norm(miss, axis=1)
        better = miss_mm < best_mm[open_points]
        best[open_points[better]] = current[better]
        best_mm[open_points[better]] = miss_mm[better]
        is_open = miss_mm > _FOUND_MM
        if not is_open.any():
            break
        open_points, current = open_points[is_open], current[is_open] + np.float32(_STEP) * miss[is_open]
    return best


def _at(displacement: FloatArray, source: Grid, points: FloatArray) -> FloatArray:
    index = np.asarray((points - source.origin_mm) / source.spacing_mm, dtype=np.float32).T[::-1]
    return np.stack([at_indices(part, index) for part in displacement], axis=-1)
