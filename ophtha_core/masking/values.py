"""From stored bits to sample values and back, and what a fill value becomes in an image."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ophtha_core.dicom.layout import PixelLayout
from ophtha_core.errors import InvalidInput
from ophtha_core.masking.region import Fill

Cells = NDArray[np.generic]
"""Samples as stored: rows x columns x samples in the container type of the layout, bits untouched."""

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


def read_values(cells: Cells, layout: PixelLayout) -> NDArray[np.generic]:
    """Sample values of stored cells: bits beyond BitsStored dropped, signed where PixelRepresentation says so."""
    native = cells.astype(cells.dtype.newbyteorder("="), copy=False)
    if not layout.is_integer or layout.bits_allocated == 1:
        return native
    width = 8 * native.dtype.itemsize
    above = width - 1 - layout.high_bit
    # numpy shifts signed integers arithmetically: the sign comes down with them.
    shifted = np.left_shift(native, native.dtype.type(above)) if above else native
    values = shifted.view(f"i{native.dtype.itemsize}") if layout.signed else shifted
    unused = width - layout.bits_stored
    return np.right_shift(values, values.dtype.type(unused)) if unused else values


def to_cells(values: NDArray[np.generic], layout: PixelLayout, *, spare_bits_hold_overlay: bool) -> Cells:
    """Stored cells of sample values. Bits above repeat the sign, or are cleared where they hold an overlay."""
    if not layout.is_integer:
        return values.astype(layout.cell_dtype, copy=False)
    lowest_bit = layout.high_bit + 1 - layout.bits_stored
    dtype = layout.cell_dtype
    if not lowest_bit and not (spare_bits_hold_overlay and layout.signed):
        return values.astype(dtype, copy=False)
    wide = values.astype(np.int64)
    if spare_bits_hold_overlay:
        wide &= 2**layout.bits_stored - 1
    return (wide << lowest_bit).astype(dtype)
