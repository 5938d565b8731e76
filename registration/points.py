"""Points taken from one scan to the other by the field of a registration."""

from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from registration.errors import InvalidContent
from registration.grids import Grid
from registration.interpolation import at_indices, inside

Points = NDArray[np.float64]

_STEPS = 60
_STEP = 0.7
"""Of the remaining distance: a field that slides is too steep for whole steps."""
_FOUND_MM = 1.0
_BLOCK_POINTS = 20_000


class PointMapper:
    """A displacement field, LPS millimetres, reference to floating: ``T(x) = x + u(x)``."""

    def __init__(self, field: sitk.Image) -> None:
        """Raises :class:`InvalidContent` for an image that is no field on axes along x, y, z."""
        if field.GetNumberOfComponentsPerPixel() != 3 or field.GetDimension() != 3:
            raise InvalidContent("the field holds no vectors in space")
        if not np.allclose(field.GetDirection(), np.eye(3).ravel(), atol=1e-4):
            raise InvalidContent("the axes of the field are not those of the patient")
        x, y, z = field.GetSize()
        self._grid = Grid(tuple(field.GetOrigin()), tuple(field.GetSpacing()), (x, y, z))
        self._displacement = np.moveaxis(sitk.GetArrayFromImage(field), -1, 0).astype(np.float32)

    @classmethod
    def read(cls, path: Path) -> "PointMapper":
        """From a NIfTI file of vectors."""
        return cls(sitk.ReadImage(str(path)))

    def to_floating(self, points_mm: Points) -> Points:
        """Reference ``points_mm`` (n, 3) in the floating scan; rows of NaN outside the field."""
        index = self._index(points_mm)
        mapped = points_mm + self._at(index)
        mapped[~inside(index, self._grid.shape, margin=0.5)] = np.nan
        return mapped

    def to_reference(self, points_mm: Points) -> Points:
        """Floating ``points_mm`` (n, 3) in the reference, by iteration; rows of NaN where nothing is mapped there."""
        found = [self._inverse(points_mm[i : i + _BLOCK_POINTS]) for i in range(0, len(points_mm), _BLOCK_POINTS)]
        return np.concatenate(found) if found else points_mm

    def _inverse(self, points_mm: Points) -> Points:
        current = points_mm - self._at(self._index(points_mm))
        best, best_mm = current.copy(), np.full(len(points_mm), np.inf)
        for _ in range(_STEPS):
            miss = points_mm - (current + self._at(self._index(current)))
            miss_mm = np.linalg.norm(miss, axis=1)
            better = miss_mm < best_mm
            best[better], best_mm[better] = current[better], miss_mm[better]
            current = current + _STEP * miss
        outside = ~inside(self._index(best), self._grid.shape, margin=0.5)
        best[outside | (best_mm > _FOUND_MM)] = np.nan
        return best

    def _index(self, points_mm: Points) -> Points:
        """Fractional (z, y, x) on the grid, shape (3, n)."""
        return np.asarray(((points_mm - self._grid.origin_mm) / self._grid.spacing_mm).T[::-1], dtype=np.float64)

    def _at(self, index: Points) -> Points:
        return np.stack([at_indices(part, index) for part in self._displacement], axis=-1).astype(np.float64)
