"""What headers claim is compared with what is there before anything is made of it."""

import struct
from dataclasses import replace

import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit, JPEGLosslessSV1, JPEGLSLossless

from ophtha_core.dicom.encapsulation import read_frames
from ophtha_core.dicom.frame_pixels import ImageFrames
from ophtha_core.dicom.layout import read_layout, refuse_absent_frames
from ophtha_core.errors import UnreadableImage
from ophtha_core.oct.dicom.bscans import LARGEST_BSCAN_COUNT, bscans_of
from ophtha_core.phantoms.pixel_formats import FORMAT_OF, image_of
from ophtha_core.slides.pyramid import InstanceHeader, read_pyramid


def test_a_small_file_holds_no_two_milliard_frames():
    dataset = image_of(FORMAT_OF["mono 8"])
    dataset.NumberOfFrames = 2**20
    with pytest.raises(UnreadableImage, match="3156 bytes cannot hold them"):
        refuse_absent_frames(read_layout(dataset), file_bytes=3156)
    dataset.NumberOfFrames = 2**31 - 1
    with pytest.raises(UnreadableImage, match="NumberOfFrames is 2147483647"):
        read_layout(dataset)


def test_frames_that_may_be_there_are_believed():
    layout = replace(read_layout(image_of(FORMAT_OF["mono 8"])), frames=10)
    refuse_absent_frames(layout, file_bytes=80)
    refuse_absent_frames(replace(layout, rows=1, columns=1, frames=50), file_bytes=50)
    with pytest.raises(UnreadableImage):
        refuse_absent_frames(layout, file_bytes=79)


def test_rows_beyond_what_their_vr_holds_are_refused():
    dataset = image_of(FORMAT_OF["mono 8"])
    dataset.add_new("Rows", "IS", 10**9)
    with pytest.raises(UnreadableImage, match="Rows is 1000000000"):
        read_layout(dataset)


@pytest.mark.parametrize("claimed", [0, -1, LARGEST_BSCAN_COUNT + 1, 2**31 - 1])
def test_a_volume_has_no_more_b_scans_than_a_device_takes(claimed):
    dataset = image_of(FORMAT_OF["mono 8"])
    dataset.NumberOfFrames = claimed
    with pytest.raises(UnreadableImage, match="NumberOfFrames"):
        bscans_of([dataset])


def test_a_volume_has_as_many_b_scans_as_it_describes():
    dataset = image_of(FORMAT_OF["mono 8"])
    dataset.NumberOfFrames = 5
    dataset.PerFrameFunctionalGroupsSequence = [Dataset(), Dataset()]
    with pytest.raises(UnreadableImage, match="2 frames are described"):
        bscans_of([dataset])


def test_an_offset_table_must_not_name_the_same_bytes_for_every_frame():
    frame = bytes(10_000)
    value = encapsulate([frame], has_bot=False)
    dataset = Dataset()
    dataset.ExtendedOffsetTable = bytes(8 * 1000)
    dataset.ExtendedOffsetTableLengths = struct.pack("<Q", len(frame)) * 1000
    with pytest.raises(UnreadableImage, match="longer than the pixel data"):
        read_frames(dataset, value, frames=1000)


@pytest.mark.parametrize("syntax", [JPEGBaseline8Bit, JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless])
@pytest.mark.parametrize("tail", [b"", b"\0", b"0123", b"0123456789abcdefghij"])
def test_bytes_behind_the_end_of_a_frame_change_nothing(syntax, tail):
    dataset = image_of(FORMAT_OF["mono 8"], syntax=syntax)
    before, _ = ImageFrames.of(dataset).cells(0)
    (frame,) = ImageFrames.of(dataset).compressed
    dataset.PixelData = encapsulate([frame.rstrip(b"\0") + tail])
    after, _ = ImageFrames.of(dataset).cells(0)
    assert (before == after).all()


def test_a_slide_has_no_more_tiles_than_its_matrix():
    """Frames beyond the first focal plane are not listed, whatever their number."""
    dataset = image_of(FORMAT_OF["mono 8"])
    dataset.NumberOfFrames = 2**20
    dataset.TotalPixelMatrixColumns, dataset.TotalPixelMatrixRows = 2 * dataset.Columns, dataset.Rows
    dataset.DimensionOrganizationType = "TILED_FULL"
    pyramid = read_pyramid([InstanceHeader("a", dataset, JPEGBaseline8Bit)])
    assert len(pyramid.levels[0].tiles) == 2
