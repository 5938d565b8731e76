"""The whole mapping as one displacement field, and the floating image brought through it."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import SimpleITK as sitk

from registration.affine import Affine
from registration.grids import FloatArray, Grid, Millimetres
from registration.interpolation import along_axis, at_indices, inside
from registration.progress import Stage

_SLAB_PLANES = 4


def whole_mapping(displacement: FloatArray, affine: Affine, grid: Grid) -> FloatArray:
    """Millimetres from each reference point of ``grid`` to its floating point: ``affine(x + u(x)) - x``.

    ``displacement`` is the non-linear part in voxels; both have shape (3, z, y, x) and components x, y, z.
    """
    axes = grid.axes_mm()
    moved = [axes[axis] + displacement[axis] * np.float32(grid.spacing_mm[axis]) for axis in range(3)]
    matrix = affine.matrix.astype(np.float32)
    return np.stack(
        [
            sum((matrix[axis, other] * moved[other] for other in range(3)), np.float32(affine.offset_mm[axis]))
            - axes[axis]
            for axis in range(3)
        ]
    ).astype(np.float32)


def field_image(field_mm: FloatArray, grid: Grid) -> sitk.Image:
    """``field_mm`` (3, z, y, x) as a vector image."""
    return grid.image(np.ascontiguousarray(np.moveaxis(field_mm, 0, -1)), is_vector=True)


def warp_floating(
    floating: sitk.Image,
    reference: sitk.Image,
    field_mm: FloatArray,
    grid: Grid,
    *,
    air_hu: int,
    threads: int,
    stage: Stage,
) -> sitk.Image:
    """``floating`` on the voxels of ``reference`` by one linear interpolation, int16 HU."""
    source = sitk.GetArrayViewFromImage(floating)
    columns, rows, planes = reference.GetSize()
    result = np.empty((planes, rows, columns), dtype=np.int16)
    to_index = np.linalg.inv(np.array(floating.GetDirection()).reshape(3, 3) @ np.diag(floating.GetSpacing()))
    points = _PointSource(reference, field_mm, grid, origin_mm=np.array(floating.GetOrigin()))

    def fill(first: int) -> None:
        last = min(planes, first + _SLAB_PLANES)
        mapped = points.slab(first, last)
        index = np.zeros((3, last - first, rows, columns), dtype=np.float32)
        for axis in range(3):
            for other in range(3):
                if to_index[axis, other] != 0:
                    index[2 - axis] += np.float32(to_index[axis, other]) * mapped[other]
        values = at_indices(source, index)
        # Like ITK, a voxel reaches half a voxel beyond its centre.
        values[~inside(index, source.shape, margin=0.5)] = air_hu
        result[first:last] = np.rint(values)

    with ThreadPoolExecutor(threads) as pool:
        starts = range(0, planes, _SLAB_PLANES)
        pending = [pool.submit(fill, start) for start in starts]
        try:
            for done, future in enumerate(pending):
                future.result()
                stage.reached(done / len(starts))
        finally:
            for future in pending:
                future.cancel()
    image = sitk.GetImageFromArray(result)
    image.CopyInformation(reference)
    return image


def at_points(image: sitk.Image, points_mm: Sequence[FloatArray]) -> FloatArray:
    """``image`` at points given by their x, y and z, which have one shape; the nearest value outside."""
    to_index = np.linalg.inv(np.array(image.GetDirection()).reshape(3, 3) @ np.diag(image.GetSpacing()))
    offset = -to_index @ np.array(image.GetOrigin())
    index = [
        sum((np.float32(row[axis]) * points_mm[axis] for axis in range(3)), np.float32(start))
        for row, start in zip(to_index[::-1], offset[::-1], strict=True)
    ]
    return at_indices(sitk.GetArrayViewFromImage(image), np.stack(index))


class _PointSource:
    """Floating points (minus ``origin_mm``) of the voxels of ``reference``, slab by slab."""

    def __init__(self, reference: sitk.Image, field_mm: FloatArray, grid: Grid, *, origin_mm: Millimetres) -> None:
        self._reference = reference
        self._field_mm = field_mm
        self._grid = grid
        self._origin_mm = origin_mm
        self._direction = np.array(reference.GetDirection()).reshape(3, 3)
        self._is_straight = bool(np.array_equal(np.abs(self._direction), np.eye(3)))
        if self._is_straight:
            self._axes_mm = [
                reference.GetOrigin()[axis]
                + self._direction[axis, axis] * reference.GetSpacing()[axis] * np.arange(reference.GetSize()[axis])
                for axis in range(3)
            ]
            self._to_columns = along_axis(self._axes_mm[0], grid, axis=0)
            self._to_rows = along_axis(self._axes_mm[1], grid, axis=1)
            self._to_planes = along_axis(self._axes_mm[2], grid, axis=2)

    def slab(self, first: int, last: int) -> FloatArray:
        """Shape (3, planes, rows, columns), millimetres."""
        return self._straight(first, last) if self._is_straight else self._oblique(first, last)

    def _straight(self, first: int, last: int) -> FloatArray:
        # Linear interpolation along an axis is a matrix product; on planes of the coarse grid it costs little.
        planes = np.moveaxis(np.tensordot(self._field_mm, self._to_planes[first:last], axes=(1, 1)), -1, 1)
        moved = np.asarray(self._to_rows @ planes @ self._to_columns.T, dtype=np.float32)
        for axis in range(3):
            line = (self._axes_mm[axis] - self._origin_mm[axis]).astype(np.float32)
            if axis == 2:
                moved[axis] += line[first:last, None, None]
            else:
                moved[axis] += line[None, None, :] if axis == 0 else line[None, :, None]
        return moved

    def _oblique(self, first: int, last: int) -> FloatArray:
        columns, rows, _ = self._reference.GetSize()
        k, j, i = np.meshgrid(np.arange(first, last), np.arange(rows), np.arange(columns), indexing="ij")
        index = np.stack([i, j, k], axis=-1) * np.array(self._reference.GetSpacing())
        points_mm = index @ self._direction.T + np.array(self._reference.GetOrigin())
        where = np.moveaxis((points_mm - self._grid.origin_mm) / self._grid.spacing_mm, -1, 0)[::-1]
        return np.stack(
            [
                points_mm[..., axis] - self._origin_mm[axis] + at_indices(self._field_mm[axis], where)
                for axis in range(3)
            ]
        ).astype(np.float32)
