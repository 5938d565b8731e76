from math import pi

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.columns import axial_thickness
from ophtha_core.oct.polygon import Outline, outline_area_px, outline_pixels, require_inside

SQUARE = np.array([[10.0, 20], [30, 20], [30, 40], [10, 40]])


def test_a_square_has_its_area() -> None:
    assert outline_area_px(SQUARE) == 400


def test_a_circle_of_many_vertices_has_the_area_of_its_polygon() -> None:
    angles = np.linspace(0, 2 * pi, 360, endpoint=False)
    circle = 50 + 20 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    assert outline_area_px(circle) == pytest.approx(0.5 * 360 * 400 * np.sin(2 * pi / 360))


def test_crossing_and_bridged_outlines_keep_their_true_area() -> None:
    assert outline_area_px(np.array([(0, 0), (20, 20), (20, 0), (0, 20)], dtype=float)) == pytest.approx(200)
    outer = [(0, 0), (20, 0), (20, 30), (0, 30)]
    hole = [(5, 10), (5, 20), (15, 20), (15, 10), (5, 10)]
    assert outline_area_px(np.array([*outer, (0, 0), *hole, (0, 0)], dtype=float)) == pytest.approx(500)


@given(st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15)), min_size=3, max_size=8, unique=True))
def test_area_is_the_integral_of_the_column_lengths(points: list[tuple[int, int]]) -> None:
    fine = 64
    outline = np.array(points, dtype=np.float64)
    lengths = axial_thickness([outline * [fine, 1]], [0], rows=1, width=15 * fine + 1)[0]
    # Trapezoids between columns; a vertical edge or a crossing costs at most a column of the largest height.
    jumps = sum(abs(a[1] - b[1]) for a, b in zip(points, points[1:] + points[:1], strict=True) if a[0] == b[0])
    tolerance = (jumps + 15 * len(points)) / fine
    assert outline_area_px(outline) == pytest.approx(np.trapezoid(lengths) / fine, abs=tolerance + 1e-9)


def test_pixels_are_those_whose_centre_is_inside() -> None:
    mask = outline_pixels(SQUARE, width=50, height=50)
    assert np.count_nonzero(mask) == 400
    assert mask[20, 10]
    assert mask[39, 29]
    assert not mask[40, 29]


def test_pixels_beyond_the_image_do_not_count() -> None:
    assert np.count_nonzero(outline_pixels(SQUARE, width=20, height=30)) == 10 * 10


@pytest.mark.parametrize(
    "points", [[], [[1, 1]], [[1, 1], [2, 2]], [[0, 0], [1, 1], [2, 2], [5, 5]], [[3, 3], [3, 3], [3, 3]]]
)
def test_an_outline_without_area_is_refused(points: list[list[float]]) -> None:
    with pytest.raises(InvalidInput) as refused:
        Outline(name="drusen", points=np.array(points, dtype=float).reshape(-1, 2), field="instances[2]")
    assert refused.value.field == "instances[2].points"


@pytest.mark.parametrize("shift", [(-11, 0), (0, -21), (21, 0), (0, 11)])
def test_points_off_the_image_are_refused(shift: tuple[int, int]) -> None:
    outline = Outline(name="drusen", points=SQUARE + shift, field="instances[0]")
    with pytest.raises(InvalidInput, match=r"instances\[0\].points"):
        require_inside(outline, width=50, height=50)


def test_an_outline_of_too_many_points_is_refused() -> None:
    angles = np.linspace(0, 2 * pi, 20_001, endpoint=False)
    with pytest.raises(InvalidInput, match="points"):
        Outline(name="a", points=np.stack([np.cos(angles), np.sin(angles)], axis=1), field="instances[0]")
