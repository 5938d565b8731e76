"""The stored value that an image shows darkest."""

import numpy as np
from pydicom.dataset import Dataset

from ophtha_core.dicom.layout import PixelLayout
from ophtha_core.slides.display import Palette


def darkest_value(dataset: Dataset, layout: PixelLayout) -> int:
    """Fill for a place that nothing may be seen at: of grey images the end of the range that their bits allow, of
    colours 0, of a palette the index of its darkest entry. Raises UnreadableImage when the palette is broken."""
    if layout.photometric == "PALETTE COLOR":
        return _darkest_entry(dataset, layout)
    if layout.samples > 1 or not layout.is_integer:
        return 0
    low, high = layout.value_range
    return high if layout.photometric == "MONOCHROME1" else low


def _darkest_entry(dataset: Dataset, layout: PixelLayout) -> int:
    low, high = layout.value_range
    indices = np.arange(low, high + 1, dtype=np.int32 if layout.signed else np.uint16).reshape(1, -1)
    colours = Palette.of(dataset).colours(indices).astype(np.int64)
    return low + int(colours.reshape(-1, colours.shape[-1])[:, :3].sum(axis=1).argmin())
