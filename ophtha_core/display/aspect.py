"""How high a pixel is shown for its width."""

from typing import Final

from pydicom.dataset import Dataset

from ophtha_core.dicom.reading import known_numbers

_SOURCES: Final = ("PixelSpacing", "PixelAspectRatio", "ImagerPixelSpacing")
"""In this order; each gives the vertical first (PS3.3 sections 10.7.1.3, C.7.6.3.1.7 and C.8.11.7)."""


def pixel_aspect(dataset: Dataset) -> float:
    """Height of a pixel over its width; 1 where the header says nothing that could be."""
    for keyword in _SOURCES:
        pair = known_numbers(dataset, keyword, count=2)
        if pair is not None and min(pair) > 0:
            return pair[0] / pair[1]
    return 1.0
