from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.measurements import (
    PixelSize,
    distance_mm,
    farthest_pair,
    linear_measurement,
    mask_area_mm2,
    polygon_area_mm2,
)
from ophtha_core.oct.polygon import Outline

PIXEL = PixelSize(column_spacing_mm=0.01, row_spacing_mm=0.004)


def outline(*points: tuple[float, float]) -> Outline:
    return Outline(name="cyst", points=np.array(points, dtype=float), field="instances[0]")


def test_extents_and_their_vertices() -> None:
    found = linear_measurement(outline((10, 50), (40, 30), (60, 55), (35, 90)), pixel=PIXEL)
    assert found.width_mm == pytest.approx(0.5)
    assert found.height_mm == pytest.approx(0.24)
    assert found.width_points == ((10, 50), (60, 55))
    assert found.height_points == ((40, 30), (35, 90))


def test_the_largest_diameter_is_measured_in_mm_not_in_pixels() -> None:
    # 40 columns are 0.4 mm, 60 rows only 0.24 mm.
    found = linear_measurement(outline((0, 30), (40, 30), (20, 0), (20, 60)), pixel=PIXEL)
    assert found.max_diameter_mm == pytest.approx(0.4)
    assert set(found.max_diameter_points) == {(0, 30), (40, 30)}


@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(-50, 50)), min_size=3, max_size=20))
def test_the_farthest_pair_is_the_farthest_of_all_pairs(points: list[tuple[float, float]]) -> None:
    array = np.array(points)
    expected = max(float(np.hypot(*(array[a] - array[b]))) for a, b in combinations(range(len(points)), 2))
    one, other, distance = farthest_pair(array)
    assert distance == pytest.approx(expected, abs=1e-7)
    assert float(np.hypot(*(array[one] - array[other]))) == pytest.approx(distance, abs=1e-7)


def test_distance_scales_each_axis_by_its_spacing() -> None:
    assert distance_mm((0, 0), (30, 100), pixel=PIXEL) == pytest.approx(0.5)
    assert distance_mm((7, 7), (7, 7), pixel=PIXEL) == 0


def test_polygon_and_mask_agree_on_a_rectangle_of_whole_pixels() -> None:
    rectangle = outline((10, 20), (30, 20), (30, 45), (10, 45))
    assert polygon_area_mm2(rectangle, pixel=PIXEL) == pytest.approx(500 * 4e-5)
    assert mask_area_mm2(rectangle, pixel=PIXEL, width=100, height=100) == pytest.approx(500 * 4e-5)


def test_a_mask_off_the_image_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"instances\[0\].points"):
        mask_area_mm2(outline((10, 20), (130, 20), (30, 45)), pixel=PIXEL, width=100, height=100)


def test_a_pixel_without_size_is_refused() -> None:
    with pytest.raises(InvalidInput, match="pixel_spacing_row"):
        PixelSize(column_spacing_mm=1, row_spacing_mm=0)


def test_a_mask_costs_what_its_outline_covers_not_what_the_image_has() -> None:
    found = mask_area_mm2(outline((10, 20), (30, 20), (30, 45), (10, 45)), pixel=PIXEL, width=65_535, height=65_535)
    assert found == pytest.approx(500 * 4e-5)
    with pytest.raises(InvalidInput, match="points"):
        mask_area_mm2(outline((0, 0), (60_000, 0), (0, 60_000)), pixel=PIXEL, width=65_535, height=65_535)


def test_the_diameter_of_many_points_on_a_circle() -> None:
    angles = np.linspace(0, 2 * np.pi, 5000, endpoint=False)
    assert farthest_pair(np.stack([np.cos(angles), np.sin(angles)], axis=1))[2] == pytest.approx(2)
    line = np.stack([np.arange(5000.0), 2 * np.arange(5000.0)], axis=1)
    assert farthest_pair(line) == (0, 4999, pytest.approx(4999 * 5**0.5))
