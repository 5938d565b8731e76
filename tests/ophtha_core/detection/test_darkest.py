import numpy as np
import pytest
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset

from ophtha_core.detection.darkest import darkest_value
from ophtha_core.dicom.layout import read_layout
from ophtha_core.dicom.reading import read_dataset
from ophtha_core.slides.display import Palette


def grey(photometric: str, *, stored: int, signed: bool) -> Dataset:
    dataset = Dataset()
    dataset.Rows = dataset.Columns = 8
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, photometric
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, stored, stored - 1
    dataset.PixelRepresentation = int(signed)
    return dataset


@pytest.mark.parametrize(
    ("photometric", "stored", "signed", "value"),
    [
        ("MONOCHROME2", 12, False, 0),
        ("MONOCHROME2", 12, True, -2048),
        ("MONOCHROME1", 12, False, 4095),
        ("MONOCHROME1", 16, True, 32767),
        ("RGB", 8, False, 0),
    ],
)
def test_the_end_of_the_range_that_is_shown_darkest(photometric: str, stored: int, signed: bool, value: int) -> None:
    dataset = grey(photometric, stored=stored, signed=signed)
    dataset.SamplesPerPixel = 3 if photometric == "RGB" else 1
    assert darkest_value(dataset, read_layout(dataset)) == value


def test_of_a_palette_the_entry_that_no_other_is_darker_than() -> None:
    path = get_testdata_file("examples_palette.dcm")
    with open(str(path), "rb") as file:  # noqa: PTH123 - pydicom answers a text
        dataset = read_dataset(file.read())
    entry = darkest_value(dataset, read_layout(dataset))
    entries = np.arange(256, dtype=np.uint8).reshape(1, -1)
    sums = Palette.of(dataset).colours(entries)[0].astype(int).sum(axis=1)
    assert sums[entry] == sums.min()
