import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRLittleEndian, JPEG2000Lossless, JPEGBaseline8Bit, RLELossless, generate_uid

from ophtha_core.errors import InvalidInput, UnreadableImage
from ophtha_core.phantoms.slide import SlidePhantom, slide_files, slide_pixels
from ophtha_core.slides.frames import FrameCache
from ophtha_core.slides.pyramid import frame_pyramid, read_pyramid
from ophtha_core.slides.window import Window, read_window, window_inside
from tests.kit.slides import Archive


def stored(folder: Path) -> Archive:
    return Archive([dcmread(path) for path in sorted(folder.glob("*.dcm"))])


def random_windows(width: int, height: int, count: int) -> list[tuple[Window, int]]:
    random = np.random.default_rng(5)
    windows = []
    for _ in range(count):
        x, y = int(random.integers(0, width)), int(random.integers(0, height))
        right, bottom = int(random.integers(x, width)) + 1, int(random.integers(y, height)) + 1
        windows.append((Window(x, y, right - x, bottom - y), int(random.integers(0, 6))))
    return [*windows, (Window(0, 0, width, height), 0), (Window(width - 1, height - 1, 1, 1), 0)]


@pytest.mark.parametrize(("name", "levels"), [("j2k_sparse", 4), ("raw_concatenated", 4)])
def test_windows_of_real_files_are_the_true_picture(shared_data: Path, name: str, levels: int) -> None:
    archive = stored(shared_data / "wsi" / name)
    truth = np.asarray(Image.open(next((shared_data / "wsi" / name).glob("truth_*.png"))))
    pyramid = read_pyramid(archive.headers)
    assert len(pyramid.levels) == levels
    assert (pyramid.height_px, pyramid.width_px, 3) == truth.shape
    cache = FrameCache()
    for window, zoom in random_windows(pyramid.width_px, pyramid.height_px, 40):
        part = truth[window.y : window.bottom, window.x : window.right]
        expected = np.asarray(Image.fromarray(part).reduce(2**zoom)) if zoom else part
        seen = read_window(pyramid, window, zoom=zoom, read=archive.read, cache=cache)
        assert seen.shape == expected.shape
        # A stored level was rounded once more than a mean of the full resolution.
        assert np.abs(seen.astype(int) - expected).max() <= (0 if zoom == 0 else 1), (window, zoom)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, JPEG2000Lossless], ids=["native", "jpeg2000"])
@pytest.mark.parametrize("sparse", [False, True], ids=["full", "sparse"])
def test_a_lossless_phantom_comes_back_pixel_by_pixel(syntax: UID, sparse: bool) -> None:
    phantom = SlidePhantom(width_px=500, height_px=421, tile_px=64, levels=3, syntax=syntax, sparse=sparse)
    truth = slide_pixels(phantom)
    archive = Archive(slide_files(phantom))
    seen = archive.whole()
    present = np.ones(truth.shape[:2], dtype=bool)
    if sparse:
        assert int(archive.datasets[0].NumberOfFrames) < 8 * 7
        present = (seen != 255).any(axis=2)
        assert (truth[~present] >= 241).all()
    np.testing.assert_array_equal(seen[present], truth[present])


def test_a_zoomed_window_is_read_from_the_level_made_for_it() -> None:
    phantom = SlidePhantom(width_px=2048, height_px=1500, tile_px=256, levels=4, syntax=ExplicitVRLittleEndian)
    archive = Archive(slide_files(phantom))
    pyramid = read_pyramid(archive.headers)
    seen = archive.window(pyramid, Window(256, 256, 1200, 1200), zoom=2)
    assert seen.shape == (300, 300, 3)
    assert {key for key, _ in archive.reads} == {"2"}


def test_zooming_beyond_the_smallest_level_goes_on_halving() -> None:
    phantom = SlidePhantom(width_px=512, height_px=512, tile_px=128, levels=2, syntax=ExplicitVRLittleEndian)
    archive = Archive(slide_files(phantom))
    truth = Image.fromarray(slide_pixels(phantom))
    seen = archive.window(read_pyramid(archive.headers), Window(0, 0, 512, 512), zoom=9)
    assert seen.shape == (1, 1, 3)
    assert np.abs(seen.astype(int) - np.asarray(truth.reduce(512))).max() <= 1


def test_labels_and_overviews_are_no_part_of_the_pyramid() -> None:
    phantom = SlidePhantom(width_px=256, height_px=256, tile_px=128, levels=2)
    files = slide_files(phantom)
    for flavour in ("LABEL", "OVERVIEW", "THUMBNAIL"):
        extra = slide_files(replace(phantom, width_px=384, height_px=384, levels=1))[0]
        extra.ImageType = ["ORIGINAL", "PRIMARY", flavour, "NONE"]
        files.append(extra)
    assert [level.width_px for level in read_pyramid(Archive(files).headers).levels] == [256, 128]


def test_a_slide_without_image_type_is_a_volume() -> None:
    files = slide_files(SlidePhantom(width_px=256, height_px=256, tile_px=128, levels=1))
    del files[0].ImageType
    assert read_pyramid(Archive(files).headers).width_px == 256


def test_of_several_focal_planes_the_first_is_shown() -> None:
    phantom = SlidePhantom(width_px=256, height_px=128, tile_px=128, levels=1, syntax=ExplicitVRLittleEndian)
    files = slide_files(phantom)
    files[0].PixelData = files[0].PixelData + bytes(len(files[0].PixelData))
    files[0].NumberOfFrames, files[0].TotalPixelMatrixFocalPlanes = 4, 2
    np.testing.assert_array_equal(Archive(files).whole(), slide_pixels(phantom))


def encoded_jpeg(pixels: np.ndarray, *, ycbcr: bool, marker: bool) -> bytes:
    """A JPEG with or without the marker that tells its colour space."""
    buffer = io.BytesIO()
    picture = Image.fromarray(pixels)
    if ycbcr:
        picture.save(buffer, "JPEG", quality=95, subsampling=0)
    else:
        picture.save(buffer, "JPEG", quality=95, keep_rgb=True)
    data = buffer.getvalue()
    if marker:
        return data
    # Drop JFIF (APP0) and Adobe (APP14) segments; component identifiers of RGB become 1, 2, 3.
    out, offset = data[:2], 2
    while data[offset + 1] != 0xDA:
        length = int.from_bytes(data[offset + 2 : offset + 4], "big")
        if data[offset + 1] not in (0xE0, 0xEE):
            out += data[offset : offset + 2 + length]
        offset += 2 + length
    return (
        (out + data[offset:])
        .replace(b"\x03R\x11\x00G\x11\x00B\x11\x00", b"\x03\x01\x11\x00\x02\x11\x00\x03\x11\x00")
        .replace(b"\x03R\x00G\x00B\x00", b"\x03\x01\x00\x02\x00\x03\x00")
    )


@pytest.mark.parametrize(
    ("ycbcr", "marker", "declared"),
    [
        (True, True, "RGB"),  # the marker wins over a wrong header
        (False, True, "YBR_FULL_422"),
        (True, False, "YBR_FULL_422"),  # nothing in the stream: the header counts
        (False, False, "RGB"),
    ],
)
def test_the_colours_of_a_jpeg_are_the_ones_its_stream_states(ycbcr: bool, marker: bool, declared: str) -> None:
    phantom = SlidePhantom(width_px=64, height_px=64, tile_px=64, levels=1)
    colours = np.zeros((64, 64, 3), dtype=np.uint8)
    colours[:, :, 0], colours[:, :, 1] = 220, 30
    file = slide_files(phantom)[0]
    file.PixelData = encapsulate([encoded_jpeg(colours, ycbcr=ycbcr, marker=marker)])
    file.PhotometricInterpretation = declared
    assert np.abs(Archive([file]).whole().astype(int) - colours).max() <= 3


def grey_image(pixels: np.ndarray, **attributes: object) -> Dataset:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", generate_uid()
    frames = pixels if pixels.ndim == 3 else pixels[None]
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = frames.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = pixels.dtype.itemsize * 8
    dataset.BitsStored, dataset.HighBit = dataset.BitsAllocated, dataset.BitsAllocated - 1
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    dataset.PixelData = pixels.astype(pixels.dtype.newbyteorder("<")).tobytes()
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


def shown(dataset: Dataset, frame: int = 0) -> np.ndarray:
    archive = Archive([dataset])
    pyramid = frame_pyramid(archive.headers[0], frame=frame)
    return archive.window(pyramid, Window(0, 0, pyramid.width_px, pyramid.height_px))


def test_a_ct_slice_is_shown_through_its_window() -> None:
    stored_values = np.array([[-100, 924, 1024], [1064, 1104, 3000]], dtype=np.int16)
    dataset = grey_image(
        stored_values, RescaleSlope=1, RescaleIntercept=-1024, WindowCenter=[40, 500], WindowWidth=[400, 2000]
    )
    hounsfield = stored_values.astype(float) - 1024
    expected = np.clip((hounsfield - (40 - 0.5 - 199.5)) / 399 * 255, 0, 255)
    np.testing.assert_array_equal(shown(dataset), np.rint(expected))


def test_without_a_window_a_grey_image_uses_its_own_range() -> None:
    np.testing.assert_array_equal(shown(grey_image(np.array([[100, 200, 355]], dtype=np.uint16))), [[0, 100, 255]])


def test_each_frame_of_a_multi_frame_image_is_an_image() -> None:
    frames = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
    np.testing.assert_array_equal(shown(grey_image(frames), frame=1), frames[1])
    with pytest.raises(UnreadableImage, match="2 frames"):
        shown(grey_image(frames), frame=2)


def test_monochrome1_is_shown_dark_for_high_values() -> None:
    image = grey_image(np.array([[0, 255]], dtype=np.uint8), PhotometricInterpretation="MONOCHROME1")
    np.testing.assert_array_equal(shown(image), [[255, 0]])


def test_a_palette_image_is_shown_in_its_colours() -> None:
    image = grey_image(np.array([[0, 1]], dtype=np.uint8), PhotometricInterpretation="PALETTE COLOR")
    for colour, entries in (("Red", (0, 65535)), ("Green", (32896, 0)), ("Blue", (0, 0))):
        setattr(image, f"{colour}PaletteColorLookupTableDescriptor", [2, 0, 16])
        setattr(image, f"{colour}PaletteColorLookupTableData", np.array(entries, dtype="<u2").tobytes())
    np.testing.assert_array_equal(shown(image), [[[0, 128, 0], [255, 0, 0]]])


def test_other_codings_are_decoded_too() -> None:
    phantom = SlidePhantom(width_px=128, height_px=128, tile_px=64, levels=1, syntax=ExplicitVRLittleEndian)
    file = slide_files(phantom)[0]
    file.compress(RLELossless, generate_instance_uid=False)
    np.testing.assert_array_equal(Archive([file]).whole(), slide_pixels(phantom))


def test_a_window_is_cut_at_the_border_and_refused_beyond() -> None:
    pyramid = read_pyramid(
        Archive(slide_files(SlidePhantom(width_px=200, height_px=100, tile_px=64, levels=1))).headers
    )
    assert window_inside(pyramid, x=190, y=-5, width=64, height=64) == Window(190, 0, 10, 59)
    with pytest.raises(InvalidInput, match="200 x 100"):
        window_inside(pyramid, x=200, y=0, width=5, height=5)


def test_decoded_frames_are_kept_up_to_a_limit() -> None:
    phantom = SlidePhantom(width_px=256, height_px=128, tile_px=128, levels=1, syntax=JPEGBaseline8Bit)
    archive = Archive(slide_files(phantom))
    image = read_pyramid(archive.headers).base_image
    cache = FrameCache(limit_bytes=128 * 128 * 3)
    for frame in (0, 0, 1, 0):
        cache.get(image, frame, archive.read)
    assert [frame for _, frame in archive.reads] == [0, 1, 0]


@pytest.mark.parametrize(
    "breakage",
    [
        lambda file: file.__setattr__("TotalPixelMatrixColumns", 0),
        lambda file: file.__setattr__("PixelData", encapsulate([b"\xff\xd8\xff\xd9"] * 4)),
        lambda file: file.__setattr__("ImageType", ["ORIGINAL", "PRIMARY", "LABEL"]),
    ],
)
def test_what_cannot_be_read_is_refused_as_unreadable(breakage: Callable[[Dataset], None]) -> None:
    file = slide_files(SlidePhantom(width_px=128, height_px=128, tile_px=64, levels=1))[0]
    breakage(file)
    with pytest.raises(UnreadableImage):
        Archive([file]).whole()
