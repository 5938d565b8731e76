"""Put paint on the pixels of one frame."""

import numpy as np

from ophtha_core.dicom.layout import Cells, PixelLayout
from ophtha_core.dicom.values import read_values, to_cells
from ophtha_core.masking.mean import mean_filter
from ophtha_core.masking.plan import Edit
from ophtha_core.masking.region import Fill
from ophtha_core.masking.values import fill_samples


def paint_cells(cells: Cells, edit: Edit, layout: PixelLayout, *, spare_bits_hold_overlay: bool) -> None:
    """Change rows x columns x samples ``cells`` in place, inside the mask only."""
    window = cells[edit.mask.rows, edit.mask.columns]
    inside = edit.mask.inside
    if isinstance(edit.paint, Fill):
        values = fill_samples(layout, edit.paint)
    else:
        values = mean_filter(read_values(window, layout), width_px=edit.paint.width_px, inside=inside)
    painted = to_cells(values, layout, spare_bits_hold_overlay=spare_bits_hold_overlay)
    if inside is None:
        window[...] = painted
    else:
        np.copyto(window, painted, where=inside[:, :, None])
