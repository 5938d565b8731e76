"""The inner and the outer border of the retina to a fraction of a row."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from ophtha_core.oct.segmentation.stack import BScanStack
from ophtha_core.oct.segmentation.strips import edge_in, evened, smoothed, strip_about, window_means

Floats = NDArray[np.float64]
Pixels = NDArray[np.float32]

_FLOOR: Final = np.float32(0.12)
_DEPTH_SIGMA_UM, _RPE_DEPTH_SIGMA_UM = 4.5, 3.2
_ILM_REACH_UM, _ILM_ALONG_UM = 32.0, 18.0
_RPE_FIRST_UM, _RPE_TYPICAL_UM, _RPE_LAST_UM, _RPE_ALONG_UM = 20.0, 58.0, 130.0, 24.0
_RPE_WIDTH_UM: Final = 45.0
_BASELINE_UM: Final = 350.0
_BASELINE_ROUNDS: Final = 12
_LEAST_DRUSEN_UM: Final = 16.0


def inner_border(stack: BScanStack, coarse: Floats) -> Floats:
    """The ILM: the steepest rise in brightness near where it lies coarsely."""
    size = stack.size
    reach = size.rows(_ILM_REACH_UM)
    centre = np.round(evened(coarse, along=20.0 / size.column_um) * 4) / 4
    strip = strip_about(stack, centre, above=reach, below=reach)
    strip = smoothed(strip, depth=max(0.8, _DEPTH_SIGMA_UM / size.row_um), along=_ILM_ALONG_UM / size.column_um)
    slopes = np.diff(strip, axis=1)
    row = edge_in(_normalized(slopes), slopes, bend_cost=0.05)
    return centre - reach + row


def outer_border(stack: BScanStack, band: Floats) -> Floats:
    """The outer border of the RPE: the steepest fall under the bright band."""
    size = stack.size
    above, below = size.rows(60.0), size.rows(_RPE_LAST_UM)
    centre = evened(band, along=40.0 / size.column_um)
    strip = strip_about(stack, centre, above=above, below=below + size.rows(60.0))
    fine = smoothed(strip, depth=max(0.8, _RPE_DEPTH_SIGMA_UM / size.row_um), along=_RPE_ALONG_UM / size.column_um)
    bright = window_means(fine, size.rows(12.0), below=False)
    dark = window_means(fine, size.rows(32.0), below=True)
    scores = (bright - dark) / (bright + dark + _FLOOR)
    scores += np.float32(0.6) * bright / np.maximum(bright.max(axis=1, keepdims=True), _FLOOR)
    slopes = -np.diff(fine, axis=1)
    scores = scores[:, :-1] + np.float32(0.4) * _normalized(slopes)
    depth_um = (np.arange(scores.shape[1]) + 0.5 - above) * size.row_um
    scores[:, (depth_um < _RPE_FIRST_UM) | (depth_um > _RPE_LAST_UM)] = -1.0
    typical_um, width_um = _RPE_TYPICAL_UM, _RPE_WIDTH_UM
    for _ in range(2):  # then again about the distance of this eye and this device
        cost = np.minimum(0.25 * np.square((depth_um - typical_um) / width_um), 0.7)
        row = edge_in(scores - cost.astype(np.float32)[None, :, None], slopes, bend_cost=0.05)
        typical_um, width_um = float(np.median(row) - above) * size.row_um, _RPE_WIDTH_UM / 2.5
    return centre - above + row


def bruchs_membrane(rpe: Floats, *, row_um: float, column_um: float) -> Floats:
    """The RPE's outer border, and under drusen the line from which they lift it.

    The line bends as little as an eye does: a smoothing that gives way only downwards (Eilers 2004, asymmetric).
    """
    sigma = _BASELINE_UM / column_um
    known = np.isfinite(rpe)
    filled = _filled(rpe)
    line = _even_quadratic(filled, np.ones_like(filled), sigma)
    for _ in range(_BASELINE_ROUNDS):
        above_um = (line - filled) * row_um
        weight = np.where(above_um > 8.0, 0.02, np.where(above_um < -15.0, 0.05, 1.0))
        line = _even_quadratic(filled, weight, sigma)
    lifted = (line - filled) * row_um
    share = np.clip((gaussian_filter1d(lifted, 12.0 / column_um, axis=1) - 10.0) / (_LEAST_DRUSEN_UM - 10.0), 0.0, 1.0)
    return np.where(known, filled * (1.0 - share) + line * share, np.nan)


def _even_quadratic(values: Floats, weight: Floats, sigma: float) -> Floats:
    """Weighted local parabola about each column of a window of ``sigma`` columns."""
    columns = values.shape[1]
    x = (np.arange(columns) - columns / 2) / sigma

    def mean(of: Floats) -> Floats:
        return gaussian_filter1d(of, sigma, axis=1, mode="constant", truncate=3.0)

    moments = [mean(weight * x**power) for power in range(5)]
    sums = [mean(weight * values * x**power) for power in range(3)]
    # Moments about x itself, so that the parabola's constant is its value there.
    m = [
        moments[0],
        moments[1] - x * moments[0],
        moments[2] - 2 * x * moments[1] + x**2 * moments[0],
        moments[3] - 3 * x * moments[2] + 3 * x**2 * moments[1] - x**3 * moments[0],
        moments[4] - 4 * x * moments[3] + 6 * x**2 * moments[2] - 4 * x**3 * moments[1] + x**4 * moments[0],
    ]
    s = [sums[0], sums[1] - x * sums[0], sums[2] - 2 * x * sums[1] + x**2 * sums[0]]
    matrix = np.stack([np.stack([m[i + j] for j in range(3)], axis=-1) for i in range(3)], axis=-2)
    right = np.stack(s, axis=-1)[..., None]
    matrix += 1e-9 * np.eye(3)
    return np.asarray(np.linalg.solve(matrix, right)[..., 0, 0])


def _filled(surface: Floats) -> Floats:
    """Gaps bridged linearly along each B-scan."""
    filled = surface.copy()
    column = np.arange(surface.shape[1])
    for row in filled:
        known = np.isfinite(row)
        row[~known] = np.interp(column[~known], column[known], row[known]) if known.any() else 0.0
    return filled


def _normalized(slopes: Pixels) -> Pixels:
    """Slopes over the steepest of their column, so that shadows count as much as what is lit."""
    steepest = slopes.max(axis=1, keepdims=True)
    found: Pixels = slopes / np.maximum(steepest, np.float32(0.01))
    return found
