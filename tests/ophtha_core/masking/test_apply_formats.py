"""Every pixel layout in every transfer syntax: exact inside the region, untouched outside, stored as it came."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from ophtha_core.errors import UnreadableImage
from ophtha_core.masking.apply import mask_instance
from ophtha_core.masking.region import Fill, MeanFilter, Region2D
from ophtha_core.phantoms.pixel_formats import FORMAT_OF, FORMATS, image_of, pattern
from tests.kit.masked import brute_mean, file_of, parse, stored_pixels, syntax_of

ROWS, COLUMNS = 26, 30
LEFT, TOP, RIGHT, BOTTOM = 5, 3, 16, 12
INSIDE = (slice(None), slice(TOP, BOTTOM), slice(LEFT, RIGHT))

NATIVE = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian)
NATIVE_FORMATS = [f.name for f in FORMATS if f.photometric not in ("YBR_RCT", "YBR_ICT")]
GREY = ["mono 8", "mono 12 in 16", "mono 12 in 16 signed", "mono 16", "mono 16 signed", "mono 16 frames", "palette"]
LOSSLESS_FORMATS = {
    RLELossless: [*GREY, "mono 8 signed", "rgb", "rgb planar", "rgb 16", "ybr full"],
    JPEGLossless: [*GREY, "mono 8 signed", "rgb", "ybr full"],
    JPEGLosslessSV1: [*GREY, "rgb"],
    JPEGLSLossless: [*GREY, "mono 8 signed", "rgb", "ybr full"],
    JPEG2000Lossless: [*GREY, "rgb", "ybr rct", "ybr full"],
    HTJ2KLossless: [*GREY, "mono 8 signed", "rgb", "rgb 16", "ybr rct", "ybr full"],
    HTJ2KLosslessRPCL: [*GREY, "rgb", "ybr rct"],
}
LOSSY_FORMATS = {
    JPEGBaseline8Bit: {"mono 8": "MONOCHROME2", "rgb": "RGB", "ybr full": "RGB", "ybr 422": "RGB"},
    JPEGExtended12Bit: {"mono 12 in 16": "MONOCHROME2", "mono 8": "MONOCHROME2"},
    JPEGLSNearLossless: {"mono 8": "MONOCHROME2", "mono 16": "MONOCHROME2", "rgb": "RGB", "ybr full": "RGB"},
    JPEG2000: {"mono 8": "MONOCHROME2", "mono 12 in 16 signed": "MONOCHROME2", "ybr ict": "RGB", "rgb": "RGB"},
    HTJ2K: {"mono 8": "MONOCHROME2", "mono 16 signed": "MONOCHROME2", "ybr ict": "RGB"},
}
NATIVE_CASES = [(name, syntax) for syntax in NATIVE for name in NATIVE_FORMATS]
LOSSLESS_CASES = [(name, syntax) for syntax, names in LOSSLESS_FORMATS.items() for name in names]
LOSSY_CASES = [(name, s, photometric) for s, names in LOSSY_FORMATS.items() for name, photometric in names.items()]


def ident(value: object) -> str | None:
    return value.name if isinstance(value, UID) else None


def region(paint: Fill | MeanFilter) -> Region2D:
    return Region2D(origin_px=(LEFT, TOP), end_px=(RIGHT, BOTTOM), paint=paint)


def source(name: str, syntax: UID) -> bytes:
    return file_of(image_of(FORMAT_OF[name], rows=ROWS, columns=COLUMNS, syntax=syntax))


def assert_only_inside_changed(before: np.ndarray, after: np.ndarray) -> None:
    outside = np.ones(before.shape, bool)
    outside[INSIDE] = False
    np.testing.assert_array_equal(after[outside], before[outside])


def assert_mean_inside(before: np.ndarray, after: np.ndarray, width_px: int) -> None:
    for frame in range(len(before)):
        for sample in range(before.shape[3]):
            expected = brute_mean(before[INSIDE][frame, :, :, sample], width_px)
            found = after[INSIDE][frame, :, :, sample]
            if before.dtype.kind == "f":
                np.testing.assert_allclose(found, expected, rtol=1e-5)
            else:
                np.testing.assert_array_equal(found, expected)


def expected_black(photometric: str) -> list[int]:
    return [0, 128, 128] if photometric.startswith("YBR_FULL") else [0]


def before_of(name: str, dicom: bytes) -> np.ndarray:
    """The exact source samples; half-width chroma spread over its pairs."""
    pixels = pattern(FORMAT_OF[name], rows=ROWS, columns=COLUMNS)
    if FORMAT_OF[name].photometric == "YBR_FULL_422":
        pixels[:, :, 1::2, 1:] = pixels[:, :, ::2, 1:]
    np.testing.assert_array_equal(stored_pixels(dicom), pixels)
    return pixels


@pytest.mark.parametrize(("name", "syntax"), NATIVE_CASES + LOSSLESS_CASES, ids=ident)
def test_a_fill_is_exact_and_the_syntax_is_kept(name, syntax):
    dicom = source(name, syntax)
    before = before_of(name, dicom)
    masked = mask_instance(dicom, [region(Fill(value=0))])
    after = stored_pixels(masked.dicom)
    assert syntax_of(masked.dicom) == syntax
    assert tuple(masked.frames) == tuple(range(FORMAT_OF[name].frames))
    assert (after[INSIDE] == expected_black(FORMAT_OF[name].photometric)).all()
    assert_only_inside_changed(before, after)


@pytest.mark.parametrize(("name", "syntax"), NATIVE_CASES + LOSSLESS_CASES, ids=ident)
def test_a_mean_filter_is_exact_and_the_syntax_is_kept(name, syntax):
    dicom = source(name, syntax)
    before = before_of(name, dicom)
    masked = mask_instance(dicom, [region(MeanFilter(width_px=4))])
    after = stored_pixels(masked.dicom)
    assert syntax_of(masked.dicom) == syntax
    assert_only_inside_changed(before, after)
    assert_mean_inside(before, after, 4)


@pytest.mark.parametrize(("name", "syntax", "photometric"), LOSSY_CASES, ids=ident)
@pytest.mark.parametrize("paint", [Fill(value=0), MeanFilter(width_px=5)], ids=["fill", "mean"])
def test_lossy_input_becomes_native_and_keeps_its_decoded_pixels(name, syntax, photometric, paint):
    dataset = image_of(FORMAT_OF[name], rows=ROWS, columns=COLUMNS, syntax=syntax)
    dataset.LossyImageCompression = "01"
    dataset.LossyImageCompressionRatio = "7.5"
    dataset.LossyImageCompressionMethod = "ISO_10918_1"
    dicom = file_of(dataset)
    before = stored_pixels(dicom)
    masked = mask_instance(dicom, [region(paint)])
    header, after = parse(masked.dicom), stored_pixels(masked.dicom)
    assert syntax_of(masked.dicom) == ExplicitVRLittleEndian
    assert header.PhotometricInterpretation == photometric
    assert header.LossyImageCompression == "01"
    assert header.LossyImageCompressionRatio == 7.5
    assert header.LossyImageCompressionMethod == "ISO_10918_1"
    assert_only_inside_changed(before, after)
    if isinstance(paint, Fill):
        assert (after[INSIDE] == expected_black(photometric)).all()
    else:
        assert_mean_inside(before, after, paint.width_px)


@pytest.mark.parametrize("name", ["mono 12 in 16 signed", "mono 16 signed"])
@pytest.mark.parametrize("syntax", [*NATIVE, *LOSSLESS_FORMATS], ids=ident)
def test_a_negative_fill_value_keeps_its_sign_in_every_syntax(name, syntax):
    lowest = -(2 ** (FORMAT_OF[name].bits_stored - 1))
    after = stored_pixels(mask_instance(source(name, syntax), [region(Fill(value=lowest))]).dicom)
    assert (after[INSIDE] == lowest).all()


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless, JPEG2000Lossless, JPEGBaseline8Bit], ids=ident)
def test_the_same_input_gives_the_same_bytes(syntax):
    dicom = source("mono 8", syntax)
    regions = [region(MeanFilter(width_px=3)), region(Fill(value=7))]
    assert mask_instance(dicom, regions).dicom == mask_instance(dicom, regions).dicom


@pytest.mark.parametrize("name", ["ybr 422"])
def test_half_width_chroma_stays_when_the_mask_covers_whole_pairs(name):
    dicom = source(name, ExplicitVRLittleEndian)
    even = Region2D(origin_px=(4, 3), end_px=(16, 12), paint=Fill(value=0))
    masked = mask_instance(dicom, [even])
    assert parse(masked.dicom).PhotometricInterpretation == "YBR_FULL_422"
    assert (stored_pixels(masked.dicom)[:, 3:12, 4:16] == [0, 128, 128]).all()


def test_half_width_chroma_becomes_full_width_when_the_mask_cuts_a_pair():
    masked = mask_instance(source("ybr 422", ExplicitVRLittleEndian), [region(Fill(value=0))])
    assert parse(masked.dicom).PhotometricInterpretation == "YBR_FULL"


@pytest.mark.parametrize("name", ["rgb", "rgb planar"])
def test_a_colour_is_filled_channel_by_channel(name):
    masked = mask_instance(source(name, ExplicitVRLittleEndian), [region(Fill(value=(10, 20, 30)))])
    assert (stored_pixels(masked.dicom)[INSIDE] == [10, 20, 30]).all()


@pytest.mark.parametrize(
    ("rgb", "ybr"), [((255, 255, 255), (255, 128, 128)), ((255, 0, 0), (76, 85, 255)), ((0, 0, 255), (29, 255, 107))]
)
def test_a_colour_is_converted_for_ybr_pixels(rgb, ybr):
    masked = mask_instance(source("ybr full", ExplicitVRLittleEndian), [region(Fill(value=rgb))])
    assert (stored_pixels(masked.dicom)[INSIDE] == ybr).all()


@pytest.mark.parametrize("padding", [b"", b"\0", b"\x3f", b"\xff", b"\0\0\0\0"])
@pytest.mark.parametrize("syntax", [JPEGLSLossless, JPEGLosslessSV1, JPEG2000Lossless], ids=ident)
def test_any_padding_behind_a_frame_is_passed_over(syntax, padding):
    dataset = image_of(FORMAT_OF["mono 16"], rows=ROWS, columns=COLUMNS, syntax=syntax)
    [frame] = generate_frames(dataset.PixelData, number_of_frames=1)
    dataset.PixelData = encapsulate([frame.rstrip(b"\0") + padding])
    dataset["PixelData"].is_undefined_length = True
    masked = mask_instance(file_of(dataset), [region(Fill(value=0))])
    assert_only_inside_changed(pattern(FORMAT_OF["mono 16"], rows=ROWS, columns=COLUMNS), stored_pixels(masked.dicom))


@pytest.mark.parametrize("number", ["53", "55"])
def test_progressive_jpeg_of_old_archives_is_read(number):
    dataset = image_of(FORMAT_OF["mono 8"], rows=ROWS, columns=COLUMNS, syntax=JPEGBaseline8Bit)
    before = stored_pixels(file_of(dataset))
    buffer = BytesIO()
    Image.fromarray(before[0, :, :, 0]).save(buffer, "jpeg", progressive=True, quality=95)
    dataset.PixelData = encapsulate([buffer.getvalue()])
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = UID(f"1.2.840.10008.1.2.4.{number}")
    before = np.asarray(Image.open(buffer))[None, :, :, None]
    masked = mask_instance(file_of(dataset), [region(Fill(value=0))])
    assert syntax_of(masked.dicom) == ExplicitVRLittleEndian
    assert_only_inside_changed(before, stored_pixels(masked.dicom))


def test_more_bits_than_the_codec_keeps_exact_are_refused():
    with pytest.raises(UnreadableImage, match="cannot be decoded"):
        mask_instance(source("mono 32", JPEG2000Lossless), [region(Fill(value=0))])


def test_float_pixels_take_any_number():
    masked = mask_instance(source("float", ExplicitVRLittleEndian), [region(Fill(value=-1.25))])
    assert (stored_pixels(masked.dicom)[INSIDE] == -1.25).all()
