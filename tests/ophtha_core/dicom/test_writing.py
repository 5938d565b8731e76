"""A file written again has the elements, and mostly the bytes, it was read with."""

import warnings
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from pydicom import dcmread
from pydicom.filewriter import dcmwrite

from ophtha_core.dicom.reading import read_dataset, write_dataset
from ophtha_core.phantoms.pixel_formats import FORMAT_OF, image_of
from tests.kit.masked import file_of, parse

pytestmark = pytest.mark.filterwarnings("ignore")

FOLDER = Path(pydicom.__file__).parent / "data" / "test_files"

# They hold another encoding than their file meta says; pydicom reads them but cannot write them.
MISLABELLED = {"SC_rgb_jpeg.dcm"}


def readable(path: Path) -> bool:
    with warnings.catch_warnings(action="ignore"):
        try:
            dataset = dcmread(path)
            return "TransferSyntaxUID" in dataset.file_meta and "SOPInstanceUID" in dataset
        except pydicom.errors.InvalidDicomError:
            return False


@pytest.mark.parametrize("path", [p for p in sorted(FOLDER.glob("*.dcm")) if readable(p)], ids=lambda p: p.name)
def test_a_file_is_written_as_pydicom_would(path):
    dicom = path.read_bytes()
    expected = BytesIO()
    written = write_dataset(read_dataset(dicom))
    if path.name in MISLABELLED:
        assert parse(written).keys() == parse(dicom).keys()
        return
    dcmwrite(expected, dcmread(BytesIO(dicom)), enforce_file_format=True)
    assert written == expected.getvalue()


def test_a_changed_element_is_written_beside_untouched_ones():
    dataset = read_dataset(file_of(image_of(FORMAT_OF["mono 16"])))
    dataset.PatientComments = "Gr\u00fc\u00dfe"
    again = parse(write_dataset(dataset))
    assert again.PatientComments == "Gr\u00fc\u00dfe"
    assert again.PixelData == dataset.PixelData


def test_group_lengths_are_not_written():
    dataset = image_of(FORMAT_OF["mono 8"])
    dataset.add_new(0x00080000, "UL", 12345)
    dicom = file_of(dataset)
    assert 0x00080000 not in parse(write_dataset(read_dataset(dicom)))
