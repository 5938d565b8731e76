import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.columns import axial_thickness, shortest_thickness
from tests.kit.oct import Floats, band

WIDTH = 40
COLUMNS = np.arange(WIDTH, dtype=np.float64)


def thickness(*outlines: object) -> Floats:
    points = [np.array(outline, dtype=np.float64).reshape(-1, 2) for outline in outlines]
    return axial_thickness(points, [0] * len(points), rows=1, width=WIDTH)[0]


def test_a_flat_band_has_its_thickness_in_the_first_and_the_last_column_too() -> None:
    assert thickness(band(np.full(WIDTH, 10.0), np.full(WIDTH, 17.5))) == pytest.approx(np.full(WIDTH, 7.5))


def test_a_band_given_to_the_edges_of_its_pixels_is_as_thick() -> None:
    assert thickness([-0.5, 3, WIDTH, 3, WIDTH, 8, -0.5, 8]) == pytest.approx(np.full(WIDTH, 5.0))


def test_a_tilted_band_of_four_vertices_is_equally_thick_in_every_column() -> None:
    found = thickness([5, 10, 30, 35, 30, 41, 5, 16])
    assert found[5:31] == pytest.approx(np.full(26, 6.0))
    assert (found[:5] == 0).all()
    assert (found[31:] == 0).all()


def test_a_curved_band_is_as_thick_as_its_borders_are_apart() -> None:
    top = 50 + 10 * np.sin(COLUMNS / 7)
    bottom = top + 8 + 3 * np.cos(COLUMNS / 5)
    np.testing.assert_allclose(thickness(band(top, bottom)), bottom - top, atol=1e-12)


def test_the_direction_of_the_outline_and_its_start_do_not_matter() -> None:
    points = band(50 + COLUMNS % 3, 60 + COLUMNS % 5)
    for changed in (points[::-1], np.roll(points, 7, axis=0), np.vstack([points, points[:1]])):
        np.testing.assert_allclose(thickness(changed), thickness(points), atol=1e-12)


def test_a_hole_behind_a_bridge_is_left_out() -> None:
    outer = [(0, 0), (20, 0), (20, 30), (0, 30)]
    hole = [(5, 10), (5, 20), (15, 20), (15, 10), (5, 10)]
    found = thickness([*outer, (0, 0), *hole, (0, 0)])
    assert found[2] == pytest.approx(30)
    assert found[10] == pytest.approx(20)
    assert found[18] == pytest.approx(30)


def test_an_outline_that_touches_itself_in_a_point_keeps_both_parts() -> None:
    found = thickness([(0, 0), (10, 10), (20, 0), (20, 20), (10, 10), (0, 20)])
    np.testing.assert_allclose(found[:21], 2 * np.abs(np.arange(21.0) - 10), atol=1e-12)


def test_an_outline_that_crosses_itself_does_not_cancel() -> None:
    found = thickness([(0, 0), (20, 20), (20, 0), (0, 20)])
    np.testing.assert_allclose(found[:21], 2 * np.abs(np.arange(21.0) - 10), atol=1e-12)


def test_overlapping_outlines_count_once_and_separate_ones_add_up() -> None:
    assert thickness([0, 0, 10, 0, 10, 5, 0, 5], [0, 3, 10, 3, 10, 9, 0, 9])[4] == pytest.approx(9)
    assert thickness([0, 0, 10, 0, 10, 5, 0, 5], [0, 7, 10, 7, 10, 9, 0, 9])[4] == pytest.approx(7)


def test_every_outline_goes_to_its_own_row() -> None:
    square = np.array([[2.0, 0], [6, 0], [6, 3], [2, 3]])
    found = axial_thickness([square, square + np.array([10, 0])], [2, 0], rows=3, width=WIDTH)
    assert found[2, 4] == found[0, 14] == 3
    assert found.sum() == 2 * 5 * 3


def test_no_outlines_make_an_empty_map() -> None:
    assert axial_thickness([], [], rows=2, width=3).tolist() == [[0, 0, 0], [0, 0, 0]]


@given(
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), min_size=3, max_size=8, unique=True),
    st.lists(st.tuples(st.floats(0, 11), st.floats(0, 11)), min_size=3, max_size=5, unique=True),
)
def test_lengths_are_those_of_the_column_lines_inside(
    one: list[tuple[int, int]], other: list[tuple[float, float]]
) -> None:
    outlines = [np.array(one, dtype=np.float64), np.round(np.array(other, dtype=np.float64), 3)]
    polygons = [shapely.Polygon(points) for points in outlines]
    if not all(polygon.is_valid and polygon.area > 1e-6 for polygon in polygons):
        return
    found = axial_thickness(outlines, [0, 1], rows=2, width=12)
    for row, polygon in zip(found, polygons, strict=True):
        lines = [shapely.LineString([(column, -1), (column, 13)]) for column in range(12)]
        np.testing.assert_allclose(row, [polygon.intersection(line).length for line in lines], atol=1e-9)


@given(
    seed=st.integers(0, 10_000), column_mm=st.floats(0.003, 0.03), row_mm=st.floats(0.002, 0.01), thick=st.floats(1, 60)
)
def test_the_shortest_distance_is_never_above_the_axial_one(
    seed: int, column_mm: float, row_mm: float, thick: float
) -> None:
    random = np.random.default_rng(seed)
    top = random.uniform(0, 30, WIDTH)
    outline = band(top, top + random.uniform(0, thick, WIDTH))
    axial = axial_thickness([outline], [0], rows=1, width=WIDTH)
    shortest = shortest_thickness(
        [outline], [0], rows=1, width=WIDTH, column_spacing_mm=column_mm, row_spacing_mm=row_mm
    )
    assert (shortest <= axial).all()
    assert (shortest >= 0).all()


@pytest.mark.parametrize("slope", [-1.5, 0.0, 0.4, 3.0])
def test_the_shortest_distance_across_a_tilted_band_is_its_width_in_mm(slope: float) -> None:
    column_mm, row_mm = 0.0117, 0.0039
    top = 200 + slope * COLUMNS
    shortest = shortest_thickness(
        [band(top, top + 6)], [0], rows=1, width=WIDTH, column_spacing_mm=column_mm, row_spacing_mm=row_mm
    )[0]
    tilt = np.arctan(slope * row_mm / column_mm)
    np.testing.assert_allclose(shortest[10:-10], 6 * np.cos(tilt), rtol=1e-9)


def test_the_shortest_distance_between_concentric_arcs_is_the_difference_of_their_radii() -> None:
    column_mm, row_mm, inner, outer = 0.01, 0.01, 100.0, 110.0
    x = COLUMNS - (WIDTH - 1) / 2
    top, bottom = 200 - np.sqrt(outer**2 - x**2), 200 - np.sqrt(inner**2 - x**2)
    shortest = shortest_thickness(
        [band(top, bottom)], [0], rows=1, width=WIDTH, column_spacing_mm=column_mm, row_spacing_mm=row_mm
    )[0]
    # A chord of one column lies 1 / (8 R) px inside its arc.
    np.testing.assert_allclose(shortest[6:-6], outer - inner, atol=1 / (8 * inner) + 1e-9)


def test_outlines_that_cross_the_columns_millions_of_times_are_refused() -> None:
    zigzag = np.array([[60_000.0 * (index % 2), index / 10] for index in range(400)])
    with pytest.raises(InvalidInput, match="points"):
        axial_thickness([zigzag], [0], rows=1, width=65_535)
