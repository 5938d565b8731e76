"""A polygon covers the pixels whose centre lies inside or on the outline, whatever the numbers."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ophtha_core.errors import InvalidInput
from ophtha_core.masking.polygon import polygon_on_frame
from ophtha_core.masking.region import Fill, PolygonRegion

Points = list[tuple[float, float]]

EXACT = st.integers(-16, 56).map(lambda n: n / 4)
"""Quarters: corners and edges often meet the centres of pixels."""
ANY = st.floats(-4, 14)


def covered(points: Points, *, rows: int = 10, columns: int = 12) -> np.ndarray:
    mask = polygon_on_frame(PolygonRegion(points_px=tuple(points), paint=Fill(value=0)), rows=rows, columns=columns)
    return np.zeros((rows, columns), bool) if mask is None else mask.as_array(rows, columns)


def oracle(points: Points, *, rows: int = 10, columns: int = 12) -> np.ndarray:
    """The rule, pixel by pixel in whole fractions."""
    corners = [(Fraction(x), Fraction(y)) for x, y in points]
    half = Fraction(1, 2)
    return np.array(
        [[_is_inside(corners, column + half, row + half) for column in range(columns)] for row in range(rows)]
    )


def _is_inside(corners: list[tuple[Fraction, Fraction]], x: Fraction, y: Fraction) -> bool:
    crossings = 0
    for (x0, y0), (x1, y1) in pairwise([*corners, corners[0]]):
        cross = (x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)
        if cross == 0 and min(x0, x1) <= x <= max(x0, x1) and min(y0, y1) <= y <= max(y0, y1):
            return True
        if (y0 <= y) != (y1 <= y) and x < x0 + (y - y0) * (x1 - x0) / (y1 - y0):
            crossings += 1
    return crossings % 2 == 1


@settings(max_examples=200, deadline=None)
@given(points=st.lists(st.tuples(EXACT, EXACT), min_size=3, max_size=7))
def test_it_is_the_rule_for_corners_on_the_grid_of_the_centres(points: Points):
    np.testing.assert_array_equal(covered(points), oracle(points))


@settings(max_examples=200, deadline=None)
@given(points=st.lists(st.tuples(ANY, ANY), min_size=3, max_size=6))
def test_it_is_the_rule_for_any_numbers(points: Points):
    np.testing.assert_array_equal(covered(points), oracle(points))


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_rectangle_is_the_pixels_of_its_corners(data):
    x1, y1, x2, y2 = (data.draw(st.integers(0, 9)) for _ in range(4))
    expected = np.zeros((10, 12), bool)
    expected[min(y1, y2) : max(y1, y2), min(x1, x2) : max(x1, x2)] = True
    np.testing.assert_array_equal(covered([(x1, y1), (x2, y1), (x2, y2), (x1, y2)]), expected)


def test_centres_on_the_outline_are_covered():
    assert covered([(0.5, 0.5), (2.5, 0.5), (2.5, 2.5), (0.5, 2.5)])[:4, :4].sum() == 9


def test_an_outline_that_crosses_itself_leaves_out_what_it_encloses_twice():
    pentagram = [(5 + 5 * np.sin(4 * np.pi * k / 5), 5 - 5 * np.cos(4 * np.pi * k / 5)) for k in range(5)]
    star = covered(pentagram)
    assert not star[4:6, 4:6].any()
    assert star.any()


@pytest.mark.parametrize("points", [[(20, 20), (30, 20), (30, 30)], [(-9, -9), (-1, -9), (-1, -1)], [(1.1, 1.1)] * 3])
def test_what_lies_beside_the_image_or_between_centres_covers_nothing(points: Points):
    assert not covered(points).any()


@pytest.mark.parametrize(
    "points", [[], [(0, 0), (1, 1)], [(0, 0), (1, 1), (float("nan"), 0)], [(0, 0), (1, 1), (1e10, 0)]]
)
def test_corners_that_make_no_polygon_are_refused(points: Points):
    with pytest.raises(InvalidInput, match="Points"):
        PolygonRegion(points_px=tuple(points), paint=Fill(value=0))
