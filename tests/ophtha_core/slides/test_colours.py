"""Colours are those that a stream states, converted once; deep grey is shown by what lies in it."""

import base64
from dataclasses import replace

import imagecodecs
import numpy as np
import pytest
from PIL import Image
from pydicom.uid import UID, ExplicitVRLittleEndian, JPEG2000Lossless, JPEGLossless, JPEGLosslessSV1

from ophtha_core.dicom.codestream import read_jpeg_header, without_stated_colours
from ophtha_core.display.frame import show_frame
from ophtha_core.errors import UnreadableImage
from ophtha_core.masking.apply import mask_instance
from ophtha_core.masking.region import Fill, Region2D
from ophtha_core.phantoms.slide import SlidePhantom, file_bytes, slide_files, slide_pixels
from ophtha_core.slides.contrast import contrast_of, needs_contrast, size_of, tiles_for_contrast
from ophtha_core.slides.display import range_of_window
from ophtha_core.slides.frames import decode_for_display
from ophtha_core.slides.pyramid import read_pyramid
from tests.kit.slides import Archive, set_frames

SUBSAMPLED = base64.b64decode(
    "/0//UQAvAAAAAABAAAAAQAAAAAAAAAAAAAAAQAAAAEAAAAAAAAAAAAADBwEBBwICBwIC/1IADAAAAAEABQQEAAH/XAATQEBISFBI"
    "SFBISFBISFBISFD/ZAAlAAFDcmVhdGVkIGJ5IE9wZW5KUEVHIHZlcnNpb24gMi41LjD/kAAKAAAAAACoAAH/k9+AKAeN9yoLw+cE"
    "Br/H1AQCv8PqA4PnBgz6Gws9h8HzggAEP6D5wQAEP8HzhIHyBAAiGHfEA3/dX8D5AQANAaB8gMALPX/A+QNAfCIANqGFORgPPaY0"
    "L8B8IYAiGc+gPhDAA3+/wHwiwDogX6fHM9+drCk/wDoYNqGXoB0MPaYzwDosASCLYgGs7+GNYqfAEYBfp7+gCMCdrCn/2Q=="
)
"""JPEG 2000 without loss by opj_compress 2.5.0: YCbCr, chroma of half the size either way."""


def subsampled_truth() -> np.ndarray:
    rows, columns = np.mgrid[0:64, 0:64]
    planes = ((columns * 3 + rows) % 256, 100 + columns // 2, 160 + rows // 2)
    return np.asarray(
        Image.merge("YCbCr", [Image.fromarray(plane.astype(np.uint8)) for plane in planes]).convert("RGB")
    )


def rgb_jpeg(tile: np.ndarray, *, transform: int | None) -> bytes:
    """Lossless JPEG whose Adobe marker, if any, states a colour transform; the samples stay as they are."""
    encoded = bytes(imagecodecs.jpeg8_encode(tile, lossless=True, colorspace="RGB", outcolorspace="RGB"))
    plain = without_stated_colours(encoded)
    if transform is None:
        return plain
    return plain[:2] + b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00" + bytes([transform]) + plain[2:]


def as_ycbcr(pixels: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(pixels).convert("YCbCr"))


@pytest.mark.parametrize("syntax", [JPEGLossless, JPEGLosslessSV1])
@pytest.mark.parametrize(
    ("transform", "declared", "is_ycbcr"),
    [
        (0, "YBR_FULL", False),
        (0, "RGB", False),
        (1, "RGB", True),
        (None, "RGB", False),
        (None, "YBR_FULL", True),
    ],
)
def test_a_lossless_jpeg_has_the_colours_of_its_marker(
    syntax: UID, transform: int | None, declared: str, is_ycbcr: bool
) -> None:
    phantom = SlidePhantom(width_px=128, height_px=128, tile_px=128, levels=1, syntax=syntax)
    truth = slide_pixels(phantom)
    file = slide_files(replace(phantom, syntax=JPEG2000Lossless))[0]
    file.file_meta.TransferSyntaxUID, file.PhotometricInterpretation = syntax, declared
    set_frames(file, [rgb_jpeg(as_ycbcr(truth) if is_ycbcr else truth, transform=transform)])
    most = 3 if is_ycbcr else 0
    assert np.abs(Archive([file]).whole().astype(int) - truth).max() <= most
    assert np.abs(show_frame(file_bytes(file), 0).astype(int) - truth).max() <= most
    masked = mask_instance(file_bytes(file), [Region2D(origin_px=(20, 20), end_px=(60, 50), paint=Fill(value=0))])
    after = show_frame(masked.dicom, 0).astype(int)
    outside = np.ones((128, 128), bool)
    outside[20:50, 20:60] = False
    assert np.abs(after - truth)[outside].max() <= most
    assert after[~outside].max() <= most


def test_without_its_markers_a_jpeg_still_holds_the_same_samples() -> None:
    pixels = slide_pixels(SlidePhantom(width_px=64, height_px=48, tile_px=64))
    encoded = bytes(imagecodecs.jpeg8_encode(pixels, lossless=True, colorspace="RGB", outcolorspace="RGB"))
    plain = without_stated_colours(encoded)
    header = read_jpeg_header(plain)
    assert (header.adobe_transform, header.has_rgb_ids, header.has_jfif) == (None, False, False)
    np.testing.assert_array_equal(imagecodecs.jpeg8_decode(plain, colorspace="RGB", outcolorspace="RGB"), pixels)


@pytest.mark.parametrize("declared", ["YBR_FULL", "YBR_FULL_422"])
def test_subsampled_jpeg_2000_is_converted_once(declared: str) -> None:
    phantom = SlidePhantom(width_px=64, height_px=64, tile_px=64, levels=1, syntax=JPEG2000Lossless)
    file = slide_files(phantom)[0]
    file.PhotometricInterpretation = declared
    set_frames(file, [SUBSAMPLED])
    truth = subsampled_truth()
    assert np.abs(Archive([file]).whole().astype(int) - truth).max() <= 2
    assert np.abs(show_frame(file_bytes(file), 0).astype(int) - truth).max() <= 2
    masked = mask_instance(file_bytes(file), [Region2D(origin_px=(0, 0), end_px=(64, 32), paint=Fill(value=0))])
    after = show_frame(masked.dicom, 0)
    assert np.abs(after[32:].astype(int) - truth[32:]).max() <= 2
    assert after[:32].max() == 0


@pytest.mark.parametrize("number", [110, 111, 112])
def test_jpeg_xl_tiles_are_shown(number: int) -> None:
    phantom = SlidePhantom(width_px=128, height_px=128, tile_px=128, levels=1, syntax=JPEG2000Lossless)
    file = slide_files(phantom)[0]
    file.PhotometricInterpretation = "RGB"
    header = replace(Archive([file]).headers[0], syntax=UID(f"1.2.840.10008.1.2.4.{number}"))
    image = read_pyramid([header]).base_image
    encoded = bytes(imagecodecs.jpegxl_encode(slide_pixels(phantom), lossless=True))
    np.testing.assert_array_equal(decode_for_display(encoded, image), slide_pixels(phantom))
    with pytest.raises(UnreadableImage):
        decode_for_display(b"\xff\x0a no picture", image)


def deep_slide(values: np.ndarray, **attributes: object) -> Archive:
    """A grey slide of 16 bits in native tiles of 64 pixels."""
    rows, columns = values.shape
    phantom = SlidePhantom(width_px=columns, height_px=rows, tile_px=64, levels=1, syntax=ExplicitVRLittleEndian)
    file = slide_files(phantom)[0]
    padded = np.pad(values, ((0, -rows % 64), (0, -columns % 64)), constant_values=65535)
    tiles = [
        padded[top : top + 64, left : left + 64].astype("<u2").tobytes()
        for top in range(0, padded.shape[0], 64)
        for left in range(0, padded.shape[1], 64)
    ]
    file.PixelData = b"".join(tiles)
    file.SamplesPerPixel, file.PhotometricInterpretation = 1, "MONOCHROME2"
    del file.PlanarConfiguration
    file.BitsAllocated, file.BitsStored, file.HighBit = 16, 16, 15
    for keyword, value in attributes.items():
        setattr(file, keyword, value)
    return Archive([file])


def contrast(archive: Archive) -> tuple[float, float]:
    pyramid = archive.slide.pyramid()
    assert needs_contrast(pyramid)
    tiles = [(tile, archive.read(tile.image.key, tile.frame)) for tile in tiles_for_contrast(pyramid)]
    window = contrast_of(size_of(pyramid.levels[-1]), tiles)
    assert window is not None
    return range_of_window(window)


def test_deep_grey_is_shown_between_the_percentiles_of_what_lies_in_it() -> None:
    values = np.random.default_rng(1).integers(100, 4000, (100, 150))
    assert contrast(deep_slide(values)) == pytest.approx(np.percentile(values, (0.5, 99.5)))


def test_padding_counts_for_nothing() -> None:
    values = np.random.default_rng(1).integers(100, 4000, (128, 128))
    padded = values.copy()
    padded[:, :64] = 0
    assert contrast(deep_slide(padded, PixelPaddingValue=0)) == pytest.approx(
        np.percentile(values[:, 64:], (0.5, 99.5))
    )


def test_a_window_in_the_header_is_kept() -> None:
    archive = deep_slide(np.full((64, 64), 300), WindowCenter=300, WindowWidth=100)
    assert not needs_contrast(archive.slide.pyramid())
