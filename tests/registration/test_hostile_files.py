"""Whatever a file holds, reading it ends in values or in a declared error that names the file."""

import re
from collections.abc import Callable
from datetime import datetime
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import Dataset, dcmread
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
)

from ophtha_core.dicom.derived_header import frame_of_reference_of, new_object
from ophtha_core.dicom.writing import new_file_bytes
from ophtha_core.phantoms.chest_ct import Geometry
from registration.errors import RegistrationError, UndecodableFile
from registration.slices import PixelReader, Side, list_slices, read_pixels
from registration.volume import read_series
from tests.kit import ct_files

TINY = Geometry(columns=16, rows=12, slices=8, pixel_spacing_mm=24.0, slice_spacing_mm=30.0)
SERIES = ct_files.files(ct_files.instances(TINY))
HEADER_STARTS = 132
HEADER_ENDS = 1400
"""Where the header of each seed is over; what follows is pixels."""


def one() -> Dataset:
    return dcmread(BytesIO(SERIES[3]))


def implicit(syntax: str = ImplicitVRLittleEndian) -> bytes:
    dataset, buffer = one(), BytesIO()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.save_as(buffer, enforce_file_format=True, implicit_vr=syntax == ImplicitVRLittleEndian)
    return buffer.getvalue()


SEEDS = {
    "native": SERIES[3],
    "implicit": implicit(),
    "deflated": implicit(DeflatedExplicitVRLittleEndian),
    "JPEG lossless": ct_files.encoded(ct_files.compressed(one(), JPEGLosslessSV1, ct_files.jpeg_lossless)),
    "JPEG-LS": ct_files.encoded(ct_files.compressed(one(), JPEGLSLossless, ct_files.jpeg_ls)),
    "JPEG 2000": ct_files.encoded(ct_files.compressed(one(), JPEG2000Lossless, ct_files.jpeg_2000)),
    "RLE": ct_files.encoded(ct_files.rle(one())),
    "enhanced": ct_files.encoded(ct_files.enhanced(ct_files.instances(TINY))),
}

KEYWORDS = (
    "BitsAllocated", "BitsStored", "Columns", "FrameOfReferenceUID", "HighBit", "ImageOrientationPatient",
    "ImagePositionPatient", "ImageType", "NumberOfFrames", "PatientID", "PatientName", "PatientPosition",
    "PhotometricInterpretation", "PixelPaddingRangeLimit", "PixelPaddingValue", "PixelRepresentation", "PixelSpacing",
    "RescaleIntercept", "RescaleSlope", "Rows", "SOPClassUID", "SOPInstanceUID", "SamplesPerPixel",
    "SeriesInstanceUID", "SpecificCharacterSet", "StudyInstanceUID", "TimezoneOffsetFromUTC",
)  # fmt: skip
VALUES = (
    b"", b" ", b"0", b"-1", b"1\\2", b"nan", b"-inf", b"1e308\\1e308\\1e308", b"1e-308\\1e-308", b"99999999999",
    b"\x00\x00", b"\xff\xff", b"\xff\xff\xff\xff", b"1\\0\\0\\0\\1\\0", b"1.2.840.10008.5.1.4.1.1.2", b"\x1b$B\xff",
    b"ISO 2022 IR 87", b"MONOCHROME1", b"0\\0\\1e6", b"+9999", b"\x01\x00\x01\x00\x01\x00",
)  # fmt: skip


@st.composite
def broken_files(draw: st.DrawFn) -> bytes:
    """One file of a series with some of its bytes changed, in the header or in the pixels, or its end cut off."""
    file = bytearray(draw(st.sampled_from(list(SEEDS.values()))))
    border = min(HEADER_ENDS, len(file) - 1)
    places = st.one_of(st.integers(HEADER_STARTS, border), st.integers(border, len(file) - 1))
    for place, value in draw(st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=4)):
        file[place] = value
    if draw(st.booleans()):
        del file[draw(st.integers(HEADER_STARTS, len(file))) :]
    return bytes(file)


@st.composite
def strange_files(draw: st.DrawFn) -> bytes:
    """One file that parses well, with values nobody expects."""
    dataset = dcmread(BytesIO(draw(st.sampled_from([SEEDS["native"], SEEDS["JPEG-LS"], SEEDS["enhanced"]]))))
    for keyword in draw(st.lists(st.sampled_from(KEYWORDS), min_size=1, max_size=2, unique=True)):
        # To write the file, pydicom looks the characters up, and stumbles over zeros.
        values = [value for value in VALUES if keyword != "SpecificCharacterSet" or b"\0" not in value]
        place_raw(dataset, keyword, draw(st.sampled_from(values)))
    return ct_files.encoded(dataset)


def place_raw(dataset: Dataset, keyword: str, value: bytes) -> None:
    """Put bytes where a value belongs, as a broken writer would; pydicom itself would refuse some."""
    tag = Tag(keyword)
    even = value + b" " * (len(value) % 2)
    vr = dictionary_VR(tag).split(" or ")[0]
    dataset[tag] = RawDataElement(tag, vr, len(even), even, 0, is_implicit_VR=False, is_little_endian=True)


def read_one(file: bytes) -> None:
    """All that a registration does with one file. Raises RegistrationError."""
    reader = PixelReader()
    for part in list_slices([file], side=Side.REFERENCE).slices:
        stored = reader.stored(part)
        assert stored.shape == part.shape
        read_pixels(stored, part, inverted=part.is_monochrome1)
        result = new_object(
            part.header,
            sop_class=part.file.sop_class_uid,
            sop_instance=part.file.sop_instance_uid,
            modality="CT",
            series_instance=part.file.series_instance_uid,
            series_number=1,
            instance_number=1,
            model_name="test",
            created=datetime(2026, 1, 2, 3, 4, 5),
        )
        result.FrameOfReferenceUID = frame_of_reference_of(part.header)
        assert dcmread(BytesIO(new_file_bytes(result))).StudyInstanceUID == part.file.study_instance_uid


def refusal(read: Callable[[], object]) -> str | None:
    """What a declared error says; any other is the test's failure."""
    try:
        read()
    except RegistrationError as error:
        return str(error)
    return None


@pytest.mark.filterwarnings("ignore::UserWarning")  # pydicom's, about values it accepts
@settings(max_examples=200, deadline=None)
@given(st.one_of(broken_files(), strange_files()))
def test_a_broken_file_is_read_or_named(file: bytes) -> None:
    said = refusal(lambda: read_one(file))
    assert said is None or re.match(r"ReferenceList\.1\b", said)


@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(max_examples=80, deadline=None)
@given(st.one_of(broken_files(), strange_files()), st.integers(0, 7))
def test_a_series_with_a_broken_file_is_read_or_refused(file: bytes, place: int) -> None:
    files = [*SERIES[:place], file, *SERIES[place + 1 :]]
    said = refusal(lambda: read_series(files, side=Side.FLOATING))
    assert said is None or "FloatingList" in said


@pytest.mark.parametrize("name", SEEDS)
def test_every_seed_is_read_as_it_is(name: str) -> None:
    read_one(SEEDS[name])


def test_a_deflated_file_that_is_no_deflate_is_named() -> None:
    file = bytearray(SEEDS["deflated"])
    middle = len(file) // 2
    file[middle : middle + 40] = bytes(255 - byte for byte in file[middle : middle + 40])
    with pytest.raises(UndecodableFile, match=r"^FloatingList\.4: the DICOM file cannot be read"):
        read_series([*SERIES[:3], bytes(file), *SERIES[4:]], side=Side.FLOATING)


def test_a_deflated_file_that_grows_without_end_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ophtha_core.dicom.reading.LARGEST_INFLATED_HEADER_BYTES", 2**16)
    dataset, file = one(), BytesIO()
    dataset.private_block(0x0009, "SOMEBODY", create=True).add_new(0x01, "OB", bytes(2**20))
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    dataset.save_as(file, enforce_file_format=True, implicit_vr=False)
    assert len(file.getvalue()) < 2**16
    with pytest.raises(UndecodableFile, match=r"^FloatingList\.1: the deflated data set grows beyond"):
        read_series([file.getvalue()], side=Side.FLOATING)
