"""Where the retina lies: its inner border and the bright band of the photoreceptors and the RPE, coarsely.

On blocks of about 8 x 40 µm. Both are edges from dark to bright, and either may be the stronger one, so they are chosen
as a pair whose distance an eye can have.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, maximum_filter1d, median_filter

from ophtha_core.oct.segmentation.paths import best_paths
from ophtha_core.oct.segmentation.stack import BScanStack, PixelSize, reduced

Floats = NDArray[np.float64]
Scores = NDArray[np.float32]

BLOCK_UM: Final = (8.0, 40.0)
_THINNEST_UM, _THICKEST_UM = 60.0, 900.0
"""From the ILM to the photoreceptors."""
_STEEPEST: Final = 1.2
_FLOOR: Final = np.float32(0.12)
"""Brightness below which a ratio says nothing, of bright tissue."""
_BEND_COST, _BAND_BEND_COST = 0.006, 0.04
_PRIOR_FREE_UM, _PRIOR_FULL_UM, _PRIOR_COST = 60.0, 240.0, 0.7
_NEAR_UM: Final = 150.0
"""B-scans farther apart say less of each other."""
_NEIGHBOURHOOD_UM: Final = (300.0, 300.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class CoarseRetina:
    """Rows of the ILM and of the inner border of the bright band, and how well each is seen (0 to 1).

    All of shape (B-scans, columns), at full resolution.
    """

    ilm: Floats
    band: Floats
    ilm_seen: Floats
    band_seen: Floats


def find_retina(stack: BScanStack) -> CoarseRetina:
    """The pair in every B-scan by itself, then once more with what its neighbours show."""
    size = stack.size
    row_factor = max(1, int(BLOCK_UM[0] / size.row_um + 0.3))
    column_factor = max(1, int(BLOCK_UM[1] / size.column_um + 0.3))
    blocks = PixelSize(
        row_um=size.row_um * row_factor, column_um=size.column_um * column_factor, slice_um=size.slice_um
    )
    image = reduced(stack, row_factor=row_factor, column_factor=column_factor)
    image = gaussian_filter1d(image, 30.0 / blocks.column_um, axis=2, mode="nearest", truncate=3.0)
    inner, band = _inner_scores(image, blocks), _band_scores(image, blocks)
    found = _pair(inner, band, blocks)
    if len(image) > 2:
        priors = [_from_neighbours(each, blocks) for each in found]
        inner_again, band_again = (
            scores - _departure(prior, scores.shape[1], blocks)
            for scores, prior in zip((inner, band), priors, strict=True)
        )
        found = _pair(inner_again, band_again, blocks)
    ilm, photoreceptors = found

    def rows(path: Floats) -> Floats:
        return _full(path * row_factor - 0.5, column_factor, stack.shape[2])

    def seen(scores: Scores, path: Floats) -> Floats:
        at = np.take_along_axis(scores, path.astype(np.intp)[:, None, :], axis=1)[:, 0].astype(np.float64)
        return _full(at, column_factor, stack.shape[2])

    return CoarseRetina(
        ilm=rows(ilm), band=rows(photoreceptors), ilm_seen=seen(inner, ilm), band_seen=seen(band, photoreceptors)
    )


def _pair(inner: Scores, band: Scores, blocks: PixelSize) -> tuple[Floats, Floats]:
    nearest, farthest = blocks.rows(_THINNEST_UM), blocks.rows(_THICKEST_UM)
    largest_step = max(1, int(np.ceil(_STEEPEST * blocks.column_um / blocks.row_um)))
    ahead = _best_ahead(band, nearest, farthest)
    ilm = best_paths(inner + ahead, largest_step=largest_step, bend_cost=_BEND_COST)
    row = np.arange(band.shape[1])[None, :, None]
    distance = row - ilm[:, None, :]
    allowed = np.where((distance >= nearest) & (distance <= farthest), band, np.float32(-2.0))
    photoreceptors = best_paths(allowed.astype(np.float32), largest_step=largest_step, bend_cost=_BAND_BEND_COST)
    return ilm.astype(np.float64), photoreceptors.astype(np.float64)


def _best_ahead(scores: Scores, nearest: int, farthest: int) -> Scores:
    """Best score among rows ``nearest`` to ``farthest`` below each row."""
    half = (farthest - nearest) // 2
    height = scores.shape[1]
    padded = np.pad(scores, ((0, 0), (0, nearest + half), (0, 0)), constant_values=-1.0)
    best: Scores = maximum_filter1d(padded, 2 * half + 1, axis=1, mode="nearest")
    return best[:, nearest + half : nearest + half + height]


def _inner_scores(image: Scores, blocks: PixelSize) -> Scores:
    """From dark to bright, darkness above and tissue below: between row r - 1 and r."""
    above, below = _mean(image, -48.0, 0.0, blocks), _mean(image, 0.0, 32.0, blocks)
    far_above = _mean(image, -160.0, -16.0, blocks)
    contrast = _ratio(below, above) + np.float32(0.5) * np.minimum(below, 1.0)
    return np.asarray(contrast - np.float32(0.7) * np.minimum(far_above, 1.0), dtype=np.float32)


def _band_scores(image: Scores, blocks: PixelSize) -> Scores:
    """A bright band under darkness that is brighter than what follows: its upper edge between row r - 1 and r."""
    band = _mean(image, 0.0, 56.0, blocks)
    above, below = _mean(image, -48.0, 0.0, blocks), _mean(image, 80.0, 136.0, blocks)
    brightness = np.minimum(band, np.float32(1.0))
    return _ratio(band, above) + np.float32(0.5) * _ratio(band, below) + np.float32(0.4) * brightness


def _ratio(bright: Scores, dark: Scores) -> Scores:
    return (bright - dark) / (bright + dark + _FLOOR)


def _mean(image: Scores, start_um: float, stop_um: float, blocks: PixelSize) -> Scores:
    """Mean of the rows from ``start_um`` to ``stop_um`` about the upper edge of each row, as far as the image goes."""
    first = round(start_um / blocks.row_um)
    last = max(first + 1, round(stop_um / blocks.row_um))
    height = image.shape[1]
    total = np.cumsum(np.pad(image, ((0, 0), (1, 0), (0, 0))), axis=1, dtype=np.float32)
    row = np.arange(height)
    low, high = np.clip(row + first, 0, height), np.clip(row + last, 0, height)
    count = (high - low).astype(np.float32)
    mean = (total[:, high] - total[:, low]) / np.maximum(count, np.float32(1.0))[None, :, None]
    if first < 0:  # nothing above: as dark as can be there, which a retina at the image's edge is not
        mean[:, count == 0] = 1.0
    return np.asarray(mean, dtype=np.float32)


def _from_neighbours(path: Floats, blocks: PixelSize) -> Floats:
    """Median of each place's surroundings, B-scans shifted in depth to lie over each other."""
    steps = np.median(np.diff(path, axis=0), axis=1)
    shift = np.concatenate([[0.0], np.cumsum(steps)])[:, None]
    across = 2 * min(2, max(1, round(_NEIGHBOURHOOD_UM[0] / max(blocks.slice_um, 1.0)))) + 1
    along = 2 * max(1, round(_NEIGHBOURHOOD_UM[1] / blocks.column_um / 2)) + 1
    return np.asarray(median_filter(path - shift, size=(across, along), mode="nearest") + shift)


def _departure(prior: Floats, height: int, blocks: PixelSize) -> Scores:
    """Cost of lying elsewhere than the neighbours do."""
    distance_um = np.abs(np.arange(height)[None, :, None] - prior[:, None, :]) * blocks.row_um
    share = (distance_um - _PRIOR_FREE_UM) / (_PRIOR_FULL_UM - _PRIOR_FREE_UM)
    cost = _PRIOR_COST * min(1.0, _NEAR_UM / max(blocks.slice_um, 1.0))
    return (cost * np.clip(share, 0.0, 1.0)).astype(np.float32)


def _full(coarse: Floats, factor: int, columns: int) -> Floats:
    """Back to every column, linearly between the middles of blocks."""
    middles = np.arange(coarse.shape[1]) * factor + (factor - 1) / 2
    return np.stack([np.interp(np.arange(columns), middles, row) for row in coarse])
