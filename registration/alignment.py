"""The linear part of the mapping: a search over shifts, then an affine fit.

Every mapping here takes points of the reference to points of the floating image, LPS millimetres.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from registration.affine import Affine, Matrix, identity, shift
from registration.grids import FloatArray, Grid, Mask
from registration.interpolation import at_indices, inside
from registration.progress import Stage
from registration.settings import AlignmentSettings

_FEWEST_POINTS = 100
"""Twelve numbers cannot be fitted to less."""


@dataclass(frozen=True)
class Patch:
    """An image on a grid, and where it is to be compared."""

    hu: FloatArray
    grid: Grid
    region: Mask


def search_shift(reference: Patch, floating: Patch, *, settings: AlignmentSettings) -> tuple[Affine, float]:
    """The shift with the best correlation inside ``reference.region``, and that correlation.

    Both grids have the same spacing. Normalised correlation of masked images for every shift at once by Fourier
    transform (D. Padfield, Masked object registration in the Fourier domain, IEEE TIP 2012). A region without points
    tells nothing: no shift, and -1.
    """
    if not reference.region.any():
        return identity(), -1.0
    fixed, fixed_mask = _clipped(reference, settings), reference.region.astype(np.float32)
    moving, moving_mask = _clipped(floating, settings), floating.region.astype(np.float32)
    shape = [fft.next_fast_len(a + b - 1, real=True) for a, b in zip(fixed.shape, moving.shape, strict=True)]

    def spectrum(array: FloatArray) -> NDArray[np.complex64]:
        return np.asarray(fft.rfftn(array, shape, workers=1))

    def correlate(a: NDArray[np.complex64], b: NDArray[np.complex64]) -> FloatArray:
        return np.asarray(fft.irfftn(np.conj(a) * b, shape, workers=1), dtype=np.float32)

    f0, f1, f2 = spectrum(fixed_mask), spectrum(fixed * fixed_mask), spectrum(fixed**2 * fixed_mask)
    m0, m1, m2 = spectrum(moving_mask), spectrum(moving * moving_mask), spectrum(moving**2 * moving_mask)
    overlap = np.maximum(correlate(f0, m0), 0)
    # A scan of a few slices never shows more than them: what counts is how much of what it could show.
    possible = float(overlap.max())
    enough = overlap >= settings.minimum_overlap * possible
    count = np.maximum(overlap, 1)
    fixed_sum, moving_sum = correlate(f1, m0), correlate(f0, m1)
    covariance = correlate(f1, m1) - fixed_sum * moving_sum / count
    fixed_variance = correlate(f2, m0) - fixed_sum**2 / count
    moving_variance = correlate(f0, m2) - moving_sum**2 / count
    spread = np.sqrt(np.maximum(fixed_variance, 1) * np.maximum(moving_variance, 1))
    share = np.minimum(1, overlap / max(possible, 1.0))
    score = np.where(enough, covariance / spread * share**settings.overlap_exponent, -1)
    best = np.array(np.unravel_index(int(score.argmax()), score.shape))
    lag = np.where(best > np.array(moving.shape) - 1, best - np.array(shape), best)[::-1]
    offset_mm = np.array(floating.grid.origin_mm) - np.array(reference.grid.origin_mm)
    return shift(offset_mm + lag * np.array(reference.grid.spacing_mm)), float(score.max())


def fit_affine(
    reference: Patch,
    floating: Patch,
    start: Affine,
    *,
    settings: AlignmentSettings,
    stage: Stage,
) -> tuple[Affine, float]:
    """Gauss-Newton fit of correlation inside ``reference.region``.

    Returns the mapping with the best correlation on the way, ``start`` included, and that correlation. A robust fit
    counts only what it finds once points that do not follow have lost their say. A region without points tells
    nothing: ``start``, and -1.
    """
    if not reference.region.any():
        return start, -1.0
    every = math.ceil(int(reference.region.sum()) / settings.maximum_samples)
    points = _region_points(reference)[::every]
    fixed = _clipped(reference, settings)[reference.region][::every]
    moving = _clipped(floating, settings)
    slopes = np.gradient(moving, *floating.grid.spacing_mm[::-1])[::-1]
    centre = points.mean(axis=0)
    scale_mm = float(np.sqrt(((points - centre) ** 2).sum(axis=1).mean()))
    best, best_score = start, -1.0
    current = start
    seen_at_start = 0
    for iteration in range(settings.iterations):
        stage.reached(iteration / settings.iterations)
        index = _indices(current(points), floating.grid)
        is_seen = inside(index, moving.shape) & (at_indices(floating.region, index) > 0.5)
        seen_at_start = seen_at_start or int(is_seen.sum())
        if is_seen.sum() < max(_FEWEST_POINTS, settings.minimum_overlap * seen_at_start):
            break
        warped = at_indices(moving, index[:, is_seen])
        target = fixed[is_seen]
        if min(target.std(), warped.std()) == 0:
            break
        # Everything has a say at first, and what does not follow loses it: the start may be wrong, not the points.
        tolerance = 2 * 0.5**iteration if settings.is_robust else None
        is_candidate = iteration == 0 or tolerance is None or tolerance < settings.settled_tolerance
        score = float(np.corrcoef(target, warped)[0, 1])
        if is_candidate and score > best_score + 1e-6:
            best, best_score = current, score
        gradient = np.stack([at_indices(slope, index[:, is_seen]) for slope in slopes], axis=1) @ current.matrix
        unit_points = (points[is_seen] - centre) / scale_mm
        step = _step(target, warped, gradient, unit_points, tolerance=tolerance)
        matrix = np.eye(3) + step[:, :3] / scale_mm
        current = current.after(Affine(matrix, step[:, 3] - (matrix - np.eye(3)) @ centre))
        if np.abs(step).max() < settings.converged_mm:
            break
    return best, best_score


def _step(
    target: FloatArray, warped: FloatArray, gradient: Matrix, unit_points: Matrix, *, tolerance: float | None
) -> Matrix:
    """(3, 4) step in millimetres at one radius from the centre, with brightness and contrast fitted along.

    With a ``tolerance`` points that fit badly count less, see :func:`_trust`.
    """
    contrast = float(np.cov(target, warped)[0, 1] / max(float(warped.var()), 1e-6))
    basis = np.concatenate([unit_points, np.ones((len(unit_points), 1))], axis=1)
    jacobian = (contrast * gradient[:, :, None] * basis[:, None, :]).reshape(len(target), 12)
    brightness = np.stack([warped, np.ones_like(warped)], axis=1)
    design = np.concatenate([jacobian, brightness], axis=1).astype(np.float64)
    residual = (target - contrast * warped).astype(np.float64)
    weighted = design if tolerance is None else design * _trust(residual, gradient, tolerance)[:, None]
    normal = weighted.T @ design
    # The second part keeps a direction that nothing in the images shows at rest.
    normal[np.diag_indices(14)] += 1e-3 * np.diag(normal) + 1e-6 * np.trace(normal) / 14 + 1e-12
    solution = np.linalg.solve(normal, weighted.T @ residual)[:12].reshape(3, 4)
    limit_mm = 15.0
    return np.asarray(solution * min(1.0, limit_mm / max(float(np.abs(solution).max()), 1e-9)))


def _trust(residual: Matrix, gradient: Matrix, tolerance: float) -> Matrix:
    """Weights of Geman and McClure: what fits badly, because it moved on its own, is left out.

    Badly is well above the median, and above ``tolerance`` standard deviations.
    """
    # Air and fat clipped flat fit perfectly everywhere: what is usual is learned where there is something to see.
    telling = residual[np.abs(gradient).max(axis=1) > 0]
    if not telling.size:
        return np.ones_like(residual)
    centred = residual - np.median(telling)
    usual = 2 * 1.4826 * float(np.median(np.abs(telling - np.median(telling))))
    scale = max(usual, tolerance * float(telling.std()), 1e-3)
    return np.asarray(1 / (1 + (centred / scale) ** 2) ** 2)


def _clipped(patch: Patch, settings: AlignmentSettings) -> FloatArray:
    clipped = np.clip(patch.hu, settings.lowest_hu, settings.highest_hu) - settings.lowest_hu
    return np.asarray(clipped / (settings.highest_hu - settings.lowest_hu), dtype=np.float32)


def _region_points(patch: Patch) -> Matrix:
    index = np.stack(np.nonzero(patch.region)[::-1], axis=1)
    return np.asarray(index * np.array(patch.grid.spacing_mm) + np.array(patch.grid.origin_mm), dtype=np.float64)


def _indices(points_mm: Matrix, grid: Grid) -> Matrix:
    return np.asarray(((points_mm - np.array(grid.origin_mm)) / np.array(grid.spacing_mm)).T[::-1], dtype=np.float64)
