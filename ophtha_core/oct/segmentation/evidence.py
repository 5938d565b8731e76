"""How well surfaces are seen, and where they cannot be held."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, gaussian_filter1d, maximum_filter1d, median_filter

from ophtha_core.oct.segmentation.stack import BScanStack, PixelSize
from ophtha_core.oct.segmentation.strips import smoothed, strip_about

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

_FLOOR: Final = 0.1
_THINNEST_RETINA_UM: Final = 90.0
_LEAST_BAND: Final = 0.12
"""What the band of a retina shows at least: a volume with less holds none."""
_SEEN_SHARE: Final = 0.35
"""Of the columns of a B-scan that must show a retina, or the eye blinked."""
_ROUGHEST_UM: Final = 6.0
"""Of a retina in heavy speckle it is 3, of a path through noise more than 10."""
_ALONG_UM: Final = 60.0
_CLEAR_FALL: Final = 0.15


@dataclass(frozen=True, kw_only=True, eq=False)
class Evidence:
    """Of shape (B-scans, columns): the contrast of the ILM from 0 to 1, that of the band (1: as usual), tissue lit.

    ``is_rough`` says of each B-scan whether its ILM wanders as it does through noise.
    """

    ilm: Floats
    band: Floats
    lit: Mask
    is_rough: Mask

    @property
    def blinked(self) -> Mask:
        """B-scans that show no retina, shape (B-scans,)."""
        seen = ((self.ilm > 0.3) & self.lit).mean(axis=1)
        band = (self.band > 0.5).mean(axis=1)
        return np.asarray((seen < _SEEN_SHARE) | (band < _SEEN_SHARE / 2) | self.is_rough)


def evidence_of(stack: BScanStack, ilm: Floats, outer: Floats) -> Evidence:
    """What lies about the borders that were found."""
    size = stack.size
    along = _ALONG_UM / size.column_um
    about = strip_about(stack, ilm, above=size.rows(40.0), below=size.rows(80.0))
    about = smoothed(about, depth=0.8, along=along / 2)
    middle = size.rows(40.0)
    above = about[:, : middle - size.rows(6.0)].mean(axis=1)
    below = about[:, middle + size.rows(4.0) : middle + size.rows(30.0)].mean(axis=1)
    tissue = about[:, middle + 1 :].mean(axis=1)
    ilm_contrast = (below - above) / (below + above + _FLOOR)
    band = _band(stack, outer, along=along)
    band = np.where((outer - ilm) * size.row_um < _THINNEST_RETINA_UM, 0.0, band)
    usual = _usual(band)
    lit = tissue > 0.4 * np.median(tissue)
    return Evidence(
        ilm=np.clip((ilm_contrast - 0.05) / 0.35, 0.0, 1.0).astype(np.float64),
        band=np.clip(band / usual, 0.0, 2.0) if usual >= _LEAST_BAND else np.zeros_like(ilm),
        lit=np.asarray(lit),
        is_rough=_roughness_um(ilm, size) > _ROUGHEST_UM,
    )


def _roughness_um(surface: Floats, size: PixelSize) -> Floats:
    """Median distance of a surface from itself, smoothed over 150 µm; shape (B-scans,)."""
    even = gaussian_filter1d(surface, 150.0 / size.column_um, axis=1)
    return np.asarray(np.median(np.abs(surface - even), axis=1) * size.row_um)


def _band(stack: BScanStack, outer: Floats, *, along: float) -> Floats:
    """A bright band over the outer border under darkness, and what follows darker."""
    size = stack.size
    above = size.rows(130.0)
    strip = smoothed(strip_about(stack, outer, above=above, below=size.rows(60.0)), depth=0.8, along=along)

    def mean(first_um: float, last_um: float) -> Floats:
        first, last = above + round(first_um / size.row_um), above + round(last_um / size.row_um)
        return np.asarray(strip[:, first : max(last, first + 1)].mean(axis=1), dtype=np.float64)

    bright, over, under = mean(-55.0, -4.0), mean(-112.0, -66.0), mean(8.0, 50.0)
    return (bright - over) / (bright + over + _FLOOR) + 0.7 * (bright - under) / (bright + under + _FLOOR)


def _usual(band: Floats) -> float:
    """What most of the volume shows, blinks and a disc left out."""
    return float(np.percentile(band, 70))


def even_in_volume(evidence: Floats, size: PixelSize) -> Floats:
    """Evidence smoothed over places nearby, across B-scans where they lie close together."""
    across = 0.0 if not size.slice_um else min(1.0, 40.0 / size.slice_um)
    return np.asarray(gaussian_filter(evidence, (across, 30.0 / size.column_um), mode="nearest"))


def departs(surface: Floats, known: Mask, size: PixelSize, *, largest_um: float) -> Mask:
    """Where a surface lies farther from its surroundings than an eye's does."""
    if not known.any():
        return np.zeros_like(known)
    filled = np.where(known, surface, np.nan)
    level = np.nanmedian(np.where(np.any(known, axis=1, keepdims=True), filled, 0.0), axis=1, keepdims=True)
    relative = np.where(known, surface - level, 0.0)
    along = 2 * max(1, round(200.0 / size.column_um)) + 1
    near = median_filter(relative, size=(1, along), mode="nearest")
    return np.asarray(np.abs(relative - near) * size.row_um > largest_um)


def jumps(surface: Floats, size: PixelSize, *, largest_um: float) -> Mask:
    """Columns beside a step that is none of tissue."""
    width = size.columns(24.0)
    step = np.zeros(surface.shape)
    step[:, width:] = np.abs(surface[:, width:] - surface[:, :-width]) * size.row_um
    found = np.nan_to_num(step) > largest_um
    around = maximum_filter1d(found.astype(np.uint8), 2 * width + 1, axis=1) > 0
    return np.asarray(around)


def confidence(contrast: Floats, size: PixelSize) -> Floats:
    """From 0 to 1, evened along the B-scan."""
    return np.asarray(np.clip(gaussian_filter1d(contrast, 20.0 / size.column_um, axis=1), 0.0, 1.0))


def fall_at(stack: BScanStack, surface: Floats) -> Floats:
    """How much darker it is under a border than over it, 1 for a fall that leaves no doubt."""
    size = stack.size
    half = size.rows(16.0)
    strip = smoothed(strip_about(stack, surface, above=half, below=half), depth=0.8, along=40.0 / size.column_um)
    over, under = strip[:, :half].mean(axis=1), strip[:, half + 1 :].mean(axis=1)
    return np.asarray(np.clip((over - under) / (over + under + _FLOOR) / _CLEAR_FALL, 0.0, 1.0), dtype=np.float64)
