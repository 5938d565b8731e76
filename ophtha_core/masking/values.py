"""What a fill value becomes in an image."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ophtha_core.dicom.layout import PixelLayout
from ophtha_core.errors import InvalidInput
from ophtha_core.masking.region import Fill

_RGB_TO_YBR_FULL: Final = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
"""PS3.3 section C.7.6.3.1.2, with the digits that keep grey free of colour."""


def check_fill(layout: PixelLayout, fill: Fill, *, field: str = "FillValue") -> None:
    """Raise InvalidInput unless the fill value can be stored in an image of this layout without change."""
    values = fill.value if isinstance(fill.value, tuple) else (fill.value,)
    if isinstance(fill.value, tuple) and len(values) != layout.samples:
        raise InvalidInput(field, f"{len(values)} values, but the image has {layout.samples} samples per pixel")
    if layout.is_integer:
        lowest, highest = layout.value_range
        for value in values:
            if not float(value).is_integer():
                raise InvalidInput(field, "expected a whole number, the image holds whole numbers")
            if not lowest <= value <= highest:
                raise InvalidInput(field, f"out of range: the image stores {lowest} to {highest}")
    else:
        largest = float(np.finfo(np.float32 if layout.bits_allocated == 32 else np.float64).max)
        if any(abs(value) > largest for value in values):
            raise InvalidInput(field, f"out of range: the image stores -{largest:g} to {largest:g}")


def fill_samples(layout: PixelLayout, fill: Fill) -> NDArray[np.generic]:
    """The sample values, one per channel, that show ``fill`` in an image of this layout (already checked)."""
    values = fill.value if isinstance(fill.value, tuple) else (fill.value,) * layout.samples
    if not layout.is_integer:
        return np.array(values, layout.cell_dtype)
    if not layout.is_ybr or layout.photometric in ("YBR_RCT", "YBR_ICT"):
        return np.array([int(value) for value in values], np.int64)
    return _ybr(values, partial=layout.photometric.startswith("YBR_PARTIAL"), bits=layout.bits_stored)


def _ybr(rgb: tuple[float, ...], *, partial: bool, bits: int) -> NDArray[np.int64]:
    ybr = _RGB_TO_YBR_FULL @ np.array(rgb, float)
    if partial:
        # PS3.3 C.7.6.3.1.2: black is luminance 16 of 8 bits, white 235; chroma spans 16 to 240.
        ybr *= np.array([219, 224, 224]) / 255
        ybr[0] += 16 * 2.0 ** (bits - 8)
    ybr[1:] += 2 ** (bits - 1)
    stored: NDArray[np.int64] = np.clip(np.rint(ybr), 0, 2**bits - 1).astype(np.int64)
    return stored
