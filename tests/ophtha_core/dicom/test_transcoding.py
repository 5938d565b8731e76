"""An image in another transfer syntax: the same pixels, or nearly the same and saying so."""

import math
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import FileDataset
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
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

from ophtha_core.dicom.reading import read_dataset, write_dataset
from ophtha_core.dicom.transcoding import transcode_dataset
from ophtha_core.masking.apply import mask_dataset
from ophtha_core.masking.region import Fill, Region2D
from ophtha_core.phantoms.pixel_formats import FORMAT_OF, image_of, pattern
from ophtha_core.phantoms.ultrasound import ultrasound
from tests.kit.dicom_check import dciodvfy_errors
from tests.kit.masked import file_of, parse, stored_pixels, syntax_of

NATIVE = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, DeflatedExplicitVRLittleEndian)
LOSSLESS = (JPEGLossless, JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless, HTJ2KLossless, RLELossless)
METHODS = {
    JPEGBaseline8Bit: "ISO_10918_1",
    JPEGExtended12Bit: "ISO_10918_1",
    JPEGLSNearLossless: "ISO_14495_1",
    JPEG2000: "ISO_15444_1",
    HTJ2K: "ISO_15444_15",
}
GREY = ["mono 8", "mono 8 signed", "mono 12 in 16", "mono 12 in 16 signed", "mono 16", "mono 16 signed"]
LOSSY_CASES = [
    *((name, syntax) for syntax in (JPEGLSNearLossless, JPEG2000, HTJ2K) for name in [*GREY, "mono 16 frames", "rgb"]),
    *((name, JPEGBaseline8Bit) for name in ("mono 8", "mono 1 inverted", "rgb", "rgb planar frames", "ybr full")),
    *((name, JPEGExtended12Bit) for name in ("mono 8", "mono 12 in 16")),
]


def ident(value: object) -> str | None:
    return value.name if isinstance(value, UID) else None


def image(name: str, syntax: UID = ExplicitVRLittleEndian, *, rows: int = 40, columns: int = 48) -> FileDataset:
    return read_dataset(file_of(image_of(FORMAT_OF[name], rows=rows, columns=columns, syntax=syntax)))


@pytest.mark.parametrize("syntax", [*NATIVE, *LOSSLESS], ids=ident)
@pytest.mark.parametrize("name", [*GREY, "mono 16 frames", "palette", "rgb", "rgb planar frames", "ybr full"])
def test_a_lossless_syntax_keeps_every_value(name: str, syntax: UID) -> None:
    dataset = image(name)
    assert transcode_dataset(dataset, syntax)
    dicom = write_dataset(dataset)
    assert syntax_of(dicom) == syntax
    expected = pattern(FORMAT_OF[name], rows=40, columns=48)
    if name == "ybr full" and syntax in NATIVE:
        assert parse(dicom).PhotometricInterpretation == "RGB"  # Orthanc 1.10 shows no native YBR
        return
    np.testing.assert_array_equal(stored_pixels(dicom), expected)
    assert "LossyImageCompression" not in parse(dicom)


@pytest.mark.parametrize("source", [*LOSSLESS, ImplicitVRLittleEndian, ExplicitVRBigEndian], ids=ident)
@pytest.mark.parametrize("target", [ExplicitVRLittleEndian, JPEG2000Lossless, RLELossless], ids=ident)
def test_any_source_becomes_any_target(source: UID, target: UID) -> None:
    dataset = image("mono 12 in 16 signed", source)
    assert transcode_dataset(dataset, target)
    dicom = write_dataset(dataset)
    np.testing.assert_array_equal(stored_pixels(dicom), pattern(FORMAT_OF["mono 12 in 16 signed"], rows=40, columns=48))
    assert parse(dicom).StudyDescription == "Pixel formats"


@pytest.mark.parametrize(("name", "syntax"), LOSSY_CASES, ids=ident)
def test_a_lossy_syntax_loses_little_and_says_so(name: str, syntax: UID) -> None:
    dataset = image(name)
    expected = stored_pixels(file_of(dataset)).astype(float)
    if name == "ybr full":
        luma, blue, red = (expected[..., sample] for sample in range(3))
        colours = luma + 1.402 * (red - 128), luma - 0.344136 * (blue - 128) - 0.714136 * (red - 128)
        expected = np.clip(np.stack([*colours, luma + 1.772 * (blue - 128)], axis=-1), 0, 255)
    assert transcode_dataset(dataset, syntax)
    dicom = write_dataset(dataset)
    header, found = parse(dicom), stored_pixels(dicom).astype(float)
    assert syntax_of(dicom) == syntax
    # Colour of a pattern this fine suffers from half-width chroma.
    allowed = 0.02 if FORMAT_OF[name].samples == 1 or syntax != JPEGBaseline8Bit else 0.15
    assert math.sqrt(((found - expected) ** 2).mean()) < allowed * (expected.max() - expected.min())
    low, high = (
        (-(2 ** (header.BitsStored - 1)), 2 ** (header.BitsStored - 1))
        if header.PixelRepresentation
        else (0, 2**header.BitsStored)
    )
    assert low <= found.min()
    assert found.max() < high
    assert header.LossyImageCompression == "01"
    assert header.LossyImageCompressionMethod == METHODS[syntax]
    assert float(header.LossyImageCompressionRatio) > 0
    assert header.ImageType[0] == "DERIVED"
    assert "113040" in [item.CodeValue for item in header.DerivationCodeSequence]


def test_the_ratio_is_that_of_the_bytes() -> None:
    dataset = image("mono 8", rows=256, columns=256)
    transcode_dataset(dataset, JPEGBaseline8Bit)
    compressed = len(dataset.PixelData) - 16 - 8  # offset table, item header, delimiter
    assert float(dataset.LossyImageCompressionRatio) == pytest.approx(256 * 256 / compressed, rel=0.01)


@pytest.mark.parametrize("syntax", [JPEGBaseline8Bit, JPEGLSNearLossless, JPEG2000, HTJ2K], ids=ident)
def test_a_higher_quality_is_nearer_and_larger(syntax: UID) -> None:
    expected = pattern(FORMAT_OF["mono 8"], rows=128, columns=128).astype(float)
    sizes, errors = [], []
    for quality in (30, 60, 98):
        dataset = image("mono 8", rows=128, columns=128)
        transcode_dataset(dataset, syntax, quality=quality)
        sizes.append(len(dataset.PixelData))
        errors.append(float(((stored_pixels(write_dataset(dataset)) - expected) ** 2).mean()))
    assert sizes == sorted(sizes)
    assert errors == sorted(errors, reverse=True)
    assert sizes[0] < sizes[2]


def test_earlier_losses_stay_named() -> None:
    dataset = image("mono 8", JPEGBaseline8Bit)
    dataset.LossyImageCompression = "01"
    dataset.LossyImageCompressionRatio = "7.5"
    dataset.LossyImageCompressionMethod = "ISO_10918_1"
    assert transcode_dataset(dataset, JPEGLSNearLossless)
    assert list(dataset.LossyImageCompressionMethod) == ["ISO_10918_1", "ISO_14495_1"]
    assert float(dataset.LossyImageCompressionRatio[0]) == 7.5


@pytest.mark.parametrize(
    ("syntax", "photometric"),
    [
        (JPEGBaseline8Bit, "YBR_FULL_422"),
        (JPEG2000, "YBR_ICT"),
        (JPEG2000Lossless, "YBR_RCT"),
        (HTJ2K, "YBR_ICT"),
        (HTJ2KLossless, "YBR_RCT"),
        (JPEGLSLossless, "RGB"),
        (RLELossless, "RGB"),
    ],
    ids=ident,
)
def test_colours_are_named_as_they_are_coded(syntax: UID, photometric: str) -> None:
    dataset = image("rgb planar")
    assert transcode_dataset(dataset, syntax)
    assert dataset.PhotometricInterpretation == photometric
    assert dataset.PlanarConfiguration == 0


@pytest.mark.parametrize(
    ("name", "syntax"),
    [
        ("mono 16", JPEGBaseline8Bit),
        ("mono 16", JPEGExtended12Bit),
        ("mono 12 in 16 signed", JPEGExtended12Bit),
        ("palette", JPEGBaseline8Bit),
        ("palette", JPEG2000),
        ("float", JPEG2000Lossless),
        ("bits", RLELossless),
        ("mono 32", JPEG2000Lossless),
        ("mono 32", JPEGLSLossless),
        ("mono 8", ExplicitVRBigEndian),
        ("mono 8", UID("1.2.840.10008.1.2.4.100")),
        ("mono 8", UID("1.2.840.10008.1.2.4.55")),
    ],
    ids=ident,
)
def test_what_a_syntax_cannot_hold_stays_as_it_is(name: str, syntax: UID) -> None:
    dataset = image(name)
    before = file_of(dataset)
    assert not transcode_dataset(dataset, syntax)
    assert write_dataset(dataset) == before


def test_bits_beyond_bits_stored_are_not_carried_on() -> None:
    dataset = image("mono 12 in 16")
    values = np.frombuffer(dataset.PixelData, "<u2")
    dataset["PixelData"].value = (values | 0xF000).tobytes()
    dataset = read_dataset(file_of(dataset))
    assert transcode_dataset(dataset, RLELossless)
    np.testing.assert_array_equal(stored_pixels(write_dataset(dataset)).ravel(), values)


def test_an_object_without_pixels_stays_as_it_is() -> None:
    dataset = image("mono 8")
    for keyword in ("PixelData", "Rows"):
        del dataset[keyword]
    assert not transcode_dataset(dataset, JPEGBaseline8Bit)


@pytest.mark.parametrize("syntax", [JPEGBaseline8Bit, JPEGLSNearLossless, JPEG2000, JPEG2000Lossless], ids=ident)
def test_a_masked_and_transcoded_image_conforms(tmp_path: Path, syntax: UID) -> None:
    dataset = read_dataset(file_of(ultrasound()))
    before = set(dciodvfy_errors(dataset, tmp_path))
    mask_dataset(dataset, [Region2D(origin_px=(0, 0), end_px=(300, 40), paint=Fill(value=0))])
    assert transcode_dataset(dataset, syntax)
    assert set(dciodvfy_errors(dataset, tmp_path)) <= before
