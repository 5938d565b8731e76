"""Slides as many converters write them: what they hold is shown, and what cannot be shown says why."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, JPEGBaseline8Bit

from ophtha_core.errors import UnreadableImage
from ophtha_core.phantoms.dicom_object import item
from ophtha_core.phantoms.slide import SlidePhantom, slide_files, slide_pixels
from ophtha_core.slides.index import Associated, Plane
from ophtha_core.slides.pyramid import frame_pyramid, read_slide
from ophtha_core.slides.scale import Size, factor_of
from ophtha_core.slides.window import Window
from tests.kit.slides import Archive, cut_tiles, jpeg, set_frames

NATIVE = SlidePhantom(width_px=300, height_px=200, tile_px=64, levels=1, syntax=ExplicitVRLittleEndian)


def near(seen: np.ndarray, truth: np.ndarray) -> None:
    assert seen.shape == truth.shape
    assert np.abs(seen.astype(int) - truth).mean() < 2


@pytest.mark.parametrize("level", [0, 1], ids=["largest", "another"])
def test_tiles_at_the_border_may_be_cut_to_what_they_show(level: int) -> None:
    phantom = SlidePhantom(width_px=2220, height_px=1500, tile_px=240, levels=2, syntax=JPEGBaseline8Bit)
    truth = slide_pixels(phantom)
    files = slide_files(phantom)
    pixels = truth if level == 0 else np.asarray(Image.fromarray(truth).reduce(2))
    set_frames(files[level], [jpeg(tile) for tile in cut_tiles(pixels, 240)])
    archive = Archive(files)
    pyramid = archive.slide.pyramid()
    for zoom in (0, 1, 2):
        expected = np.asarray(Image.fromarray(truth).reduce(2**zoom)) if zoom else truth
        near(archive.window(pyramid, Window(0, 0, 2220, 1500), zoom), expected)


def test_an_image_that_is_no_slide_has_the_size_it_declares() -> None:
    phantom = SlidePhantom(width_px=64, height_px=64, tile_px=64, levels=1)
    file = slide_files(phantom)[0]
    set_frames(file, [jpeg(np.zeros((64, 60, 3), np.uint8))])
    del file.TotalPixelMatrixColumns
    archive = Archive([file])

    with pytest.raises(UnreadableImage, match="another size"):
        archive.window(frame_pyramid(archive.headers[0], frame=0), Window(0, 0, 64, 64))


def test_tiles_outside_the_matrix_are_passed_over() -> None:
    files = slide_files(replace(NATIVE, sparse=True))
    before = Archive(files).whole()
    place = files[0].PerFrameFunctionalGroupsSequence[0].PlanePositionSlideSequence[0]
    column, row = place.ColumnPositionInTotalImagePixelMatrix, place.RowPositionInTotalImagePixelMatrix
    place.ColumnPositionInTotalImagePixelMatrix = 4000
    after = Archive(files).whole()
    assert (after[row - 1 : row + 63, column - 1 : column + 63] == 255).all()
    before[row - 1 : row + 63, column - 1 : column + 63] = 255
    np.testing.assert_array_equal(after, before)


def test_a_slide_whose_tiles_all_lie_outside_says_so() -> None:
    files = slide_files(replace(NATIVE, sparse=True))
    for group in files[0].PerFrameFunctionalGroupsSequence:
        group.PlanePositionSlideSequence[0].RowPositionInTotalImagePixelMatrix = -9000
    slide = Archive(files).slide
    assert (slide.width_px, slide.height_px) == (300, 200)
    assert slide.fault is not None
    assert "300 x 200" in slide.fault
    assert "outside" in slide.fault
    with pytest.raises(UnreadableImage, match="outside"):
        slide.pyramid()


def without_size(dataset: Dataset) -> None:
    dataset.TotalPixelMatrixRows = 0


def without_rows(dataset: Dataset) -> None:
    del dataset.Rows


def of_another_shape(dataset: Dataset) -> None:
    dataset.TotalPixelMatrixRows = 20


@pytest.mark.parametrize(
    ("breakage", "reason"), [(without_size, "no size"), (without_rows, "Rows"), (of_another_shape, "shape")]
)
def test_a_broken_level_says_why_and_hides_no_other(breakage: Callable[[Dataset], None], reason: str) -> None:
    phantom = SlidePhantom(width_px=512, height_px=384, tile_px=64, levels=3, syntax=ExplicitVRLittleEndian)
    files = slide_files(phantom)
    breakage(files[1])
    slide = Archive(files).slide
    assert slide.fault is None
    assert [level.width_px for level in slide.levels] == [512, 128]
    assert len(slide.faults) == 1
    assert reason in str(slide.faults[0])
    np.testing.assert_array_equal(Archive(files).whole(), slide_pixels(phantom))


def test_a_slide_without_its_largest_level_is_not_shown_smaller() -> None:
    files = slide_files(SlidePhantom(width_px=512, height_px=384, tile_px=64, levels=2))
    del files[0].BitsAllocated
    slide = Archive(files).slide
    assert (slide.width_px, slide.height_px) == (512, 384)
    assert slide.fault is not None
    assert "512 x 384" in slide.fault
    assert "BitsAllocated" in slide.fault


def padded(pixels: np.ndarray, side: int) -> np.ndarray:
    rows, columns = pixels.shape[:2]
    return np.pad(pixels, ((0, -rows % side), (0, -columns % side), (0, 0)), constant_values=255)


@pytest.mark.parametrize(
    ("which", "states_spacing"),
    [("largest", True), ("largest", False), ("lower", True), ("lower", False), ("both", True)],
)
def test_levels_filled_up_to_whole_tiles_are_levels(which: str, states_spacing: bool) -> None:
    phantom = SlidePhantom(width_px=2220, height_px=1500, tile_px=256, levels=3, syntax=ExplicitVRLittleEndian)
    truth = slide_pixels(phantom)
    files = slide_files(phantom)
    for number, file in enumerate(files):
        if (number == 0 and which == "lower") or (number and which == "largest"):
            continue
        file.TotalPixelMatrixColumns += -file.TotalPixelMatrixColumns % 256
        file.TotalPixelMatrixRows += -file.TotalPixelMatrixRows % 256
    if not states_spacing:
        for file in files:
            del file.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence
    archive = Archive(files)
    slide = archive.slide
    assert [level.factor for level in slide.levels] == [1, 2, 4]
    assert slide.faults == ()
    whole = padded(truth, 256) if which != "lower" else truth
    window = Window(0, 0, whole.shape[1], whole.shape[0])
    seen = archive.window(slide.pyramid(), window, zoom=2)
    assert {key for key, _ in archive.reads} == {"2"}
    near(seen, np.asarray(Image.fromarray(whole).reduce(4)))


def test_a_size_that_no_factor_explains_has_none() -> None:
    tiles = Size(256, 256), Size(256, 256)
    assert factor_of(Size(2048, 2048), Size(683, 683), tiles=tiles, spacing_ratio=3) == 3
    assert factor_of(Size(2000, 2000), Size(900, 900), tiles=tiles, spacing_ratio=None) is None
    assert factor_of(Size(2048, 2048), Size(1024, 512), tiles=tiles, spacing_ratio=2) is None


# -- optical paths and focal planes -----------------------------------------------------------------------------------


def layered(planes: int, paths: tuple[str, ...], *, brightness: Callable[[int, int], int]) -> Dataset:
    """TILED_FULL: for each optical path each focal plane, of one brightness each."""
    phantom = replace(NATIVE, width_px=128, height_px=64)
    file = slide_files(phantom)[0]
    order = [(path, plane) for path in range(len(paths)) for plane in range(planes)]
    file.PixelData = b"".join(bytes([brightness(path, plane)]) * (2 * 64 * 64 * 3) for path, plane in order)
    file.NumberOfFrames = 2 * len(order)
    file.TotalPixelMatrixFocalPlanes, file.NumberOfOpticalPaths = planes, len(paths)
    file.OpticalPathSequence = [item(OpticalPathIdentifier=name) for name in paths]
    del file.SharedFunctionalGroupsSequence[0].OpticalPathIdentificationSequence
    return file


def test_optical_paths_are_channels_and_focal_planes_lie_upon_each_other() -> None:
    archive = Archive([layered(3, ("DAPI", "FITC"), brightness=lambda path, plane: 10 + 100 * path + 20 * plane)])
    slide = archive.slide
    assert slide.channels == ("DAPI", "FITC")
    assert slide.depths_um == (0.0, 1.0, 2.0)
    assert len(slide.planes) == 6
    for plane in slide.planes:
        assert (archive.plane(plane) == 10 + 100 * plane.channel + 20 * plane.focal).all(), plane


def test_channels_may_come_as_instances_of_their_own() -> None:
    files = []
    for number, name in enumerate(("DAPI", "FITC")):
        file = layered(1, (name,), brightness=lambda *_, number=number: 50 + 100 * number)  # type: ignore[misc]
        file.InstanceNumber = number + 1
        files.append(file)
    archive = Archive(files)
    assert archive.slide.channels == ("DAPI", "FITC")
    assert [int(archive.plane(Plane(channel)).max()) for channel in (0, 1)] == [50, 150]


def test_a_plane_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnreadableImage, match="channel 1"):
        Archive(slide_files(NATIVE)).plane(Plane(channel=1))


def test_tiles_that_follow_the_specimen_are_one_plane() -> None:
    files = slide_files(replace(NATIVE, sparse=True))
    for number, group in enumerate(files[0].PerFrameFunctionalGroupsSequence):
        group.PlanePositionSlideSequence[0].ZOffsetInSlideCoordinateSystem = number / 10
    assert len(Archive(files).slide.depths_um) == 1
    np.testing.assert_array_equal(Archive(files).whole(), Archive(slide_files(replace(NATIVE, sparse=True))).whole())


@pytest.mark.parametrize("kind", list(Associated))
def test_label_overview_and_thumbnail_are_kept_beside_the_pyramid(kind: Associated) -> None:
    files = slide_files(NATIVE)
    extra = slide_files(replace(NATIVE, width_px=64, height_px=64))[0]
    extra.ImageType = ["ORIGINAL", "PRIMARY", kind.name, "NONE"]
    slide = Archive([*files, extra]).slide
    assert {each: image.key for each, image in slide.associated.items()} == {kind: "1"}
    assert len(slide.levels) == 1


def test_a_series_of_labels_alone_is_no_slide() -> None:
    file = slide_files(NATIVE)[0]
    file.ImageType = ["ORIGINAL", "PRIMARY", "LABEL", "NONE"]
    with pytest.raises(UnreadableImage, match="no volume image"):
        read_slide(Archive([file]).headers)
