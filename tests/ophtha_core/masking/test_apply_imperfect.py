"""Files as archives hold them, a little off the standard: masked where the picture is certain, else refused by name."""

import struct
from contextlib import suppress
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileDataset
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import (
    JPEG2000,
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from ophtha_core.dicom.frame_pixels import ImageFrames
from ophtha_core.dicom.layout import read_layout
from ophtha_core.dicom.reading import read_dataset
from ophtha_core.display.frame import read_cells
from ophtha_core.errors import UnreadableImage
from ophtha_core.masking.apply import mask_instance
from ophtha_core.masking.region import Fill, Region2D, Region3D
from ophtha_core.phantoms.head_ct import HeadCt, head_ct
from ophtha_core.phantoms.pixel_formats import FORMAT_OF, image_of, pattern
from tests.kit.masked import file_of, parse, stored_pixels

ROWS, COLUMNS = 24, 30
BANNER = Region2D(origin_px=(0, 0), end_px=(COLUMNS, 6), paint=Fill(value=0))
COMPRESSED = (
    RLELossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    JPEG2000Lossless,
    JPEG2000,
    HTJ2KLossless,
)
TAILS = (b"\0" * 6, b"\xff" * 8, bytes(range(0x30, 0x44)), b"\0\xff" * 4)


def masked(dataset: FileDataset) -> FileDataset:
    return parse(mask_instance(file_of(dataset), [BANNER]).dicom)


def assert_masked(before: np.ndarray, after: np.ndarray, *, black: tuple[int, ...] = (0,)) -> None:
    assert (after[:, :6] == black).all()
    np.testing.assert_array_equal(after[:, 6:], before[:, 6:])


def without_preamble(dataset: FileDataset, *, implicit: bool) -> bytes:
    buffer = BytesIO()
    dcmwrite(buffer, Dataset(dataset), implicit_vr=implicit, little_endian=True)
    return buffer.getvalue()


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian], ids=lambda s: s.name)
def test_a_file_without_preamble_is_masked_and_gets_one(syntax):
    dataset = image_of(FORMAT_OF["mono 12 in 16"], syntax=syntax)
    bare = without_preamble(dataset, implicit=syntax.is_implicit_VR)
    assert bare[128:132] != b"DICM"
    result = mask_instance(bare, [BANNER])
    assert result.dicom[128:132] == b"DICM"
    assert_masked(stored_pixels(file_of(dataset)), stored_pixels(result.dicom))


@pytest.mark.parametrize("tail", TAILS, ids=lambda tail: tail[:4].hex())
@pytest.mark.parametrize("syntax", COMPRESSED, ids=lambda s: s.name)
def test_bytes_behind_the_end_of_a_compressed_frame_change_nothing(syntax: UID, tail: bytes):
    plain, trailed = image_of(FORMAT_OF["mono 8"], syntax=syntax), image_of(FORMAT_OF["mono 8"], syntax=syntax)
    (frame,) = generate_frames(plain.PixelData, number_of_frames=1)
    trailed.PixelData = encapsulate([frame + tail])
    (kept,), (expected,) = (stored_pixels(file_of(masked(each))) for each in (trailed, plain))
    np.testing.assert_array_equal(kept, expected)
    shown = read_dataset(file_of(trailed))
    np.testing.assert_array_equal(read_cells(shown, read_layout(shown), 0)[0], ImageFrames.of(shown).cells(0)[0])


@pytest.mark.parametrize("tail", [b"x", b"xy", b"\xff" * 11, b"tail of a device"], ids=len)
@pytest.mark.parametrize("name", ["mono 8", "mono 12 in 16", "mono 16 frames", "rgb planar"])
def test_bytes_behind_native_pixels_are_left_out(name: str, tail: bytes):
    plain, trailed = image_of(FORMAT_OF[name]), image_of(FORMAT_OF[name])
    trailed.PixelData += tail + b"x" * (len(tail) % 2)
    assert masked(trailed).PixelData == masked(plain).PixelData
    frames = ImageFrames.of(read_dataset(file_of(trailed)))
    for frame in range(frames.layout.frames):
        shown = read_dataset(file_of(trailed))
        np.testing.assert_array_equal(read_cells(shown, read_layout(shown), frame)[0], frames.cells(frame)[0])


@settings(max_examples=60, deadline=None)
@given(rows=st.integers(1, 4), columns=st.integers(1, 4), name=st.sampled_from(["mono 8", "mono 16", "rgb"]))
def test_a_tail_that_may_be_more_of_the_picture_is_refused(rows: int, columns: int, name: str):
    pixel_format = FORMAT_OF[name]
    pixel_bytes = pixel_format.samples * pixel_format.bits_allocated // 8
    for tail_bytes in (rows * COLUMNS * pixel_bytes, columns * ROWS * pixel_bytes, ROWS * COLUMNS * pixel_bytes):
        dataset = image_of(pixel_format)
        dataset.PixelData += b"\x01" * tail_bytes
        with pytest.raises(UnreadableImage, match="its declared size only"):
            mask_instance(file_of(dataset), [BANNER])


@pytest.mark.parametrize("frames", [1, 2])
@pytest.mark.parametrize("columns", [COLUMNS, COLUMNS - 1])
def test_whole_chroma_under_a_label_of_half_is_masked_as_what_it_is(frames: int, columns: int):
    dataset = image_of(FORMAT_OF["ybr full"], columns=columns)
    before = np.repeat(pattern(FORMAT_OF["ybr full"], rows=ROWS, columns=columns), frames, axis=0)
    dataset.PhotometricInterpretation, dataset.NumberOfFrames = "YBR_FULL_422", frames
    pixels = before.tobytes()
    dataset.PixelData = pixels + b"\0" * (len(pixels) % 2)
    result = masked(dataset)
    assert result.PhotometricInterpretation == "YBR_FULL"
    after = np.frombuffer(result.PixelData, np.uint8, before.size).reshape(before.shape)
    assert_masked(before, after, black=(0, 128, 128))
    np.testing.assert_array_equal(ImageFrames.of(read_dataset(file_of(dataset))).cells(0)[0], before[0])


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless, JPEGLSLossless], ids=lambda s: s.name)
def test_no_frames_counted_are_one(syntax: UID):
    plain, uncounted = (image_of(FORMAT_OF["mono 12 in 16"], syntax=syntax) for _ in range(2))
    uncounted.NumberOfFrames = 0
    assert masked(uncounted).PixelData == masked(plain).PixelData


def test_no_frames_counted_of_two_are_refused():
    dataset = image_of(FORMAT_OF["mono 16 frames"])
    dataset.NumberOfFrames = 0
    with pytest.raises(UnreadableImage, match="its declared size only"):
        mask_instance(file_of(dataset), [BANNER])


@pytest.mark.parametrize("syntax", [each for each in COMPRESSED if each != RLELossless], ids=lambda s: s.name)
@pytest.mark.parametrize("frames", [None, 0, 1])
def test_two_pictures_where_one_frame_is_counted_are_refused(frames: int | None, syntax: UID):
    dataset = image_of(FORMAT_OF["mono 8"], syntax=syntax)
    (frame,) = generate_frames(dataset.PixelData, number_of_frames=1)
    dataset.PixelData = encapsulate([frame, frame], has_bot=False)
    if frames is not None:
        dataset.NumberOfFrames = frames
    with pytest.raises(UnreadableImage, match="two pictures"):
        mask_instance(file_of(dataset), [BANNER])


def overlay(dataset: FileDataset, *, stored_bytes: int, planes: int = 1) -> FileDataset:
    for element, vr, value in (
        (0x0010, "US", 64),
        (0x0011, "US", 64),
        (0x0015, "IS", planes),
        (0x0040, "CS", "G"),
        (0x0050, "SS", [1, 1]),
        (0x0100, "US", 1),
        (0x0102, "US", 0),
        (0x3000, "OW", b"\xff" * stored_bytes),
    ):
        dataset.add_new(0x60000000 | element, vr, value)
    return dataset


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian], ids=lambda s: s.name)
@pytest.mark.parametrize("missing", [2, 4, 30, 32])
def test_an_overlay_whose_end_is_missing_is_cleared_where_it_is(missing: int, syntax: UID):
    dataset = overlay(image_of(FORMAT_OF["mono 8"], rows=64, columns=64, syntax=syntax), stored_bytes=512 - missing)
    region = Region2D(origin_px=(0, 0), end_px=(64, 16), paint=Fill(value=0))
    result = parse(mask_instance(file_of(dataset), [region]).dicom)
    stored = np.frombuffer(result[0x6000, 0x3000].value, np.uint8)
    assert (stored == [0] * 128 + [255] * (384 - missing) + [0] * missing).all()


@pytest.mark.parametrize("stored_bytes", [0, 64, 478])
def test_an_overlay_that_is_of_another_size_than_it_says_is_refused(stored_bytes: int):
    dataset = overlay(image_of(FORMAT_OF["mono 8"], rows=64, columns=64), stored_bytes=stored_bytes)
    with pytest.raises(UnreadableImage, match="overlay 6000 has"):
        mask_instance(file_of(dataset), [BANNER])


@pytest.mark.parametrize("pixels", [None, b""])
def test_a_header_without_pixels_is_refused_by_name(pixels: bytes | None):
    dataset = image_of(FORMAT_OF["mono 8"])
    dataset.PixelData = pixels
    if pixels is None:
        del dataset.PixelData
    with pytest.raises(UnreadableImage, match="pixel data"):
        mask_instance(file_of(dataset), [BANNER])


@pytest.mark.parametrize("length", [0.99, 1.01])
def test_directions_a_little_off_unit_length_count_as_directions(length: float):
    exact, off = (next(head_ct(HeadCt(pixels=16, slices=1))) for _ in range(2))
    off.ImageOrientationPatient = [length * float(each) for each in off.ImageOrientationPatient]
    x, y, z = (float(each) for each in exact.ImagePositionPatient)
    step = float(exact.PixelSpacing[0])
    box = Region3D(
        origin_mm=(x + 2.2 * step, y + 3.2 * step, z), end_mm=(x + 13.8 * step, y + 9 * step, z), paint=Fill(value=0)
    )
    assert mask_instance(file_of(off), [box]).frames
    found, wanted = (parse(mask_instance(file_of(each), [box]).dicom).PixelData for each in (off, exact))
    assert found == wanted


@pytest.mark.parametrize(
    "tail",
    [
        struct.pack("<HH2sHI", 0x7FE1, 0x1001, b"SQ", 0, 0xFFFFFFFF) + struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF),
        struct.pack("<HH2sHI", 0x7FE1, 0x1001, b"SQ", 0, 0xFFFFFFFF) + struct.pack("<HHI", 0xFFFE, 0xE000, 400),
        struct.pack("<HH2sHI", 0x7FE1, 0x1001, b"SQ", 0, 4000) + struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF),
        struct.pack("<HH2sHI", 0x7FE1, 0x1001, b"UN", 0, 0xFFFFFFFF),
        struct.pack("<HH2sHI", 0x7FE1, 0x1001, b"OB", 0, 0xFFFFFFFF) + struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFF0),
    ],
    ids=["open item", "item beyond the end", "sequence beyond the end", "open unknown", "fragment beyond the end"],
)
def test_what_ends_before_it_is_complete_is_masked_or_refused_but_never_an_accident(tail: bytes):
    dicom = file_of(image_of(FORMAT_OF["mono 8"])) + struct.pack("<HH2sH", 0x7FE1, 0x10, b"LO", 4) + b"ACME" + tail
    with suppress(UnreadableImage):
        assert mask_instance(dicom, [BANNER]).is_masked
