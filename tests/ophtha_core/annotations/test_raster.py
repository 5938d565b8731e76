import io

import numpy as np
import numpy.typing as npt
import pytest
import rasterio.features  # type: ignore[import-untyped]
import shapely
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from rasterio.io import MemoryFile  # type: ignore[import-untyped]
from shapely.geometry.base import BaseGeometry

from ophtha_core.annotations.geometry import with_width
from ophtha_core.annotations.png import png_chunks
from ophtha_core.annotations.raster import LabelledArea, LabelMask
from ophtha_core.annotations.tiff import write_bigtiff
from ophtha_core.errors import InvalidInput


def with_rasterio(areas: list[LabelledArea], *, width: int, height: int) -> np.ndarray:
    mask = np.zeros((height, width), dtype=np.uint16)
    if areas:
        rasterio.features.rasterize([(each.area, each.label) for each in areas], out=mask)
    return mask


def star(centre: tuple[float, float], radii: npt.ArrayLike) -> shapely.Polygon:
    lengths = np.asarray(radii, dtype=float)
    angles = np.linspace(0, 2 * np.pi, len(lengths), endpoint=False)
    return shapely.Polygon(np.asarray(centre) + np.c_[lengths * np.cos(angles), lengths * np.sin(angles)])


# Quarter pixels put vertices, edges and whole sides exactly onto pixel centres.
quarters = st.integers(-80, 320).map(lambda quarter: quarter / 4)
numbers = st.one_of(quarters, st.floats(-20, 80, allow_nan=False, width=32))
rings = st.lists(st.tuples(numbers, numbers), min_size=3, max_size=9)


@st.composite
def areas(draw: st.DrawFn) -> BaseGeometry:
    polygons: list[BaseGeometry] = [shapely.Polygon(ring) for ring in draw(st.lists(rings, min_size=1, max_size=3))]
    if draw(st.booleans()):
        centre = (draw(numbers), draw(numbers))
        radii = draw(st.lists(st.floats(2, 30), min_size=5, max_size=12))
        hole = star(centre, [radius / 3 for radius in radii])
        polygons.append(shapely.difference(star(centre, radii), hole))
    merged = shapely.union_all([shapely.make_valid(polygon) for polygon in polygons])
    parts = [part for part in shapely.get_parts(merged) if part.geom_type == "Polygon"]
    area = shapely.MultiPolygon(parts) if len(parts) != 1 else parts[0]
    return shapely.reverse(area) if draw(st.booleans()) else area


@settings(max_examples=200, deadline=None)
@given(shapes=st.lists(areas(), max_size=5), width=st.integers(1, 70), height=st.integers(1, 70))
def test_a_mask_is_the_one_rasterio_makes(shapes: list[BaseGeometry], width: int, height: int) -> None:
    drawn = [LabelledArea(area, label) for label, area in enumerate(shapes, start=1) if not area.is_empty]
    mask = LabelMask(drawn, width_px=width, height_px=height).array()
    np.testing.assert_array_equal(mask, with_rasterio(drawn, width=width, height=height))


@pytest.mark.parametrize("radius", [9.0, 60.0], ids=["sparse", "dense"])
@pytest.mark.parametrize("seed", range(3))
def test_masks_of_many_tiles_are_the_ones_rasterio_makes(seed: int, radius: float) -> None:
    random = np.random.default_rng(seed)
    width, height = 1337, 5003
    drawn = [
        LabelledArea(
            star(tuple(random.uniform([-20, -20], [width + 20, height + 20])), random.uniform(2, radius, 15)), label
        )
        for label in random.integers(1, 300, 900)
    ]
    mask = LabelMask(drawn, width_px=width, height_px=height)
    assert mask.dtype == np.uint16
    expected = with_rasterio(drawn, width=width, height=height)
    np.testing.assert_array_equal(mask.array(), expected)
    np.testing.assert_array_equal(np.concatenate(list(mask.strips())), expected)


@pytest.mark.parametrize("count", [60, 400])
def test_areas_that_lie_over_each_other_many_times_are_the_ones_rasterio_makes(count: int) -> None:
    drawn = [
        LabelledArea(star((700.25, 520.5), 500 * (0.7 + 0.3 * np.cos(np.arange(24) * (1 + number % 5)))), label)
        for number, label in enumerate(np.random.default_rng(4).integers(1, 250, count))
    ]
    mask = LabelMask(drawn, width_px=1400, height_px=1050)
    np.testing.assert_array_equal(mask.array(), with_rasterio(drawn, width=1400, height=1050))


def test_an_area_as_wide_as_the_image_fills_its_rows_to_the_last_pixel() -> None:
    drawn = [LabelledArea(shapely.box(-5, 511, 2000, 513), 1), LabelledArea(shapely.box(1023.5, 0, 1025, 600), 2)]
    mask = LabelMask(drawn, width_px=1025, height_px=600)
    np.testing.assert_array_equal(mask.array(), with_rasterio(drawn, width=1025, height=600))
    assert {(tile.column, tile.row) for tile in mask.tiles()} == {
        (512, 0), (1024, 0), (0, 0), (0, 512), (512, 512), (1024, 512)
    }  # fmt: skip


def test_a_hole_stays_a_hole_and_shows_what_lies_below() -> None:
    below = shapely.box(0, 0, 30, 30)
    ring = shapely.Polygon(shapely.box(5, 5, 25, 25).exterior, [shapely.box(10, 10, 20, 20).exterior])
    mask = LabelMask([LabelledArea(below, 1), LabelledArea(ring, 2)], width_px=30, height_px=30).array()
    assert mask[15, 15] == 1
    assert (mask == 2).sum() == 20 * 20 - 10 * 10


def test_a_pixel_belongs_to_an_area_when_its_centre_does() -> None:
    mask = LabelMask([LabelledArea(shapely.box(1.4, 0.6, 3.6, 2.4), 7)], width_px=5, height_px=4).array()
    np.testing.assert_array_equal(mask, [[0, 0, 0, 0, 0], [0, 7, 7, 7, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]])


def test_eight_bits_hold_254_classes_and_sixteen_the_rest() -> None:
    few = LabelMask([LabelledArea(shapely.box(0, 0, 2, 2), 254)], width_px=2, height_px=2)
    many = LabelMask([LabelledArea(shapely.box(0, 0, 2, 2), 255)], width_px=2, height_px=2)
    assert (few.dtype.name, many.dtype.name) == ("uint8", "uint16")
    assert many.array().max() == 255


def test_a_label_of_zero_is_refused_because_it_means_background() -> None:
    with pytest.raises(InvalidInput, match="label"):
        LabelMask([LabelledArea(shapely.box(0, 0, 2, 2), 0)], width_px=2, height_px=2)


def test_lines_and_points_get_the_stated_width() -> None:
    line = with_width(shapely.LineString([(2, 10), (12, 10)]), width_px=4)
    point = with_width(shapely.Point(20, 20), width_px=3)
    mask = LabelMask([LabelledArea(line, 1), LabelledArea(point, 2)], width_px=40, height_px=40).array()
    assert (mask == 1).sum() == 10 * 4
    assert (mask == 2).sum() == 3 * 3


def test_only_tiles_that_hold_something_are_made() -> None:
    corner = LabelledArea(shapely.box(99_990, 79_990, 100_000, 80_000), 3)
    tiles = list(LabelMask([corner], width_px=100_000, height_px=80_000).tiles())
    assert [(tile.column, tile.row) for tile in tiles] == [(99_840, 79_872)]
    assert tiles[0].labels.shape == (128, 160)


@pytest.mark.parametrize("label", [3, 300])
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_big_tiff_is_read_alike_by_every_reader(label: int) -> None:
    drawn = [LabelledArea(star((700, 600), [200.0] * 9), 1), LabelledArea(star((1500, 2100), [90.0] * 5), label)]
    mask = LabelMask(drawn, width_px=1601, height_px=2203)
    file = io.BytesIO()
    write_bigtiff([mask], file)
    expected = with_rasterio(drawn, width=1601, height=2203)
    file.seek(0)
    np.testing.assert_array_equal(tifffile.imread(file), expected)
    np.testing.assert_array_equal(np.asarray(Image.open(file)), expected)
    with MemoryFile(file.getvalue()) as memory, memory.open() as image:
        assert image.profile["tiled"]
        np.testing.assert_array_equal(image.read(1), expected)
    assert len(file.getvalue()) < (35_000 if label < 255 else 16_000)  # of 5 MB, or 10


def test_tiles_of_one_label_are_stored_once() -> None:
    region = LabelledArea(shapely.box(100, 100, 10_000, 10_000), 1)
    file = io.BytesIO()
    write_bigtiff([LabelMask([region], width_px=10_240, height_px=10_240)], file)
    file.seek(0)
    with tifffile.TiffFile(file) as tiff:
        page = tiff.pages.first
        offsets = page.tags["TileOffsets"].value
        expected = np.zeros((10_240, 10_240), dtype=np.uint8)
        expected[100:10_000, 100:10_000] = 1
        np.testing.assert_array_equal(tiff.asarray(), expected)
    assert len(offsets) == 20 * 20
    assert len(set(offsets)) < 100  # those along the edge are different ones


@pytest.mark.parametrize("label", [3, 300])
def test_a_png_holds_the_mask(label: int) -> None:
    drawn = [LabelledArea(star((100, 600), [200.0] * 9), label)]
    mask = LabelMask(drawn, width_px=301, height_px=1203)
    picture = Image.open(io.BytesIO(b"".join(png_chunks(mask))))
    np.testing.assert_array_equal(np.asarray(picture), mask.array())


@pytest.mark.parametrize("turned", [False, True])
def test_edges_that_run_through_pixel_centres_are_decided_as_rasterio_decides(turned: bool) -> None:
    ring = shapely.Polygon(shapely.box(0.5, 0.5, 9.5, 9.5).exterior, [shapely.box(2.5, 2.5, 6.5, 6.5).exterior])
    area = shapely.reverse(ring) if turned else ring
    drawn = [LabelledArea(area, 1)]
    mask = LabelMask(drawn, width_px=12, height_px=12).array()
    np.testing.assert_array_equal(mask, with_rasterio(drawn, width=12, height=12))
