"""Full resolution along a surface that is roughly known: strips of pixels about it, and where their edges lie."""

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from ophtha_core.oct.segmentation.paths import best_paths
from ophtha_core.oct.segmentation.stack import BRIGHT, BScanStack

Floats = NDArray[np.float64]
Pixels = NDArray[np.float32]


def strip_about(stack: BScanStack, surface: Floats, *, above: int, below: int) -> Pixels:
    """Pixels ``above`` rows over to ``below`` rows under a surface: shape (B-scans, above + below + 1, columns)."""
    count, _, columns = stack.shape
    offsets = np.arange(-above, below + 1, dtype=np.float32)[:, None]
    across = np.broadcast_to(np.arange(columns, dtype=np.float32), (len(offsets), columns))
    strip = np.empty((count, len(offsets), columns), dtype=np.float32)
    for index in range(count):
        down = surface[index].astype(np.float32)[None, :] + offsets
        image = stack.pixels[index]
        cv2.remap(
            image.astype(np.float32),
            np.ascontiguousarray(across),
            down,
            cv2.INTER_LINEAR,
            dst=strip[index],
            borderMode=cv2.BORDER_REPLICATE,
        )
    return strip / np.float32(BRIGHT)


def smoothed(strip: Pixels, *, depth: float, along: float) -> Pixels:
    """Gaussian with sigmas in rows and columns; along the surface it blurs no edge."""
    found: Pixels = np.empty_like(strip)
    for index, image in enumerate(strip):
        cv2.GaussianBlur(image, (0, 0), sigmaX=along, sigmaY=depth, dst=found[index], borderType=cv2.BORDER_REPLICATE)
    return found


def edge_in(scores: Pixels, slopes: Pixels, *, bend_cost: float) -> Floats:
    """Row in the strip where the best path lies, to a fraction: the top of ``slopes`` next to it.

    A slope of row r is that between r and r + 1, so an edge found there lies half a row below r.
    """
    path = best_paths(scores, largest_step=1, bend_cost=bend_cost)
    path = np.clip(path, 1, scores.shape[1] - 2)
    left, middle, right = (_at(slopes, path + step) for step in (-1, 0, 1))
    curvature = left - 2 * middle + right
    shift = np.divide(left - right, 2 * curvature, out=np.zeros_like(middle), where=curvature < -1e-9)
    return np.asarray(path + np.clip(shift, -1.0, 1.0) + 0.5)


def window_means(strip: Pixels, rows: int, *, below: bool) -> Pixels:
    """Mean of the ``rows`` rows that end at each row (or that begin below it), cut off at the strip's ends."""
    total = np.cumsum(np.pad(strip, ((0, 0), (1, 0), (0, 0))), axis=1, dtype=np.float32)
    height = strip.shape[1]
    start = np.arange(height) + 1 if below else np.arange(height) + 1 - rows
    first, last = np.clip(start, 0, height), np.clip(start + rows, 0, height)
    count = np.maximum(last - first, 1).astype(np.float32)
    means: Pixels = (total[:, last] - total[:, first]) / count[None, :, None]
    return means


def _at(values: Pixels, rows: NDArray[np.intp]) -> Floats:
    return np.take_along_axis(values, rows[:, None, :], axis=1)[:, 0].astype(np.float64)


def evened(surface: Floats, *, along: float) -> Floats:
    """A surface smoothed along its B-scans; NaN stays, and takes no part."""
    known = np.isfinite(surface)
    weight = gaussian_filter(known.astype(np.float64), (0, along), mode="nearest")
    total = gaussian_filter(np.where(known, surface, 0.0), (0, along), mode="nearest")
    return np.where(known, total / np.maximum(weight, 1e-9), np.nan)
