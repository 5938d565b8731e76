"""Axis-aligned grids in LPS millimetres, and images brought onto them."""

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from registration.affine import Affine

FloatArray = NDArray[np.float32]
Millimetres = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Grid:
    """Points ``origin_mm + index * spacing_mm``, axes along x, y, z of LPS.

    Arrays on a grid have shape ``size[::-1]`` (z, y, x); vectors are (x, y, z).
    """

    origin_mm: tuple[float, float, float]
    spacing_mm: tuple[float, float, float]
    size: tuple[int, int, int]

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.size[2], self.size[1], self.size[0]

    @property
    def end_mm(self) -> tuple[float, float, float]:
        """The last point."""
        x, y, z = (o + (n - 1) * s for o, n, s in zip(self.origin_mm, self.size, self.spacing_mm, strict=True))
        return x, y, z

    @property
    def centre_mm(self) -> Millimetres:
        return np.asarray((np.array(self.origin_mm) + np.array(self.end_mm)) / 2, dtype=np.float64)

    @property
    def voxel_ml(self) -> float:
        return float(np.prod(self.spacing_mm)) / 1000

    def axes_mm(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """x, y and z of the points, each shaped to broadcast over (z, y, x)."""
        x, y, z = (
            (o + np.arange(n) * s).astype(np.float32)
            for o, n, s in zip(self.origin_mm, self.size, self.spacing_mm, strict=True)
        )
        return x[None, None, :], y[None, :, None], z[:, None, None]

    def coarser(self, spacing_mm: float) -> "Grid":
        """A grid of isotropic ``spacing_mm`` over the same box."""
        return covering(np.array(self.origin_mm), np.array(self.end_mm), spacing_mm=spacing_mm)

    def part(self, first: tuple[int, int, int], last: tuple[int, int, int]) -> "Grid":
        """The points from index ``first`` to ``last`` (x, y, z), both included."""
        low = [o + i * s for o, i, s in zip(self.origin_mm, first, self.spacing_mm, strict=True)]
        counts = [b - a + 1 for a, b in zip(first, last, strict=True)]
        return Grid((low[0], low[1], low[2]), self.spacing_mm, (counts[0], counts[1], counts[2]))

    def seen_in(self, image: sitk.Image, affine: Affine) -> Mask:
        """Which points lie inside ``image`` after ``affine``, half a voxel at its sides included."""
        to_index = np.linalg.inv(np.array(image.GetDirection()).reshape(3, 3) @ np.diag(image.GetSpacing()))
        axes = self.axes_mm()
        seen = np.ones(self.shape, dtype=bool)
        matrix = (to_index @ affine.matrix).astype(np.float32)
        offset = to_index @ (affine.offset_mm - np.array(image.GetOrigin()))
        for row, start, count in zip(matrix, offset, image.GetSize(), strict=True):
            index = row[0] * axes[0] + row[1] * axes[1] + row[2] * axes[2] + np.float32(start)
            seen &= (index >= -0.5) & (index <= count - 0.5)
        return seen

    def image(self, array: NDArray[np.generic], *, is_vector: bool = False) -> sitk.Image:
        """``array`` (z, y, x) or (z, y, x, component) as an image."""
        image = sitk.GetImageFromArray(array, isVector=is_vector)
        image.SetOrigin(self.origin_mm)
        image.SetSpacing(self.spacing_mm)
        return image

    def sample(
        self,
        image: sitk.Image,
        *,
        threads: int,
        transform: sitk.Transform | None = None,
        beyond: float | None = None,
    ) -> FloatArray:
        """``image`` at the grid's points (taken through ``transform``), linear.

        Beyond the image its nearest voxel, unless ``beyond`` gives a value.
        """
        resampler = sitk.ResampleImageFilter()
        if transform is not None:
            resampler.SetTransform(transform)
        resampler.SetNumberOfThreads(threads)
        resampler.SetOutputOrigin(self.origin_mm)
        resampler.SetOutputSpacing(self.spacing_mm)
        resampler.SetSize(self.size)
        if beyond is None:
            resampler.UseNearestNeighborExtrapolatorOn()
        else:
            resampler.SetDefaultPixelValue(beyond)
        resampler.SetOutputPixelType(sitk.sitkFloat32)
        return sitk.GetArrayFromImage(resampler.Execute(image))


def covering(low_mm: Millimetres, high_mm: Millimetres, *, spacing_mm: float) -> Grid:
    """The smallest isotropic grid whose first and last points enclose the box, centred on it."""
    counts = np.maximum(2, np.ceil((high_mm - low_mm) / spacing_mm - 1e-6).astype(int) + 1)
    start = (low_mm + high_mm) / 2 - (counts - 1) * spacing_mm / 2
    return Grid(
        origin_mm=(float(start[0]), float(start[1]), float(start[2])),
        spacing_mm=(spacing_mm, spacing_mm, spacing_mm),
        size=(int(counts[0]), int(counts[1]), int(counts[2])),
    )


def box_of(image: sitk.Image) -> tuple[Millimetres, Millimetres]:
    """Lowest and highest coordinates of the voxel centres of ``image``, whatever its direction."""
    ends = [(0, n - 1) for n in image.GetSize()]
    corners = [image.TransformIndexToPhysicalPoint((i, j, k)) for i in ends[0] for j in ends[1] for k in ends[2]]
    return np.min(corners, axis=0), np.max(corners, axis=0)


def shrunk(image: sitk.Image, *, spacing_mm: float, threads: int) -> sitk.Image:
    """``image`` averaged over blocks to a spacing just below ``spacing_mm``, float32: no aliasing, little memory."""
    factors = [max(1, int(spacing_mm / spacing + 0.25)) for spacing in image.GetSpacing()]
    shrink = sitk.BinShrinkImageFilter()
    shrink.SetNumberOfThreads(threads)
    shrink.SetShrinkFactors(factors)
    result: sitk.Image = sitk.Cast(shrink.Execute(image), sitk.sitkFloat32)
    return result
