"""Pulmonary nodules drawn from formulas as a scanner would show them, with their true volumes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

Array = NDArray[np.float32]
Points = tuple[Array, Array, Array]
Shape = Callable[[Array, Array, Array], Array]
"""Signed distance to a surface in mm at (x, y, z), negative inside."""

LUNG_HU, SOLID_HU, GLASS_HU, WALL_HU = -850.0, 35.0, -580.0, 45.0
SOFT_MM, SHARP_MM = 0.75, 0.45
"""Standard deviation of the point spread of a soft and a sharp kernel, in the plane."""
_FINE_MM = 0.5
_PIXEL_MM = 0.7


def sphere(radius: float, x0: float = 0, y0: float = 0, z0: float = 0) -> Shape:
    return lambda x, y, z: np.sqrt((x - x0) ** 2 + (y - y0) ** 2 + (z - z0) ** 2) - radius


def ellipsoid(a: float, b: float, c: float) -> Shape:
    """Half axes; a distance near the surface only, which is all that is needed."""

    def distance(x: Array, y: Array, z: Array) -> Array:
        level = np.sqrt((x / a) ** 2 + (y / b) ** 2 + (z / c) ** 2)
        slope = np.sqrt((x / a**2) ** 2 + (y / b**2) ** 2 + (z / c**2) ** 2)
        return np.asarray((level - 1) * level / np.maximum(slope, 1e-6), dtype=np.float32)

    return distance


def united(*shapes: Shape) -> Shape:
    return lambda x, y, z: np.minimum.reduce([shape(x, y, z) for shape in shapes])


def lobulated(radius: float) -> Shape:
    """A body with three lobes; ``radius`` is about that of a sphere of the same volume."""
    body, lobe, away = 0.85 * radius, 0.5 * radius, 0.65 * radius
    return united(
        sphere(body),
        sphere(lobe, away, 0.2 * radius, 0),
        sphere(lobe, -0.4 * away, away, 0.2 * radius),
        sphere(lobe, 0, -0.5 * away, -0.8 * away),
    )


def vessel(radius: float, *, at: tuple[float, float, float] = (0, 0, 0), along: tuple[float, float, float]) -> Shape:
    """A cylinder without ends."""
    axis = np.array(along) / np.linalg.norm(along)

    def distance(x: Array, y: Array, z: Array) -> Array:
        dx, dy, dz = x - at[0], y - at[1], z - at[2]
        run = dx * axis[0] + dy * axis[1] + dz * axis[2]
        return np.asarray(np.sqrt(np.maximum(dx**2 + dy**2 + dz**2 - run**2, 0)) - radius, dtype=np.float32)

    return distance


def wall(distance_mm: float, *, curvature_mm: float = 70.0) -> Shape:
    """The chest's wall at +x, its inner side at ``distance_mm``, hollow with that radius."""
    return lambda x, y, z: curvature_mm - np.sqrt((x - distance_mm + curvature_mm) ** 2 + y**2)


@dataclass(frozen=True, kw_only=True)
class Nodule:
    """One scan of one nodule around the origin."""

    shape: Shape
    core: Shape | None = None
    """Solid part of a part-solid nodule; ``shape`` is then ground glass."""
    vessels: tuple[Shape, ...] = ()
    walls: tuple[Shape, ...] = ()
    """They hide what of the nodule lies in them."""
    extent_mm: float = 30.0
    """Half of the edge of the scanned box."""
    kernel_mm: float = SOFT_MM
    noise_hu: float = 30.0
    slice_mm: float = 1.25
    shift_mm: float = 0.3
    """Of the grid against the nodule, along all axes."""
    hu: float = SOLID_HU
    seed: int = 5

    def true_mm3(self) -> float:
        """Volume without what lies in a wall."""
        return float(self._shares(self.shape).sum()) * _FINE_MM**3

    def true_solid_mm3(self) -> float:
        return self.true_mm3() if self.core is None else float(self._shares(self.core).sum()) * _FINE_MM**3

    def scanned(self) -> sitk.Image:
        """int16 HU with the spacing of a scanner."""
        scene = self._scene()
        thick = round(self.slice_mm / _FINE_MM)
        blurred = ndimage.gaussian_filter(scene, (0, self.kernel_mm / _FINE_MM, self.kernel_mm / _FINE_MM))
        blurred = ndimage.uniform_filter1d(blurred, max(1, thick), axis=0)
        first = -self.extent_mm + 3
        steps = [np.arange(first + self.shift_mm, self.extent_mm - 3, step) for step in (self.slice_mm, _PIXEL_MM)]
        places = np.meshgrid(steps[0], steps[1], steps[1], indexing="ij")
        index = [(place + self.extent_mm) / _FINE_MM for place in places]
        hu = ndimage.map_coordinates(blurred, index, order=1) + self._noise(places[0].shape)
        image = sitk.GetImageFromArray(np.rint(hu).astype(np.int16))
        image.SetSpacing((_PIXEL_MM, _PIXEL_MM, self.slice_mm))
        image.SetOrigin((first + self.shift_mm,) * 3)
        return image

    def _noise(self, shape: tuple[int, ...]) -> Array:
        """Noise has the kernel's grain."""
        white = np.random.default_rng(self.seed).normal(size=shape).astype(np.float32)
        sigma = 0.6 * self.kernel_mm / _PIXEL_MM
        grained = ndimage.gaussian_filter(white, (0, sigma, sigma))
        return np.asarray(grained * (self.noise_hu / grained.std()), dtype=np.float32)

    def _scene(self) -> Array:
        scene = np.full(self._axes()[0].shape, LUNG_HU, dtype=np.float32)
        layers = [(self.shape, self.hu if self.core is None else GLASS_HU)]
        layers += [] if self.core is None else [(self.core, SOLID_HU)]
        layers += [(each, WALL_HU) for each in (*self.vessels, *self.walls)]
        for shape, hu in layers:
            share = self._covered(shape)
            scene += share * (hu - scene)
        return scene

    def _shares(self, shape: Shape) -> Array:
        share = self._covered(shape)
        for each in self.walls:
            share = share * (1 - self._covered(each))
        return share

    def _covered(self, shape: Shape) -> Array:
        """Share of each fine voxel within a shape."""
        return np.asarray(np.clip(0.5 - shape(*self._axes()) / _FINE_MM, 0, 1), dtype=np.float32)

    def _axes(self) -> Points:
        count = int(2 * self.extent_mm / _FINE_MM) + 1
        axis = (np.arange(count) * _FINE_MM - self.extent_mm).astype(np.float32)
        z, y, x = np.meshgrid(axis, axis, axis, indexing="ij")
        return x, y, z
