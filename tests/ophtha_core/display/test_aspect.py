"""Pixels that are no squares."""

import pytest
from pydicom.dataset import Dataset

from ophtha_core.display.aspect import pixel_aspect


@pytest.mark.parametrize(
    ("attributes", "aspect"),
    [
        ({}, 1.0),
        ({"PixelSpacing": [0.2, 0.1]}, 2.0),
        ({"PixelAspectRatio": [1, 2]}, 0.5),
        ({"ImagerPixelSpacing": [0.3, 0.1]}, 3.0),
        ({"PixelSpacing": [0.2, 0.1], "PixelAspectRatio": [1, 5], "ImagerPixelSpacing": [1, 7]}, 2.0),
        ({"PixelSpacing": [0.0, 0.1], "PixelAspectRatio": [1, 5]}, 0.2),
        ({"PixelSpacing": [0.5]}, 1.0),
    ],
)
def test_the_first_that_says_it_gives_height_over_width(attributes: dict[str, object], aspect: float) -> None:
    dataset = Dataset()
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    assert pixel_aspect(dataset) == pytest.approx(aspect)
