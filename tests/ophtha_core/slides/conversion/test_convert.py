"""Files of scanners and cameras become pyramids that hold the same picture."""

import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import JPEGBaseline8Bit, JPEGLSLossless

from ophtha_core.errors import InvalidInput
from ophtha_core.phantoms.slide import SlidePhantom, slide_pixels
from ophtha_core.slides.conversion import header
from ophtha_core.slides.conversion.convert import convert
from ophtha_core.slides.conversion.formats import SlideFormat, format_of, probe
from ophtha_core.slides.conversion.header import SlideIdentity
from ophtha_core.slides.conversion.levels import TILE_PX, halved, level_sizes
from ophtha_core.slides.index import Associated
from ophtha_core.slides.window import Window
from tests.kit.dicom_check import dciodvfy_errors
from tests.kit.slides import Archive

TRUTH = slide_pixels(SlidePhantom(width_px=700, height_px=530, seed=3))
IDENTITY = SlideIdentity(key="a slide", name="slide 1", created=datetime(2026, 1, 2, 3, 4, 5))
APERIO = "Aperio Image Library\n700x530|AppMag = 20|MPP = 0.4990"


def converted(path: Path, folder: Path) -> list[Dataset]:
    kind = format_of(path.read_bytes()[:16], path.name)
    assert kind is not None
    told: list[float] = []
    out = folder / "converted"
    out.mkdir()
    files = convert(path, kind, out, IDENTITY, told.append)
    assert told == sorted(told)
    assert told[-1] == 1
    return [dcmread(file) for file in files]


def tiff(name: str = "slide.tif", **options: object) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        tifffile.imwrite(folder / name, TRUTH, **{"photometric": "rgb", **options})  # type: ignore[arg-type]
        return folder / name

    return write


def picture(name: str, **options: object) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        Image.fromarray(TRUTH).save(folder / name, **options)  # type: ignore[arg-type]
        return folder / name

    return write


LOSSLESS = {
    "tiled": tiff(tile=(256, 256), compression="deflate"),
    "odd tiles": tiff(tile=(112, 80), compression="lzw", predictor=True),
    "strips": tiff(rowsperstrip=37),
    "one strip": tiff(rowsperstrip=530),
    "BigTIFF": tiff("slide.btf", tile=(128, 128), bigtiff=True),
    "big endian": tiff(byteorder=">"),
    "PNG": picture("slide.png"),
}
LOSSY = {
    "SVS": tiff("slide.svs", tile=(240, 240), compression="jpeg", compressionargs={"level": 95}, description=APERIO),
    "JPEG": picture("slide.jpg", quality=95),
}


@pytest.mark.parametrize("name", LOSSLESS)
def test_what_was_stored_without_loss_stays_as_it_is(name: str, tmp_path: Path) -> None:
    files = converted(LOSSLESS[name](tmp_path), tmp_path)
    assert {file.file_meta.TransferSyntaxUID for file in files} == {JPEGLSLossless}
    assert {file.LossyImageCompression for file in files} == {"00"}
    archive = Archive(files)
    assert archive.slide.faults == ()
    assert [level.factor for level in archive.slide.levels] == [1, 2, 4]
    np.testing.assert_array_equal(archive.whole(), TRUTH)
    quarter = archive.window(archive.slide.pyramid(), Window(0, 0, 700, 530), zoom=2).astype(int)
    assert np.abs(quarter - np.asarray(Image.fromarray(TRUTH).reduce(4))).max() <= 1


@pytest.mark.parametrize("name", LOSSY)
def test_what_was_stored_with_loss_loses_next_to_nothing_more(name: str, tmp_path: Path) -> None:
    files = converted(LOSSY[name](tmp_path), tmp_path)
    assert {file.file_meta.TransferSyntaxUID for file in files} == {JPEGBaseline8Bit}
    assert {file.LossyImageCompression for file in files} == {"01"}
    assert all(1 < float(file.LossyImageCompressionRatio) < 100 for file in files)
    assert np.abs(Archive(files).whole().astype(int) - TRUTH).mean() < 2


def test_scanner_slides_keep_what_is_known_and_are_valid(tmp_path: Path) -> None:
    files = converted(LOSSY["SVS"](tmp_path), tmp_path)
    slide = Archive(files).slide
    assert slide.spacing_um == pytest.approx((0.499, 0.499))
    assert files[0].OpticalPathSequence[0].ObjectiveLensPower == 20
    assert files[0].ContainerIdentifier == "slide 1"
    for file in files:
        assert dciodvfy_errors(file, tmp_path) == []


def test_a_resolution_of_a_microscope_is_taken_and_that_of_a_printer_not(tmp_path: Path) -> None:
    fine = tiff("fine.tif", resolution=(20_000, 40_000), resolutionunit="CENTIMETER")(tmp_path)
    coarse = tiff("coarse.tif", resolution=(300, 300), resolutionunit="INCH")(tmp_path)
    (tmp_path / "1").mkdir()
    assert Archive(converted(fine, tmp_path / "1")).slide.spacing_um == pytest.approx((0.5, 0.25))
    assert Archive(converted(coarse, tmp_path)).slide.spacing_um is None


def test_deep_grey_keeps_all_its_bits(tmp_path: Path) -> None:
    values = TRUTH[:, :, 0].astype(np.uint16) * 200
    tifffile.imwrite(tmp_path / "deep.tif", values, tile=(256, 256), photometric="minisblack")
    files = converted(tmp_path / "deep.tif", tmp_path)
    assert files[0].BitsStored == 16
    tile = files[0].pixel_array[0]
    np.testing.assert_array_equal(tile, values[:256, :256])


def test_the_colour_profile_is_passed_on(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = picture("slide.png", icc_profile=profile)(tmp_path)
    assert converted(path, tmp_path)[0].OpticalPathSequence[0].ICCProfile[: len(profile)] == profile


def test_transparency_is_dropped(tmp_path: Path) -> None:
    Image.fromarray(np.dstack((TRUTH, np.full(TRUTH.shape[:2], 255, np.uint8)))).save(tmp_path / "a.png")
    np.testing.assert_array_equal(Archive(converted(tmp_path / "a.png", tmp_path)).whole(), TRUTH)


def test_label_and_macro_of_a_scanner_lie_beside_the_pyramid(tmp_path: Path) -> None:
    path = tmp_path / "slide.svs"
    with tifffile.TiffWriter(path) as file:
        for pixels, text, tiles, subfile in (
            (TRUTH, APERIO, (256, 256), 0),
            (TRUTH[::4, ::4], "Aperio Image Library\n700x530 -> 175x133", None, 0),
            (TRUTH[:90, :120], "Aperio Image Library\nlabel 120x90", None, 1),
            (TRUTH[:60, :200], "Aperio Image Library\nmacro 200x60", None, 9),
        ):
            file.write(pixels, tile=tiles, photometric="rgb", description=text, subfiletype=subfile, metadata=None)
    slide = Archive(converted(path, tmp_path)).slide
    assert (slide.width_px, len(slide.levels)) == (700, 3)
    assert set(slide.associated) == set(Associated)


def test_a_large_level_comes_in_parts_that_a_server_can_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(header, "LARGEST_PART", 4)
    files = converted(LOSSLESS["tiled"](tmp_path), tmp_path)
    assert [file.NumberOfFrames for file in files] == [4, 4, 1, 4, 1]
    np.testing.assert_array_equal(Archive(files).whole(), TRUTH)


def test_the_same_identity_makes_the_same_objects(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    path = LOSSLESS["strips"](tmp_path)
    first, second = converted(path, tmp_path), converted(path, tmp_path / "1")
    assert [each.SOPInstanceUID for each in first] == [each.SOPInstanceUID for each in second]


@pytest.mark.parametrize("name", ["slide.mrxs", "slide.CZI", "a.vsi", "b.isyntax"])
def test_a_format_without_a_reader_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(InvalidInput, match=r"of the format .* no reader"):
        format_of(b"anything", name)


def test_what_is_no_picture_is_none_of_the_formats() -> None:
    assert format_of(bytes(128) + b"DICM", "a.dcm") is None
    assert format_of(b"PK\3\4", "a.zip") is None


def cut(content: bytes) -> bytes:
    return content[: len(content) // 3]


def separate() -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, np.moveaxis(TRUTH, 2, 0), photometric="rgb", planarconfig="separate")
    return buffer.getvalue()


@pytest.mark.parametrize("kind", list(SlideFormat))
def test_broken_files_are_refused(kind: SlideFormat, tmp_path: Path) -> None:
    source = {
        SlideFormat.TIFF: tiff(tile=(256, 256), compression="deflate"),
        SlideFormat.PNG: LOSSLESS["PNG"],
        SlideFormat.JPEG: LOSSY["JPEG"],
    }[kind](tmp_path)
    path = tmp_path / "broken"
    (tmp_path / "out").mkdir()
    for content in (source.read_bytes()[:20], cut(source.read_bytes())):
        path.write_bytes(content)
        with pytest.raises(InvalidInput, match=r"files\[\]"):
            convert(path, kind, tmp_path / "out", IDENTITY, lambda _: None)


def test_colours_that_lie_apart_are_refused_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "apart.tif"
    path.write_bytes(separate())
    with pytest.raises(InvalidInput, match="PlanarConfiguration 2"):
        probe(str(path), SlideFormat.TIFF)


def test_levels_halve_until_one_tile_holds_all() -> None:
    assert level_sizes(700, 530) == [(700, 530), (350, 265), (175, 133)]
    assert level_sizes(1, 1) == [(1, 1)]
    assert max(level_sizes(200_000, 100_000)[-1]) <= TILE_PX


def test_a_half_is_the_mean_of_four_and_keeps_odd_borders() -> None:
    rows = np.array([[0, 2, 10], [4, 6, 20], [100, 102, 50]], np.uint8)[:, :, None]
    np.testing.assert_array_equal(halved(rows)[:, :, 0], [[3, 15], [101, 50]])
