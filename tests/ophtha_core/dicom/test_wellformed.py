import pickle

import pytest
from pydicom.dataset import Dataset

from ophtha_core.dicom.reading import read_dataset
from ophtha_core.dicom.wellformed import LARGEST_DEPTH, refuse_deep, well_formed
from ophtha_core.errors import UnreadableImage
from ophtha_core.phantoms.head_ct import HeadCt, head_ct
from tests.kit.malformed import with_element
from tests.kit.masked import file_of

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom")


def ct() -> Dataset:
    dataset = next(head_ct(HeadCt(pixels=16, slices=1)))
    item = Dataset()
    item.ReferencedSOPInstanceUID, item.PurposeOfReferenceCodeSequence = "1.2.3", []
    dataset.ReferencedImageSequence = [item]
    dataset.PatientAge, dataset.WindowCenter = "034Y", [40, 300]
    dataset.ReferenceCoordinates, dataset.StudyTime = [1.5, 2.5, 3.5, 4.5], "101500.25"
    return dataset


@pytest.mark.parametrize(
    ("keyword", "tag", "vr", "value"),
    [
        ("PatientSize", 0x00101020, "DS", b"1,75"),
        ("PatientWeight", 0x00101030, "DS", b"70kg"),
        ("SeriesNumber", 0x00200011, "IS", b"A1"),
        ("PixelSpacing", 0x00280030, "DS", b"0,5\\0,5 "),
        ("PatientBirthDate", 0x00100030, "DA", b"1950-12-24"),
        ("StudyTime", 0x00080030, "TM", b"noon"),
        ("PatientAge", 0x00101010, "AS", b"76 y"),
        ("Rows", 0x00280010, "US", b"abc"),
        ("RescaleSlope", 0x00281053, "FD", b"1.0"),
    ],
)
def test_a_malformed_value_is_left_out_and_no_other(keyword, tag, vr, value):
    dataset = read_dataset(with_element(file_of(ct()), tag, vr, value), headers_only=True)
    kept, whole = well_formed(dataset), well_formed(read_dataset(file_of(ct()), headers_only=True))
    assert keyword not in kept
    assert {element.tag for element in whole} - {tag} == {element.tag for element in kept}


def test_well_formed_values_stay_as_they_are():
    dataset = read_dataset(file_of(ct()), headers_only=True)
    kept = well_formed(dataset)
    assert kept == Dataset({element.tag: element for element in dataset if not element.tag.is_private})
    assert pickle.loads(pickle.dumps(kept)) == kept


def test_bulk_and_private_values_are_left_out():
    dataset = ct()
    dataset.PixelData = bytes(2**21)
    dataset.add_new(0x00091010, "LO", "private")
    kept = well_formed(dataset)
    assert "PixelData" not in kept
    assert 0x00091010 not in kept


def test_sequences_end_at_a_depth():
    dataset = Dataset()
    for _ in range(2 * LARGEST_DEPTH):
        outer = Dataset()
        outer.ReferencedImageSequence = [dataset]
        dataset = outer
    with pytest.raises(UnreadableImage, match="deeper than 16"):
        refuse_deep(dataset)
    kept, depth = well_formed(dataset), 0
    while "ReferencedImageSequence" in kept:
        kept, depth = kept.ReferencedImageSequence[0], depth + 1
    assert depth == LARGEST_DEPTH
    refuse_deep(kept)
