"""Places of frames read straight from a file are those of its parsed header."""

from io import BytesIO

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from ophtha_core.dicom.layout import read_layout
from ophtha_core.errors import UnreadableImage
from ophtha_core.phantoms.dicom_object import item
from ophtha_core.phantoms.slide import SlidePhantom, file_bytes, slide_files
from ophtha_core.slides.header import read_header
from ophtha_core.slides.places import frame_places

SPARSE = SlidePhantom(width_px=600, height_px=500, tile_px=64, levels=1, syntax=ExplicitVRLittleEndian, sparse=True)


def written(dataset: Dataset, syntax: UID, *, undefined: bool) -> bytes:
    """The file up to its pixels; sequences and items of undefined length on request."""
    dataset.file_meta.TransferSyntaxUID = syntax
    if undefined:
        for element in dataset.iterall():
            if element.VR == "SQ":
                element.is_undefined_length = True
                for each in element.value:
                    each.is_undefined_length_sequence_item = True
    del dataset.PixelData
    return file_bytes(dataset)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian], ids=["explicit", "implicit"])
@pytest.mark.parametrize("undefined", [True, False], ids=["undefined length", "stated length"])
@pytest.mark.parametrize("named", [True, False], ids=["own optical path", "shared optical path"])
def test_places_are_those_of_the_parsed_header(syntax: UID, undefined: bool, named: bool) -> None:
    dataset = slide_files(SPARSE)[0]
    for number, group in enumerate(dataset.PerFrameFunctionalGroupsSequence):
        group.PlanePositionSlideSequence[0].ZOffsetInSlideCoordinateSystem = number % 3
        group.FrameContentSequence = [item(DimensionIndexValues=[1, number + 1])]
        if named:
            group.OpticalPathIdentificationSequence = [item(OpticalPathIdentifier=f"P{number % 2}")]
    content = written(dataset, syntax, undefined=undefined)
    layout = read_layout(dataset)
    expected = frame_places(dcmread(BytesIO(content)), layout, (600, 500))
    header, places = read_header(content)
    assert "PerFrameFunctionalGroupsSequence" not in header
    assert header.TotalPixelMatrixColumns == 600
    assert places is not None
    for name in ("columns", "rows", "depths_um", "paths"):
        np.testing.assert_array_equal(getattr(places, name), getattr(expected, name))


def test_a_header_without_groups_of_frames_is_read_as_it_is() -> None:
    content = written(slide_files(SlidePhantom(levels=1))[0], ExplicitVRLittleEndian, undefined=False)
    header, places = read_header(content)
    assert places is None
    assert header.Rows == 256


@pytest.mark.parametrize("length", [0, 100, 150, 3000])
def test_a_header_that_ends_too_early_is_refused(length: int) -> None:
    content = written(slide_files(SPARSE)[0], ExplicitVRLittleEndian, undefined=True)
    with pytest.raises(UnreadableImage):
        read_header(content[:length])
