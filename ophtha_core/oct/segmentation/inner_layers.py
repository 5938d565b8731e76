"""The borders of the inner layers: where brightness falls under the RNFL and under the IPL."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, median_filter

from ophtha_core.oct.segmentation.stack import BScanStack, PixelSize
from ophtha_core.oct.segmentation.strips import edge_in, smoothed, strip_about, window_means

Floats = NDArray[np.float64]
Scores = NDArray[np.float32]

_DEEPEST_UM: Final = 420.0
_FLOOR: Final = np.float32(0.08)
_MOST_PIXELS: Final = 2**22
"""Looked at at once: a dozen arrays of as many values are needed."""
_INL_AND_OPL_UM: Final = (28.0, 110.0)
"""From the inner border of the INL to the outer border of the OPL."""
_OPL_UM: Final = (10.0, 46.0)
_OVER_BAND_UM: Final = 24.0
_GCL_AND_IPL_UM: Final = 26.0
_THINNEST_RNFL_UM: Final = 5.0
_SHALLOW_COST_PER_UM: Final = 0.0006
_ALONG_UM: Final = 32.0
_BEND_COST: Final = 0.03
_SPARSE_UM: Final = 80.0
_ACROSS_UM: Final = 450.0
_INL_AROUND_UM, _RNFL_AROUND_UM = 1200.0, 480.0
_FREE_UM, _PRIOR_COST = 15.0, 0.5


def inner_layers(stack: BScanStack, ilm: Floats, band: Floats) -> tuple[Floats, Floats]:
    """Rows of the outer border of the RNFL and of the inner border of the INL, wherever they are looked for.

    Where a layer ends, as at the fovea, both run close under the ILM.
    """
    group = max(1, _MOST_PIXELS // (stack.size.rows(_DEEPEST_UM) * stack.shape[2]))
    found = [
        _group_layers(
            BScanStack(pixels=stack.pixels[start : start + group], size=stack.size),
            ilm[start : start + group],
            band[start : start + group],
        )
        for start in range(0, stack.shape[0], group)
    ]
    return np.concatenate([rnfl for rnfl, _ in found]), np.concatenate([inl for _, inl in found])


def _group_layers(stack: BScanStack, ilm: Floats, band: Floats) -> tuple[Floats, Floats]:
    size = stack.size
    deep = size.rows(_DEEPEST_UM)
    strip = strip_about(stack, ilm, above=0, below=deep)
    fine = smoothed(strip, depth=max(0.8, 4.0 / size.row_um), along=_ALONG_UM / size.column_um)
    falls = _falls(fine, size.rows(16.0))
    slopes = -np.diff(fine, axis=1)
    row = np.arange(falls.shape[1])[None, :, None]
    last = (band - ilm)[:, None, :] - size.rows(_OVER_BAND_UM)
    falls = np.where(row <= last, falls, np.float32(-1.0))
    rise = _best_ahead(-falls[:, ::-1], *(size.rows(each) for each in _OPL_UM))[:, ::-1]
    opl = _best_ahead(falls + rise, *(size.rows(each) for each in _INL_AND_OPL_UM))
    inl = _with_neighbours((falls + opl)[:, : slopes.shape[1]], slopes, size, along_um=_INL_AROUND_UM)
    over_inl = np.maximum(inl[:, None, :] - size.rows(_GCL_AND_IPL_UM), size.rows(2 * _THINNEST_RNFL_UM))
    allowed = (row >= size.rows(_THINNEST_RNFL_UM)) & (row <= over_inl)
    from_ilm = np.cumsum(fine, axis=1) / (row + 1).astype(np.float32)
    dark = window_means(fine, size.rows(20.0), below=True)
    bundle = (from_ilm - dark) / (from_ilm + dark + _FLOOR)
    shallow = falls + bundle - np.float32(_SHALLOW_COST_PER_UM * size.row_um) * row.astype(np.float32)
    rnfl_scores = np.where(allowed, shallow, np.float32(-1.0))
    rnfl = _with_neighbours(rnfl_scores[:, : slopes.shape[1]], slopes, size, along_um=_RNFL_AROUND_UM)
    return ilm + np.minimum(rnfl, inl), ilm + inl


def _with_neighbours(scores: Scores, slopes: Scores, size: PixelSize, *, along_um: float) -> Floats:
    """The path of each B-scan by itself, then that which lies where its surroundings do."""
    alone = edge_in(scores, slopes, bend_cost=_BEND_COST)
    sparse = alone[:, :: size.columns(_SPARSE_UM)]
    across = 2 * min(2, max(1, round(_ACROSS_UM / max(size.slice_um, 1.0)))) + 1 if len(sparse) > 2 else 1
    near = median_filter(sparse, size=(across, 2 * round(along_um / _SPARSE_UM / 2) + 1), mode="nearest")
    column = np.arange(alone.shape[1])
    prior = np.stack([np.interp(column, column[:: size.columns(_SPARSE_UM)], each) for each in near])
    apart_um = np.abs(np.arange(scores.shape[1])[None, :, None] - prior[:, None, :]) * size.row_um
    cost = _PRIOR_COST * np.clip((apart_um - _FREE_UM) / _FREE_UM, 0.0, 1.0)
    return edge_in(scores - cost.astype(np.float32), slopes, bend_cost=_BEND_COST)


def _falls(strip: Scores, rows: int) -> Scores:
    bright, dark = window_means(strip, rows, below=False), window_means(strip, rows, below=True)
    return (bright - dark) / (bright + dark + _FLOOR)


def _best_ahead(scores: Scores, nearest: int, farthest: int) -> Scores:
    half = max(1, (farthest - nearest) // 2)
    height = scores.shape[1]
    padded = np.pad(scores, ((0, 0), (0, nearest + half), (0, 0)), constant_values=-1.0)
    best: Scores = maximum_filter1d(padded, 2 * half + 1, axis=1, mode="nearest")
    return best[:, nearest + half : nearest + half + height]
