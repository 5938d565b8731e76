from math import pi

import numpy as np
import pytest

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.disc_damage import (
    DiscSize,
    contour_measures,
    ddls_stage,
    disc_size,
    require_contour,
    rim_measures,
)
from tests.kit.oct import Floats

SMALL, AVERAGE, LARGE = DiscSize.SMALL, DiscSize.AVERAGE, DiscSize.LARGE
BELOW = 1e-6


def circle(radius: float, *, centre: tuple[float, float] = (2.0, 3.0), points: int = 360) -> Floats:
    angles = np.linspace(0, 2 * pi, points, endpoint=False)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1) * radius + centre


# The table as published, one row a stage: the interval of the narrowest rim / disc ratio, or of degrees without rim.
RATIO_CELLS = [
    (1, SMALL, 0.5, 1.0), (1, AVERAGE, 0.4, 1.0), (1, LARGE, 0.3, 1.0),
    (2, SMALL, 0.4, 0.5), (2, AVERAGE, 0.3, 0.4), (2, LARGE, 0.2, 0.3),
    (3, SMALL, 0.3, 0.4), (3, AVERAGE, 0.2, 0.3), (3, LARGE, 0.1, 0.2),
    (4, SMALL, 0.2, 0.3), (4, AVERAGE, 0.1, 0.2), (4, LARGE, 0.01, 0.1),
    (5, SMALL, 0.1, 0.2), (5, AVERAGE, 0.01, 0.1),
    (6, SMALL, 0.01, 0.1),
]  # fmt: skip
ABSENCE_CELLS = [
    (5, LARGE, 0, 45),
    (6, AVERAGE, 0, 45), (6, LARGE, 45, 90),
    (7, SMALL, 0, 45), (7, AVERAGE, 45, 90), (7, LARGE, 90, 180),
    (8, SMALL, 45, 90), (8, AVERAGE, 90, 180), (8, LARGE, 180, 270),
    (9, SMALL, 90, 180), (9, AVERAGE, 180, 270), (9, LARGE, 270, 361),
    (10, SMALL, 180, 361), (10, AVERAGE, 270, 361),
]  # fmt: skip


@pytest.mark.parametrize(("stage", "size", "low", "high"), RATIO_CELLS)
def test_every_cell_of_the_table_where_the_rim_is_present(stage: int, size: DiscSize, low: float, high: float) -> None:
    for ratio in (low, (low + high) / 2, high - BELOW):
        assert ddls_stage(size=size, min_rim_disc_ratio=ratio, rim_absence_deg=0) == stage


@pytest.mark.parametrize(("stage", "size", "low", "high"), ABSENCE_CELLS)
def test_every_cell_of_the_table_where_the_rim_is_absent(stage: int, size: DiscSize, low: float, high: float) -> None:
    for degrees in (low, (low + high) / 2, high - 1e-3):
        for ratio in (0.0, 0.01 - BELOW):
            assert ddls_stage(size=size, min_rim_disc_ratio=ratio, rim_absence_deg=degrees) == stage


@pytest.mark.parametrize(
    ("diameter", "size"), [(1.4999, SMALL), (1.5, AVERAGE), (1.8, AVERAGE), (2.0, AVERAGE), (2.0001, LARGE)]
)
def test_size_by_the_vertical_diameter(diameter: float, size: DiscSize) -> None:
    assert disc_size(diameter) is size


def test_measures_of_an_ellipse() -> None:
    found = contour_measures(circle(1, points=720) * [0.8, 1.1])
    assert found.area_mm2 == pytest.approx(pi * 0.88, rel=1e-4)
    assert found.vertical_diameter_mm == pytest.approx(2.2)
    assert found.horizontal_diameter_mm == pytest.approx(1.6)
    assert (found.min_diameter_mm, found.max_diameter_mm) == (pytest.approx(1.6, rel=1e-4), pytest.approx(2.2))
    assert found.center_mm == pytest.approx((1.6, 3.3))


def test_a_tilted_ellipse_has_feret_diameters_unlike_its_extents() -> None:
    turn = np.array([[1, -1], [1, 1]]) / 2**0.5
    found = contour_measures((circle(1, centre=(0, 0), points=720) * [0.5, 1.0]) @ turn.T)
    assert found.vertical_diameter_mm == pytest.approx(2 * (0.625**0.5), rel=1e-4)
    assert found.min_diameter_mm == pytest.approx(1.0, rel=1e-4)
    assert found.max_diameter_mm == pytest.approx(2.0, rel=1e-4)


def test_a_concentric_cup_leaves_an_even_rim() -> None:
    found = rim_measures(circle(0.9), circle(0.45))
    assert found.min_width_mm == pytest.approx(0.45, rel=1e-4)
    assert found.min_rim_disc_ratio == pytest.approx(0.25)
    assert found.rim_absence_deg == 0
    assert found.area_mm2 == pytest.approx(pi * (0.81 - 0.2025), rel=1e-4)


@pytest.mark.parametrize(("direction", "angle"), [((1, 0), 0), ((0, 1), 90), ((-1, 0), 180), ((0, -1), 270)])
def test_the_narrowest_rim_is_where_the_cup_lies(direction: tuple[int, int], angle: float) -> None:
    shift = 0.2 * np.array(direction)
    found = rim_measures(circle(0.9), circle(0.5, centre=(2 + shift[0], 3 + shift[1])))
    sagitta = 0.9 * (1 - np.cos(pi / 360))
    assert found.min_width_mm == pytest.approx(0.2, abs=sagitta)
    assert (found.min_width_angle_deg - angle + 180) % 360 - 180 == pytest.approx(0, abs=1)
    assert found.min_rim_disc_ratio == pytest.approx(0.2 / 1.8, abs=sagitta)
    (disc_point, cup_point) = np.array(found.narrowest_mm)
    assert disc_point == pytest.approx(np.array([2, 3]) + 0.9 * np.array(direction), abs=0.9 * pi / 180)
    assert cup_point == pytest.approx(np.array([2, 3]) + 0.7 * np.array(direction), abs=0.9 * pi / 180)


@pytest.mark.parametrize("degrees", [30, 60, 120, 200, 300])
def test_an_arc_without_rim_is_as_long_as_it_is(degrees: float) -> None:
    angles = np.radians(np.arange(0, 360, 0.5))
    within = np.degrees(angles) < degrees
    radii = np.where(within, 1.0, 0.5)
    cup = np.stack([np.cos(angles), np.sin(angles)], axis=1) * radii[:, None]
    found = rim_measures(circle(1.0, centre=(0, 0), points=720), cup)
    # The cup's contour needs half a degree at either end to come down from the disc.
    assert found.rim_absence_deg == pytest.approx(degrees, abs=1.0)
    assert found.min_rim_disc_ratio == 0


def test_separate_arcs_without_rim_add_up() -> None:
    angles = np.radians(np.arange(0, 360, 0.5))
    in_degrees = np.degrees(angles)
    absent = (in_degrees < 40) | ((in_degrees >= 180) & (in_degrees < 220))
    cup = np.stack([np.cos(angles), np.sin(angles)], axis=1) * np.where(absent, 1.0, 0.6)[:, None]
    assert rim_measures(circle(1.0, centre=(0, 0), points=720), cup).rim_absence_deg == pytest.approx(80, abs=2)


def test_a_cup_beyond_the_disc_has_no_rim_and_no_negative_area() -> None:
    found = rim_measures(circle(0.9), circle(1.1))
    assert (found.min_width_mm, found.area_mm2, found.min_rim_disc_ratio) == (0, 0, 0)
    assert found.rim_absence_deg == pytest.approx(360)


@pytest.mark.parametrize(
    "points",
    [
        [[0, 0], [1, 0], [1, 1]],
        [[0, 0], [1, 0], [1, 1], [0, 0]],
        [[0, 0], [1, 1], [2, 2], [3, 3]],
        [[0, 0], [1, 1], [1, 0], [0, 1]],
    ],
)
def test_what_is_no_contour_is_refused(points: list[list[float]]) -> None:
    with pytest.raises(InvalidInput, match="disk"):
        require_contour("disk", np.array(points, dtype=float))
