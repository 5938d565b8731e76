from io import BytesIO

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import HTJ2KLossless, JPEG2000Lossless, JPEGLosslessSV1, JPEGLSLossless, RLELossless

from ophtha_core.dicom.frame_pixels import ImageFrames
from ophtha_core.dicom.reading import read_dataset
from ophtha_core.errors import UnreadableImage
from ophtha_core.phantoms.pixel_formats import FORMAT_OF, image_of, pattern


def reread(dataset: Dataset) -> Dataset:
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return read_dataset(buffer.getvalue())


@pytest.mark.parametrize(("name", "darkest"), [("mono 8", 0), ("mono 12 in 16", 0), ("mono 16 frames", -32768)])
def test_every_native_frame_is_read(name: str, darkest: int) -> None:
    wanted = pattern(FORMAT_OF[name], rows=24, columns=30).reshape(-1, 24, 30).astype(float) - darkest
    frames = ImageFrames.of(reread(image_of(FORMAT_OF[name])))
    for index, values in enumerate(wanted):
        assert (frames.grey(index) == values).all()


@pytest.mark.parametrize("syntax", [RLELossless, JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless, HTJ2KLossless])
def test_compressed_frames_are_those_that_went_in(syntax: str) -> None:
    pixel_format = FORMAT_OF["mono 12 in 16"]
    frames = ImageFrames.of(reread(image_of(pixel_format, syntax=syntax)))
    wanted = pattern(pixel_format, rows=24, columns=30).reshape(24, 30)
    assert (frames.grey(0) == wanted).all()


def test_white_is_dark_in_monochrome_1() -> None:
    pixel_format = FORMAT_OF["mono 1 inverted"]
    wanted = pattern(pixel_format, rows=24, columns=30).reshape(24, 30).astype(float)
    assert (ImageFrames.of(reread(image_of(pixel_format))).grey(0) == 255 - wanted).all()


def test_colours_are_averaged_and_luma_is_grey() -> None:
    rgb = pattern(FORMAT_OF["rgb"], rows=24, columns=30).reshape(24, 30, 3).astype(float)
    assert ImageFrames.of(reread(image_of(FORMAT_OF["rgb"]))).grey(0) == pytest.approx(rgb.mean(axis=2))
    ybr = ImageFrames.of(reread(image_of(FORMAT_OF["ybr full"]))).grey(0)
    assert ybr.shape == (24, 30)
    assert np.ptp(ybr) > 0


def test_an_image_without_pixels_cannot_be_read() -> None:
    image = image_of(FORMAT_OF["mono 8"])
    del image.PixelData
    with pytest.raises(UnreadableImage):
        ImageFrames.of(reread(image))
