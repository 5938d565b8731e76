from contextlib import suppress

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from ophtha_core.annotations.geometry import MAX_VERTICES, check_geometry, clip_to_image, flip_vertically, read_wkt
from ophtha_core.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("POLYGON ((0 0, 10 10, 0 10, 10 0, 0 0))", "Self-intersection"),
        ("POLYGON ((0 0, 10 10", "not well-known text"),
        ("", "not well-known text"),
        ("POLYGON EMPTY", "empty"),
        ("MULTILINESTRING ((0 0, 1 1), (2 2, 3 3))", "MultiLineString"),
        ("GEOMETRYCOLLECTION (POINT (0 0))", "GeometryCollection"),
        ("POINT Z (1 2 3)", "third coordinate"),
        ("POINT M (1 2 3)", "third coordinate"),
        ("MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), EMPTY)", "empty part"),
        ("CURVEPOLYGON (CIRCULARSTRING (0 0, 4 0, 4 4, 0 4, 0 0))", "curves"),
        ("POINT (1 1)\0junk", "not well-known text"),
        ("SRID=4326;POINT (1 1)", "not well-known text"),
        ("POINT (1 1) junk", "not well-known text"),
        ("\ud800", "not well-known text"),
        ("LINESTRING (1 1, 1 1)", "not a valid geometry"),
        ("POINT (NaN 1)", "finite|empty"),
        ("POLYGON ((0 0, 1e999 1, 1 1, 0 0))", "finite"),
    ],
)
def test_wkt_that_is_no_annotation_is_refused(text: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason) as refused:
        read_wkt(text)
    assert refused.value.field == "location"


@pytest.mark.parametrize(
    "text",
    [
        "POINT (1 2)",
        "LINESTRING (0 0, 5 5)",
        "POLYGON ((0 0, 0 2, 2 2, 0 0))",
        "  polygon((0 0,0 2e0,2.0E0 +2,0 0)) ",
        "MultiPoint (1 1, 2 2)",
        "POLYGON ((0 0, 9 0, 9 9, 0 9, 0 0), (2 2, 3 2, 3 3, 2 2), (5 5, 6 5, 6 6, 5 5))",
    ],
)
def test_points_lines_and_areas_are_read(text: str) -> None:
    assert shapely.equals(read_wkt(text), shapely.from_wkt(text))


def test_what_lies_outside_the_image_is_cut_off() -> None:
    clipped = clip_to_image(shapely.box(-5, 90, 20, 130), width_px=100, height_px=100)
    assert shapely.equals(clipped, shapely.box(0, 90, 20, 100))


def test_a_geometry_inside_the_image_is_left_alone() -> None:
    inside = shapely.box(0, 0, 100, 100)
    assert clip_to_image(inside, width_px=100, height_px=100) is inside


@pytest.mark.parametrize("text", ["POINT (200 5)", "POLYGON ((100 0, 150 0, 150 50, 100 50, 100 0))"])
def test_a_geometry_that_only_touches_or_misses_the_image_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="outside the image"):
        clip_to_image(read_wkt(text), width_px=100, height_px=100)


def test_an_area_cut_in_two_becomes_a_multipolygon() -> None:
    arch = shapely.difference(shapely.box(10, -20, 50, 30), shapely.box(20, -10, 40, 40))
    clipped = clip_to_image(arch, width_px=100, height_px=100)
    assert clipped.geom_type == "MultiPolygon"
    assert clipped.area == 2 * 10 * 30


@given(x=st.integers(0, 1000), y=st.integers(0, 700))
def test_flipping_maps_the_bottom_left_origin_to_the_top_left_one(x: int, y: int) -> None:
    flipped = flip_vertically(shapely.Point(x, y), height_px=700)
    assert shapely.get_coordinates(flipped).tolist() == [[x, 700 - y]]
    assert flip_vertically(flipped, height_px=700) == shapely.Point(x, y)


WORDS = st.sampled_from([
    "GEOMETRYCOLLECTION", "MULTIPOLYGON", "POLYGON", "POINT", "LINESTRING", "MULTIPOINT", "COMPOUNDCURVE", "EMPTY",
    "Z", "(", "((", ")", "))", ",", " ", "1", "-2.5", "1e400", "nan", ";", "SRID=1",
])  # fmt: skip


@given(st.lists(WORDS, max_size=40).map("".join), st.integers(0, 5000))
def test_no_text_does_more_than_be_refused(text: str, depth: int) -> None:
    for given_text in (text, text * depth, "GEOMETRYCOLLECTION(" * depth + text + ")" * depth, "(" * depth):
        with suppress(InvalidInput):
            check_geometry(read_wkt(given_text), field="location")


@pytest.mark.parametrize("word", ["GEOMETRYCOLLECTION(", "MULTIPOLYGON(", "COMPOUNDCURVE(", "(", "POLYGON((("])
def test_brackets_within_brackets_never_reach_geos(word: str) -> None:
    with pytest.raises(InvalidInput, match="nested deeper"):
        read_wkt(word * 100_000 + "POINT(0 0)" + ")" * 100_000)


def test_a_line_of_too_many_points_is_refused_before_it_is_read() -> None:
    with pytest.raises(InvalidInput, match="more than 1000000 vertices"):
        read_wkt("LINESTRING (" + "0 0," * (2 * MAX_VERTICES) + "1 1)")
