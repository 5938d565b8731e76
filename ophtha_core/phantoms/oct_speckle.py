"""B-scans of the drawn retina as a device shows them: speckle, shadows, tilt, motion, drusen that lift, blinks.

``OctPhantom`` draws flat shades with the anatomy's own borders; here the same anatomy is rendered with the borders at
fractions of a pixel, and the truth comes with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ophtha_core.oct.layer_surfaces import Surface
from ophtha_core.phantoms.oct import OctPhantom
from ophtha_core.phantoms.oct_anatomy import LAYERS

Floats = NDArray[np.float64]

_SHADES: Final = (175, 118, 132, 78, 120, 62, 92, 82, 190, 128, 215)
"""Of the layers, from the vitreous outwards."""
_DRUSEN: Final = "drusen"
_DRUSEN_SHADE, _FLUID_SHADE, _BRUCH_SHADE = 105.0, 26.0, 165.0
_BRUCH_PX: Final = 1.5
_SHADOW: Final = 0.35
_NERVE_SHADES: Final = (165.0, 40.0)
_NERVE_DEPTH_UM: Final = 220.0
_CHOROID_DEPTH_UM: Final = 260.0
_SPECKLE_CONTRAST: Final = 0.24
"""Of the texture at ``speckle`` 1: standard deviation over mean, after the logarithm of the device."""


@dataclass(frozen=True, kw_only=True)
class ScanConditions:
    """How well a scan went. Defaults: a good one."""

    speckle: float = 1.0
    tilt_um_per_mm: tuple[float, float] = (0.0, 0.0)
    """(along the B-scan, across)."""
    motion_um: float = 0.0
    """Standard deviation of the depth of a B-scan among its neighbours."""
    brightness: float = 1.0
    vitreous: float = 16.0
    choroid: float = 105.0
    rnfl_gain: float = 1.0
    rpe_gain: float = 1.0
    blinks: tuple[int, ...] = ()
    seed: int = 1


@dataclass(frozen=True, kw_only=True)
class SpeckledScan:
    """A phantom under conditions; rows as `LayerSurfaces` counts them, NaN where a surface is not."""

    phantom: OctPhantom
    conditions: ScanConditions = field(default_factory=ScanConditions)

    def truth(self) -> dict[Surface, Floats]:
        """ILM, outer border of the RNFL, inner border of the INL and Bruch's membrane; shape (slices, columns)."""
        borders = self._borders_px()
        wanted = {Surface.ILM: 0, Surface.RNFL_OUTER: 1, Surface.INL_INNER: 3, Surface.BM: len(LAYERS)}
        found = {surface: borders[index].copy() for surface, index in wanted.items()}
        inside = self.phantom.anatomy.disc_radius(*self.phantom.cells_mm()) < 1.0
        for surface, rows in found.items():
            rows[list(self.conditions.blinks)] = np.nan
            if surface is not Surface.ILM:
                rows[inside] = np.nan
        return found

    def frames(self) -> Iterator[NDArray[np.uint8]]:
        """B-scans (rows, columns) in the order of the scan."""
        borders = self._borders_px()
        x, y = self.phantom.cells_mm()
        vessels = cv2.GaussianBlur(self.phantom.anatomy.vessel_mask(x, y).astype(np.float32), (3, 3), 0.6)
        inside = self.phantom.anatomy.disc_radius(x, y) < 1.0
        for index in range(self.phantom.num_slices):
            yield self._frame(index, borders[:, index], vessels[index], inside[index])

    def _borders_px(self) -> Floats:
        """Rows of the twelve surfaces with lesions, tilt and motion: shape (12, slices, columns)."""
        phantom, conditions = self.phantom, self.conditions
        borders = phantom.boundaries_px()
        to_rows = 1.0 / (1000.0 * phantom.pixel_spacing_row_mm)
        bruch = borders[-1].copy()
        for lesion in phantom.anatomy.lesions:
            lift = phantom.lesion_map_um(lesion) * to_rows
            above = borders < bruch - lesion.above_bruch_um * to_rows
            above[:-1] |= (lesion.name == _DRUSEN) & (phantom.anatomy.disc_radius(*phantom.cells_mm()) >= 1.0)
            borders = np.where(above, borders - lift, borders)
        slices, columns = np.indices(borders.shape[1:])
        along_mm = (columns - (phantom.columns - 1) / 2) * phantom.pixel_spacing_column_mm
        across_mm = (slices - (phantom.num_slices - 1) / 2) * phantom.slice_spacing_mm
        motion = np.random.default_rng((conditions.seed, 7)).normal(0.0, conditions.motion_um, phantom.num_slices)
        shift_um = along_mm * conditions.tilt_um_per_mm[0] + across_mm * conditions.tilt_um_per_mm[1] + motion[:, None]
        return np.asarray(borders + shift_um * to_rows)

    def _frame(
        self, index: int, borders: Floats, vessels: NDArray[np.float32], inside: NDArray[np.bool_]
    ) -> NDArray[np.uint8]:
        conditions, phantom = self.conditions, self.phantom
        rng = np.random.default_rng((conditions.seed, index))
        shape = (phantom.rows, phantom.columns)
        if index in conditions.blinks:
            image = np.full(shape, conditions.vitreous)
        else:
            image = self._shaded(index, borders, inside)
            below = np.clip((np.arange(phantom.rows)[:, None] - borders[1][None]) / 4.0, 0.0, 1.0)
            image = image * (1.0 - (1.0 - _SHADOW) * vessels[None] * below)
            image = image * (1.0 + 0.25 * _texture(rng, shape, sigma=(3.0, 9.0)))
            image = cv2.GaussianBlur(image, (0, 0), sigmaX=0.6, sigmaY=0.7)
        grain = 1.0 + conditions.speckle * _SPECKLE_CONTRAST * _speckle(rng, shape)
        image = image * np.clip(grain, 0.05, None) + 4.0 * rng.standard_normal(shape)
        return np.asarray(np.clip(np.rint(image * conditions.brightness), 0, 255), dtype=np.uint8)

    def _shaded(self, index: int, borders: Floats, inside: NDArray[np.bool_]) -> Floats:
        conditions, phantom = self.conditions, self.phantom
        um = 1000.0 * phantom.pixel_spacing_row_mm
        shades = np.array(_SHADES, dtype=np.float64)
        shades[0] *= conditions.rnfl_gain
        shades[[8, 10]] *= conditions.rpe_gain
        row = np.arange(phantom.rows, dtype=np.float64)[:, None]

        def covered(top: Floats, bottom: Floats) -> Floats:
            """Share of each pixel between two borders."""
            return np.asarray(np.clip(np.minimum(bottom, row + 0.5) - np.maximum(top, row - 0.5), 0.0, 1.0))

        endless = np.full(phantom.columns, np.inf)
        image = conditions.vitreous * covered(-endless, borders[0])
        pairs = list(pairwise(borders))
        lifted = self._drusen_px(index)
        pairs[-1] = (borders[-2], borders[-1] - lifted)
        for shade, (top, bottom) in zip(shades, pairs, strict=True):
            image = image + shade * covered(top, bottom)
        image = image + _DRUSEN_SHADE * covered(borders[-1] - lifted, borders[-1])
        has_drusen = lifted > 2 * _BRUCH_PX
        line = covered(np.where(has_drusen, borders[-1] - _BRUCH_PX, endless), borders[-1])
        image = image + (_BRUCH_SHADE - _DRUSEN_SHADE) * line
        depth_um = np.clip(row - borders[-1], 0.0, None) * um
        vessels = 1.0 + 0.35 * np.sin(row / 9.0 + 2.0 * np.sin(np.arange(phantom.columns) / 23.0 + index))
        vessels = 1.0 + (vessels - 1.0) * np.clip(depth_um / 60.0 - 0.5, 0.0, 1.0)
        choroid = conditions.choroid * np.exp(-depth_um / _CHOROID_DEPTH_UM) * vessels
        high, low = _NERVE_SHADES
        nerve = low + (high - low) * np.exp(-depth_um / _NERVE_DEPTH_UM)
        outside = covered(borders[-1], endless)
        image = image + np.where(inside, nerve, choroid + conditions.vitreous / 2) * outside
        return self._with_fluid(index, image, borders)

    def _drusen_px(self, index: int) -> Floats:
        """Height of drusen over Bruch's membrane along one B-scan."""
        to_rows = 1.0 / (1000.0 * self.phantom.pixel_spacing_row_mm)
        maps = [
            self.phantom.lesion_map_um(each)[index] for each in self.phantom.anatomy.lesions if each.name == _DRUSEN
        ]
        return np.asarray(sum(maps, np.zeros(self.phantom.columns)) * to_rows)

    def _with_fluid(self, index: int, image: Floats, borders: Floats) -> Floats:
        to_rows = 1.0 / (1000.0 * self.phantom.pixel_spacing_row_mm)
        row = np.arange(self.phantom.rows, dtype=np.float64)[:, None]
        for lesion in self.phantom.anatomy.lesions:
            if lesion.name == _DRUSEN:
                continue
            bottom = borders[-1] - lesion.above_bruch_um * to_rows
            top = bottom - self.phantom.lesion_map_um(lesion)[index] * to_rows
            share = np.clip(np.minimum(bottom, row + 0.5) - np.maximum(top, row - 0.5), 0.0, 1.0)
            image = image * (1.0 - share) + _FLUID_SHADE * share
        return image


def _speckle(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Fully developed speckle of a grain of about one pixel and a half: mean 0, standard deviation 1."""
    fields = [cv2.GaussianBlur(rng.standard_normal(shape), (0, 0), sigmaX=0.55, sigmaY=0.65) for _ in range(2)]
    amplitude = np.hypot(*fields)
    return np.asarray((amplitude - amplitude.mean()) / amplitude.std())


def _texture(rng: np.random.Generator, shape: tuple[int, int], *, sigma: tuple[float, float]) -> Floats:
    """Uneven tissue: a smooth field within about -1 .. 1."""
    smooth = cv2.GaussianBlur(rng.standard_normal(shape), (0, 0), sigmaX=sigma[1], sigmaY=sigma[0])
    return np.asarray(np.clip(smooth / (2.0 * smooth.std()), -1.0, 1.0))
