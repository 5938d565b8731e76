"""Whether two registered scans show the same lungs: block by block, as far as noise lets it be seen."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from registration.grids import FloatArray, Grid, Mask
from registration.settings import AgreementSettings
from registration.smoothing import smoothed

_Sums = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Blocks of lung that hold structure above noise in both scans.

    ``correlation`` is what was found in each of them, ``attainable`` what the same anatomy would give at the noise of
    both scans.
    """

    correlation: NDArray[np.float64]
    attainable: NDArray[np.float64]
    settings: AgreementSettings

    @property
    def blocks(self) -> int:
        return len(self.correlation)

    @property
    def share(self) -> float | None:
        """Of the blocks, those that agree; ``None`` without blocks."""
        if not self.blocks:
            return None
        return float((self.correlation >= self.settings.agreeing * self.attainable).mean())


def measure_agreement(
    reference_hu: FloatArray, floating_hu: FloatArray, lungs: Mask, grid: Grid, *, settings: AgreementSettings
) -> Agreement:
    """Compare both images on ``grid`` inside ``lungs``, aerated in both and seen by both; all of shape (z, y, x)."""
    sampling = grid.spacing_mm[::-1]
    inner = ndimage.distance_transform_edt(lungs, sampling=sampling) > settings.pleura_mm
    fixed, moving = (_detail(hu, inner, grid, settings=settings) for hu in (reference_hu, floating_hu))
    blocks = _block_numbers(grid, block_mm=settings.block_mm)[inner]
    count = int(blocks.max()) + 1 if blocks.size else 0
    a, b = fixed[inner].astype(np.float64), moving[inner].astype(np.float64)

    def summed(values: _Sums) -> _Sums:
        return np.asarray(np.bincount(blocks, weights=values, minlength=count), dtype=np.float64)

    voxels = np.maximum(np.bincount(blocks, minlength=count), 1)
    mean_a, mean_b = summed(a) / voxels, summed(b) / voxels
    variance_a = summed(a * a) / voxels - mean_a**2
    variance_b = summed(b * b) / voxels - mean_b**2
    covariance = summed(a * b) / voxels - mean_a * mean_b
    full = voxels * grid.voxel_ml >= settings.smallest_block_ml
    if not full.any():
        return Agreement(correlation=np.zeros(0), attainable=np.zeros(0), settings=settings)
    attainable = np.sqrt(_structure_share(variance_a, full, settings) * _structure_share(variance_b, full, settings))
    usable = full & (attainable >= settings.least_attainable)
    spread = np.sqrt(np.maximum(variance_a * variance_b, 1e-9))
    return Agreement(correlation=(covariance / spread)[usable], attainable=attainable[usable], settings=settings)


def _detail(hu: FloatArray, inner: Mask, grid: Grid, *, settings: AgreementSettings) -> FloatArray:
    """What is left of ``hu`` without its slow changes, which any two chests share."""
    sigma = settings.detail_sigma_mm / grid.spacing_mm[0]
    clipped = np.clip(hu, settings.lowest_hu, settings.highest_hu)
    weight = inner.astype(np.float32)
    slow = smoothed(clipped * weight, sigma) / np.maximum(smoothed(weight, sigma), np.float32(0.05))
    return np.asarray((clipped - slow) * weight, dtype=np.float32)


def _block_numbers(grid: Grid, *, block_mm: float) -> NDArray[np.int64]:
    """Which cube of ``block_mm`` each point of ``grid`` lies in, counted through."""
    steps = [np.arange(n) * s // block_mm for n, s in zip(grid.shape, grid.spacing_mm[::-1], strict=True)]
    z, y, x = (step.astype(np.int64) for step in steps)
    return np.asarray((z[:, None, None] * (y[-1] + 1) + y[None, :, None]) * (x[-1] + 1) + x[None, None, :])


def _structure_share(variance: _Sums, full: Mask, settings: AgreementSettings) -> _Sums:
    """Share of each block's variance that is not noise: the quietest blocks hold nothing else."""
    noise = float(np.percentile(variance[full], settings.quietest_percent))
    return np.asarray(np.clip(1 - noise / np.maximum(variance, 1e-9), 0, 1))
