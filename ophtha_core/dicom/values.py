"""From stored bits to sample values and back."""

import numpy as np
from numpy.typing import NDArray

from ophtha_core.dicom.layout import Cells, PixelLayout


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
