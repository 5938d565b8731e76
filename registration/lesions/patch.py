"""The part of a scan around a point, on a fine isotropic grid."""

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from registration.grids import FloatArray, Grid, Mask, Millimetres

_FINEST_MM, _COARSEST_MM = 0.5, 0.9
"""Finer shows nothing more, coarser loses nodules of 5 mm."""


@dataclass(frozen=True, kw_only=True)
class Patch:
    """``hu`` (z, y, x) on ``grid``; ``slice_mm`` is the largest spacing of the scan it was taken from."""

    grid: Grid
    hu: FloatArray
    slice_mm: float

    @property
    def step_mm(self) -> float:
        return self.grid.spacing_mm[0]

    def point_of(self, index: tuple[int, int, int] | NDArray[np.integer]) -> Millimetres:
        """(x, y, z) in LPS millimetres of a voxel (z, y, x)."""
        return np.asarray(np.array(self.grid.origin_mm) + np.array(index)[::-1] * self.step_mm, dtype=np.float64)

    def smoothed(self, sigma_mm: float) -> FloatArray:
        return np.asarray(ndimage.gaussian_filter(self.hu, sigma_mm / self.step_mm), dtype=np.float32)

    def away_mm(self, mask: Mask) -> FloatArray:
        """How far each voxel lies from the nearest one of ``mask``; infinite where there is none."""
        if not mask.any():
            return np.full(mask.shape, np.inf, dtype=np.float32)
        return np.asarray(ndimage.distance_transform_edt(~mask, sampling=self.step_mm), dtype=np.float32)

    def depth_mm(self, mask: Mask) -> FloatArray:
        """How far each voxel of ``mask`` lies from the nearest one outside; what lies beyond the patch counts as in."""
        return self.away_mm(~mask)

    def from_mm(self, point_mm: Millimetres) -> FloatArray:
        """How far each voxel lies from a point (x, y, z)."""
        x, y, z = self.grid.axes_mm()
        return np.asarray(
            np.sqrt((x - point_mm[0]) ** 2 + (y - point_mm[1]) ** 2 + (z - point_mm[2]) ** 2), dtype=np.float32
        )


Box = tuple[slice, ...]


def box_around(mask: Mask, *, margin: int) -> Box:
    """The smallest box around ``mask``, which is not empty, and ``margin`` voxels more: work there costs little."""
    (box,) = ndimage.find_objects(mask.astype(np.uint8))
    return tuple(
        slice(max(0, side.start - margin), min(count, side.stop + margin))
        for side, count in zip(box, mask.shape, strict=True)
    )


def patch_around(image: sitk.Image, point_mm: Millimetres, *, reach_mm: float) -> Patch:
    """The box of ``reach_mm`` to all sides of ``point_mm``, as far as ``image`` shows it; the axes are those of LPS."""
    step = float(np.clip(min(image.GetSpacing()), _FINEST_MM, _COARSEST_MM))
    corners = np.array(
        [
            image.TransformContinuousIndexToPhysicalPoint(
                [(n - 1) * ((corner >> axis) & 1) for axis, n in enumerate(image.GetSize())]
            )
            for corner in range(8)
        ]
    )
    low = np.maximum(point_mm - reach_mm, corners.min(axis=0))
    high = np.minimum(point_mm + reach_mm, corners.max(axis=0))
    size = np.maximum(1, np.floor((high - low) / step).astype(int) + 1)
    grid = Grid(
        (float(low[0]), float(low[1]), float(low[2])), (step, step, step), (int(size[0]), int(size[1]), int(size[2]))
    )
    return Patch(grid=grid, hu=grid.sample(image, threads=1), slice_mm=max(image.GetSpacing()))
