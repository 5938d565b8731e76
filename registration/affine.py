"""The linear part of a mapping, LPS millimetres."""

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Affine:
    """``x -> matrix @ x + offset_mm`` from reference to floating points, LPS millimetres."""

    matrix: Matrix
    offset_mm: Matrix

    def __call__(self, points_mm: NDArray[np.floating]) -> NDArray[np.float64]:
        """Map points (..., 3)."""
        return np.asarray(points_mm @ self.matrix.T + self.offset_mm, dtype=np.float64)

    def after(self, inner: "Affine") -> "Affine":
        """``inner`` first, then this."""
        return Affine(self.matrix @ inner.matrix, self.matrix @ inner.offset_mm + self.offset_mm)

    def inverse(self) -> "Affine":
        """The mapping back, floating to reference."""
        matrix: Matrix = np.linalg.inv(self.matrix).astype(np.float64)
        return Affine(matrix, -matrix @ self.offset_mm)

    def transform(self) -> sitk.Transform:
        """The same mapping for SimpleITK."""
        transform = sitk.AffineTransform(3)
        transform.SetMatrix(self.matrix.ravel())
        transform.SetTranslation(self.offset_mm)
        return transform


def identity() -> Affine:
    return shift(np.zeros(3))


def shift(offset_mm: Matrix) -> Affine:
    return Affine(np.asarray(np.eye(3), dtype=np.float64), offset_mm)
