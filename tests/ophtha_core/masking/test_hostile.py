"""Objects that lie about themselves end in a clear error, quickly and in little memory."""

import tracemalloc
import zlib
from contextlib import suppress
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset, FileDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset as write_elements
from pydicom.sequence import Sequence
from pydicom.uid import (
    HEVCMP51,
    HTJ2K,
    JPEG2000,
    MPEG2MPML,
    MPEG4HP41,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from ophtha_core.errors import OphthaError, UnreadableImage
from ophtha_core.masking.apply import mask_instance
from ophtha_core.masking.region import Fill, MeanFilter, Region2D, Region3D
from ophtha_core.phantoms.head_ct import HeadCt, head_ct
from ophtha_core.phantoms.pixel_formats import FORMAT_OF, image_of
from tests.kit.masked import file_of

CORNER = Region2D(origin_px=(0, 0), end_px=(4, 4), paint=Fill(value=0))
EVERYWHERE = Region3D(origin_mm=(-999, -999, -999), end_mm=(999, 999, 999), paint=Fill(value=0))
COMPRESSED = (RLELossless, JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless, HTJ2KLossless, JPEGBaseline8Bit, JPEG2000)
MEGABYTE = 2**20


def image(syntax: UID = ExplicitVRLittleEndian, **attributes: object) -> FileDataset:
    dataset = image_of(FORMAT_OF["mono 8"], syntax=syntax)
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


def ct(**attributes: object) -> FileDataset:
    dataset = next(head_ct(HeadCt(pixels=16, slices=1)))
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


def refusal(dataset: FileDataset, region: Region2D | Region3D = CORNER) -> str:
    """The error's message; fails when masking takes more than a few megabytes."""
    dicom = file_of(dataset)
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableImage) as error:
            mask_instance(dicom, [region])
        assert tracemalloc.get_traced_memory()[1] < 20 * MEGABYTE
    finally:
        tracemalloc.stop()
    return str(error.value)


@pytest.mark.parametrize("keyword", ["Rows", "Columns", "BitsAllocated", "BitsStored", "PixelRepresentation"])
def test_a_missing_attribute_is_named(keyword):
    dataset = image()
    delattr(dataset, keyword)
    assert keyword in refusal(dataset)


@pytest.mark.parametrize(
    "attributes",
    [
        {"Rows": 25},
        {"Columns": 4000},
        {"Rows": 46341, "Columns": 46341},
        {"Rows": 65535, "Columns": 65535},
        {"NumberOfFrames": 2},
        {"NumberOfFrames": 1_000_000},
        {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 0},
        {"BitsAllocated": 32},
    ],
)
def test_more_declared_pixels_than_stored_are_refused(attributes):
    assert "needs" in refusal(image(**attributes))


@pytest.mark.parametrize("attributes", [{"Rows": 20}, {"Columns": 12}])
def test_pixels_beyond_the_declared_size_are_refused_as_they_would_stay_unmasked(attributes):
    assert "only" in refusal(image(**attributes))


@pytest.mark.parametrize("syntax", COMPRESSED, ids=lambda s: s.name)
@pytest.mark.parametrize("attributes", [{"Rows": 46341, "Columns": 46341}, {"Rows": 23}, {"Columns": 31}])
def test_a_compressed_frame_of_another_size_is_refused(syntax, attributes):
    assert refusal(image(syntax, **attributes))


@pytest.mark.parametrize("syntax", COMPRESSED, ids=lambda s: s.name)
def test_another_number_of_compressed_frames_is_refused(syntax):
    assert "frames" in refusal(image(syntax, NumberOfFrames=3))
    dataset = image(syntax)
    frame = next(generate_frames(dataset.PixelData, number_of_frames=1))
    dataset.PixelData = encapsulate([frame, frame])
    assert "frames" in refusal(dataset)


@pytest.mark.parametrize("syntax", [*COMPRESSED, HTJ2K], ids=lambda s: s.name)
@pytest.mark.parametrize("kept", [1, 2, 12, 40, 90])
def test_a_truncated_frame_is_refused(syntax, kept):
    dataset = image(syntax)
    frame = next(generate_frames(dataset.PixelData, number_of_frames=1))
    dataset.PixelData = encapsulate([frame[:kept]])
    assert refusal(dataset)


@pytest.mark.parametrize("syntax", [*COMPRESSED, HTJ2K], ids=lambda s: s.name)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_damaged_frame_gives_a_result_or_a_library_error(syntax, data):
    dataset = image(syntax)
    frame = bytearray(next(generate_frames(dataset.PixelData, number_of_frames=1)))
    for _ in range(data.draw(st.integers(1, 4))):
        frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    dataset.PixelData = encapsulate([bytes(frame)])
    with suppress(OphthaError):
        mask_instance(file_of(dataset), [CORNER])


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_damaged_file_gives_a_result_or_a_library_error(data):
    dicom = bytearray(file_of(ct()))
    for _ in range(data.draw(st.integers(1, 6))):
        dicom[data.draw(st.integers(132, len(dicom) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.one_of(st.just(len(dicom)), st.integers(0, len(dicom))))
    with suppress(OphthaError):
        mask_instance(bytes(dicom[:cut]), [CORNER, EVERYWHERE])


@pytest.mark.parametrize("dicom", [b"", b"DICM", b"\0" * 128 + b"DICM", b"<html>" * 100])
def test_what_is_no_dicom_file_is_refused(dicom):
    with pytest.raises(UnreadableImage):
        mask_instance(dicom, [CORNER])


@pytest.mark.parametrize("syntax", [MPEG2MPML, MPEG4HP41, HEVCMP51, UID("1.2.840.10008.1.2.4.102.1")])
def test_video_is_refused_by_name(syntax):
    dataset = image(JPEGBaseline8Bit)
    dataset.file_meta.TransferSyntaxUID = syntax
    assert "video" in refusal(dataset)


def test_an_unknown_transfer_syntax_is_named():
    dataset = image(JPEGBaseline8Bit)
    known, unknown = JPEGBaseline8Bit.encode(), b"1.2.840.10008.1.2.4.59"
    dicom = file_of(dataset).replace(known, unknown)
    with pytest.raises(UnreadableImage, match=unknown.decode()):
        mask_instance(dicom, [CORNER])


def test_an_image_whose_pixels_are_elsewhere_is_refused():
    dataset = image()
    del dataset.PixelData
    assert "no pixel data" in refusal(dataset)


@pytest.mark.parametrize(
    "attributes",
    [
        {"PixelSpacing": [0, 1]},
        {"PixelSpacing": [1, -1]},
        {"PixelSpacing": None},
        {"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]},
        {"ImageOrientationPatient": [2, 0, 0, 0, 1, 0]},
        {"ImageOrientationPatient": [0, 0, 0, 0, 0, 0]},
        {"ImageOrientationPatient": [1, 0, 0]},
        {"ImagePositionPatient": None},
    ],
)
def test_impossible_geometry_is_named_when_a_3d_region_meets_it(attributes):
    (keyword,) = attributes
    assert keyword in refusal(ct(**attributes), EVERYWHERE)


@pytest.mark.parametrize("keyword", ["PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient"])
@pytest.mark.parametrize("text", [b"NAN\\1\\0\\0\\1\\0", b"INF\\1\\0\\0\\1\\0", b"abc\\1"])
def test_numbers_that_are_none_are_refused(keyword, text):
    dataset = ct(**{keyword: [1.0, 1.0]})
    count = 6 if keyword.endswith("OrientationPatient") else 2 if keyword == "PixelSpacing" else 3
    value = b"\\".join(text.split(b"\\")[:count])
    dicom = file_of(dataset).replace(b"1.0\\1.0 ", value.ljust(8)[:8]) if len(value) <= 8 else file_of(dataset)
    with pytest.raises(UnreadableImage):
        mask_instance(dicom, [EVERYWHERE])


def test_a_2d_region_does_not_ask_for_geometry():
    dataset = ct(PixelSpacing=None, ImagePositionPatient=None)
    assert mask_instance(file_of(dataset), [CORNER]).is_masked


def test_an_overlay_shorter_than_it_says_is_refused():
    dataset = image()
    for element, vr, value in (
        (0x60000010, "US", 5000),
        (0x60000011, "US", 5000),
        (0x60000050, "SS", [1, 1]),
        (0x60003000, "OW", b"\xff" * 90),
    ):
        dataset.add_new(element, vr, value)
    assert "overlay 6000" in refusal(dataset)


def test_a_data_set_that_inflates_without_end_is_refused(monkeypatch):
    monkeypatch.setattr("ophtha_core.dicom.reading.LARGEST_INFLATED_BYTES", 4 * MEGABYTE)
    dataset = image_of(FORMAT_OF["mono 8"], rows=8, columns=8, syntax=DeflatedExplicitVRLittleEndian)
    dicom = file_of(dataset)
    meta_end = 144 + int.from_bytes(dicom[140:144], "little")
    deflater = zlib.compressobj(wbits=-15)
    bomb = deflater.compress(bytes(64 * MEGABYTE)) + deflater.flush()
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableImage, match="grows beyond"):
            mask_instance(dicom[:meta_end] + bomb, [CORNER])
        assert tracemalloc.get_traced_memory()[1] < 20 * MEGABYTE
    finally:
        tracemalloc.stop()


def test_a_file_that_is_encoded_otherwise_than_it_says_is_still_written():
    """Implicit VR inside a file that announces Explicit VR: pydicom reads it, so must the result be readable."""
    dicom = file_of(image())
    implicit = Dataset()
    implicit.update({e.tag: e for e in image()})
    body = DicomBytesIO()
    body.is_little_endian, body.is_implicit_VR = True, True
    write_elements(body, implicit)
    meta_end = 144 + int.from_bytes(dicom[140:144], "little")
    result = mask_instance(dicom[:meta_end] + body.getvalue(), [CORNER])
    assert result.is_masked
    assert BytesIO(result.dicom).read(132).endswith(b"DICM")


def test_memory_does_not_grow_with_the_filter_width():
    dicom = file_of(image())
    tracemalloc.start()
    try:
        mask_instance(dicom, [Region2D(origin_px=(0, 0), end_px=(9, 9), paint=MeanFilter(width_px=10**9))])
        assert tracemalloc.get_traced_memory()[1] < 20 * MEGABYTE
    finally:
        tracemalloc.stop()


def test_a_region_far_beyond_any_image_is_clipped():
    far = Region2D(origin_px=(-(10**30), -(10**30)), end_px=(10**30, 10**30), paint=Fill(value=3))
    result = mask_instance(file_of(image()), [far])
    assert result.is_masked


def test_more_than_one_detector_has_no_single_place():
    dataset = ct(DetectorInformationSequence=Sequence([Dataset(), Dataset()]))
    assert "DetectorInformationSequence" in refusal(dataset, EVERYWHERE)


def test_the_message_holds_no_patient_data():
    dataset = ct(PatientName="SECRET^NAME", PixelSpacing=[0, 0])
    assert "SECRET" not in refusal(dataset, EVERYWHERE)
    assert np.isfinite(len(refusal(dataset, EVERYWHERE)))
