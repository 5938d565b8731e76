"""Mean over a square window that never reads a pixel outside the region."""

from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import correlate1d

EXACT_FLOAT_SUM: Final = 2.0**53
"""Sums of whole numbers below this are exact in double precision, and so is their truncated mean."""

WIDEST_PX: Final = 2**40
"""Wider windows see the replicated borders only, half of each; no image has this many rows."""

Values = NDArray[np.generic]


def mean_filter(values: Values, *, width_px: int, inside: NDArray[np.bool_] | None = None) -> Values:
    """Filter rows x columns x samples ``values``, each channel on its own; same shape and type.

    The window of pixel ``x`` spans ``x - width_px // 2`` to ``x - width_px // 2 + width_px - 1``. On a rectangle
    (``inside`` None) its border pixels continue outwards; else the mean is over the pixels of the window that are
    inside. Means of whole numbers are truncated towards zero.
    """
    width_px = min(width_px, WIDEST_PX)
    if inside is None:
        means = _sums(values, width_px, replicate=True)
        means /= float(width_px) ** 2
    else:
        weight = _sums(inside[:, :, None].astype(np.uint8), width_px, replicate=False)
        kept = np.where(inside[:, :, None], values, values.dtype.type(0))
        means = _sums(kept, width_px, replicate=False) / np.maximum(weight, 1.0)
    # For whole numbers the conversion truncates towards zero.
    return means.astype(values.dtype)


def _sums(values: Values, width_px: int, *, replicate: bool) -> NDArray[np.float64]:
    """Window sums in double precision."""
    rows, columns, samples = values.shape
    if values.dtype.kind == "f":
        return _float_sums(values.astype(np.float64), width_px, replicate=replicate)
    largest = 2.0 ** (8 * values.dtype.itemsize)
    if width_px <= 2 * max(rows, columns) and largest * float(width_px) ** 2 < EXACT_FLOAT_SUM:
        source = values if values.dtype in (np.uint8, np.uint16, np.int16) else values.astype(np.float64)
        border = cv2.BORDER_REPLICATE if replicate else cv2.BORDER_CONSTANT
        sums = cv2.boxFilter(
            np.ascontiguousarray(source),
            cv2.CV_64F,
            (width_px, width_px),
            anchor=(width_px // 2, width_px // 2),
            normalize=False,
            borderType=border | cv2.BORDER_ISOLATED,
        )
        return np.asarray(sums, np.float64).reshape(rows, columns, samples)
    along_rows = _running_sums(values.astype(np.float64), width_px, axis=1, replicate=replicate)
    return _running_sums(along_rows, width_px, axis=0, replicate=replicate)


def _running_sums(values: NDArray[np.float64], width_px: int, *, axis: int, replicate: bool) -> NDArray[np.float64]:
    """Window sums along one axis from a cumulative sum; the replicated border is a multiple of the end value."""
    count = values.shape[axis]
    ends = np.concatenate([np.zeros_like(values.take([0], axis)), np.cumsum(values, axis)], axis)
    first = np.arange(count) - width_px // 2
    stop = first + width_px
    total: NDArray[np.float64] = ends.take(np.minimum(stop, count), axis) - ends.take(np.maximum(first, 0), axis)
    if replicate:
        shape = [1] * values.ndim
        shape[axis] = count
        total += np.maximum(-first, 0).reshape(shape) * values.take([0], axis)
        total += np.maximum(stop - count, 0).reshape(shape) * values.take([-1], axis)
    return total


def _float_sums(values: NDArray[np.float64], width_px: int, *, replicate: bool) -> NDArray[np.float64]:
    """Window sums without differences of running sums, in which one huge or undefined value spoils all that follow."""
    for axis in (1, 0):
        values = _float_sums_along(values, width_px, axis=axis, replicate=replicate)
    return values


def _float_sums_along(values: NDArray[np.float64], width_px: int, *, axis: int, replicate: bool) -> NDArray[np.float64]:
    count = values.shape[axis]
    # A window that reaches past both ends sees nothing new there but the replicated end values.
    beyond = max(0, width_px // 2 - count)
    inner_width = min(width_px, width_px - 2 * beyond)
    mode: Literal["nearest", "constant"] = "nearest" if replicate else "constant"
    # scipy centres an even window one pixel to the left already: x - w // 2 to x + w // 2 - 1.
    sums: NDArray[np.float64] = correlate1d(values, np.ones(inner_width), axis, mode=mode)
    if replicate and beyond:
        sums = sums + beyond * (values.take([0], axis) + values.take([-1], axis))
    return sums
