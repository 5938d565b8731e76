"""A turned raster shows the same eye: sectors follow the image, whatever the grid does."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ophtha_core.oct.circles import ETDRS, GCC, Circle, sector_statistics
from ophtha_core.oct.enface import EnFaceGrid, EnFacePoint, Laterality
from ophtha_core.oct.glaucoma import full_asymmetry, hemisphere_statistics, zone_asymmetry
from ophtha_core.oct.rnfl import RnflAnalysis, circle_profile
from ophtha_core.oct.thickness import ThicknessMap
from ophtha_core.oct.turned_area import turned_cell_areas
from ophtha_core.oct.upright import upright
from tests.kit.oct import Floats, cell_centres, grids

ANGLES = st.floats(-180, 180)
CENTROID_INNER = 2 / 3 * (1.5**3 - 0.5**3) / (1.5**2 - 0.5**2) * np.sin(np.pi / 4) / (np.pi / 4)


def turned_grid(rotation_deg: float, *, laterality: Laterality | None = None) -> EnFaceGrid:
    return EnFaceGrid(
        rows=140,
        columns=300,
        row_spacing_mm=0.06,
        column_spacing_mm=0.03,
        laterality=laterality,
        rotation_deg=rotation_deg,
    )


def on_image(grid: EnFaceGrid) -> tuple[Floats, Floats]:
    """(x right, y inferior) in mm of every cell on the image."""
    along, across = cell_centres(grid)
    turn = np.radians(grid.rotation_deg)
    return along * np.cos(turn) - across * np.sin(turn), along * np.sin(turn) + across * np.cos(turn)


def plane(grid: EnFaceGrid) -> Floats:
    """300 µm at the centre, 20 µm/mm to the right, 10 µm/mm down."""
    x, y = on_image(grid)
    return 300 + 20 * x + 10 * y


@pytest.mark.parametrize("rotation_deg", [0.0, 7.0, 25.0, -29.0, 45.0, 90.0, 133.0])
def test_sectors_of_a_turned_raster_are_those_of_the_image(rotation_deg: float) -> None:
    grid = turned_grid(rotation_deg)
    rings = sector_statistics(grid, plane(grid), circle=ETDRS)
    expected = [300 + slope * CENTROID_INNER for slope in (20, 10, -20, -10)]
    assert [sector.mean for sector in rings[1]] == pytest.approx(expected, abs=0.02)
    assert rings[0][0].mean == pytest.approx(300, abs=1e-6)


@settings(deadline=None, max_examples=25)
@given(rotation_deg=ANGLES, circle=st.sampled_from([ETDRS, GCC]))
def test_rotation_by_any_angle_leaves_what_does_not_depend_on_it(rotation_deg: float, circle: Circle) -> None:
    grid = turned_grid(rotation_deg)
    rings = sector_statistics(grid, plane(grid), circle=circle)
    straight = sector_statistics(replace(grid, rotation_deg=0.0), plane(grid), circle=circle)
    for ring, other in zip(rings, straight, strict=True):
        areas = sum(sector.covered_area_mm2 for sector in ring)
        assert areas == pytest.approx(sum(sector.covered_area_mm2 for sector in other), rel=1e-9)
        total = sum(sector.integral for sector in ring)
        assert total == pytest.approx(sum(sector.integral for sector in other), rel=1e-9)
        assert all(sector.coverage == pytest.approx(1.0) for sector in ring)


@settings(deadline=None, max_examples=40)
@given(grid=grids(), rotation_deg=ANGLES, thickness=st.floats(1, 1000), data=st.data())
def test_missing_cells_never_change_the_mean_of_a_constant_map(
    grid: EnFaceGrid, rotation_deg: float, thickness: float, data: st.DataObject
) -> None:
    grid = replace(grid, rotation_deg=rotation_deg)
    seed = data.draw(st.integers(0, 2**32 - 1))
    missing = np.random.default_rng(seed).random(grid.shape) < data.draw(st.floats(0, 1))
    values = np.where(missing, np.nan, thickness)
    for ring in sector_statistics(grid, values, circle=ETDRS):
        for sector in ring:
            assert sector.mean is None or sector.mean == pytest.approx(thickness, rel=1e-9)
    asymmetry = zone_asymmetry(grid, values, zone_mm=3.0)
    known = np.isfinite(asymmetry.superior)
    np.testing.assert_allclose(asymmetry.superior[known], 0.0, atol=1e-6 * thickness)


@pytest.mark.parametrize("rotation_deg", [0.0, 12.0, -40.0])
@pytest.mark.parametrize("axis_deg", [0.0, -6.0])
def test_halves_are_told_apart_along_the_axis(rotation_deg: float, axis_deg: float) -> None:
    grid = turned_grid(rotation_deg)
    x, y = on_image(grid)
    turn = np.radians(axis_deg)
    below = y * np.cos(turn) - x * np.sin(turn)
    superior, inferior = hemisphere_statistics(grid, 100 + 5 * below, zone_diameter_mm=6.0, axis_deg=axis_deg)
    away = 4 * 3.0 / (3 * np.pi)
    assert superior.mean == pytest.approx(100 - 5 * away, abs=0.02)
    assert inferior.mean == pytest.approx(100 + 5 * away, abs=0.02)
    cells = zone_asymmetry(grid, 100 + 5 * below, zone_mm=5.0, axis_deg=axis_deg)
    distances = 2 * (np.arange(4)[::-1] + 0.5) * 5.0 / 8
    np.testing.assert_allclose(cells.superior, np.broadcast_to(-5 * distances[:, None], (4, 8)), atol=0.1)
    np.testing.assert_allclose(cells.coverage, 1.0, atol=1e-9)


def test_the_whole_map_is_divided_along_its_raster_as_before_where_both_agree() -> None:
    grid = turned_grid(10.0)
    values = np.random.default_rng(3).uniform(50, 150, grid.shape)
    along = full_asymmetry(grid, values, axis_deg=10.0)
    straight = full_asymmetry(replace(grid, rotation_deg=0.0), values)
    np.testing.assert_array_equal(along.superior, straight.superior)
    barely = full_asymmetry(grid, values, axis_deg=10.0 + 1e-7)
    np.testing.assert_allclose(barely.superior, straight.superior, atol=1e-3)


@settings(deadline=None, max_examples=25)
@given(turn_deg=ANGLES)
def test_areas_of_turned_cells_are_exact(turn_deg: float) -> None:
    x, y = np.linspace(-4, 4, 23), np.linspace(-5, 5, 14)
    bounds = np.linspace(-2, 2, 5)
    areas = turned_cell_areas(x, y, bounds, bounds, turn_deg=turn_deg)
    np.testing.assert_allclose(areas.sum(axis=1), 1.0, rtol=1e-12)
    centres_x, centres_y = np.meshgrid((x[1:] + x[:-1]) / 2, (y[1:] + y[:-1]) / 2)
    everywhere = areas.sum(axis=0).reshape(centres_x.shape)
    assert everywhere.max() <= (x[1] - x[0]) * (y[1] - y[0]) + 1e-12
    assert (everywhere[np.hypot(centres_x, centres_y) > 2**0.5 * 2 + 1] == 0).all()


@pytest.mark.parametrize("laterality", list(Laterality))
@pytest.mark.parametrize("rotation_deg", [0.0, 20.0, -35.0])
def test_quadrants_around_the_disc_are_those_of_the_image(laterality: Laterality, rotation_deg: float) -> None:
    grid = turned_grid(rotation_deg, laterality=laterality)
    middle = grid.centre_point
    centre = np.array([middle.column * grid.column_spacing_mm, middle.row * grid.row_spacing_mm])
    angles = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    disc = centre + 0.8 * np.column_stack([np.cos(angles), np.sin(angles)])
    profile = circle_profile(grid, plane(grid), disc_mm=disc, distance_mm=1.0)
    along = 1.8 * np.sin(np.pi / 4) / (np.pi / 4)
    nasal = 20 if laterality is Laterality.RIGHT else -20
    expected = [300 + along * slope for slope in (nasal, 10, -nasal, -10)]
    assert profile.sectors(RnflAnalysis.QUADRANT) == pytest.approx(expected, abs=0.05)


@settings(deadline=None, max_examples=15)
@given(rotation_deg=st.floats(-45, 45))
def test_an_upright_map_keeps_thickness_and_centre(rotation_deg: float) -> None:
    grid = turned_grid(rotation_deg).about(EnFacePoint(column=140.0, row=71.0))
    straight = upright(ThicknessMap(grid=grid, values=plane(grid)))
    known = np.isfinite(straight.values)
    if abs(rotation_deg) > 1:
        np.testing.assert_allclose(straight.values[known], plane(straight.grid)[known], atol=2.0)
        # Half a cell at the border is constant; within it the plane is exact.
        inner = np.hypot(*on_image(straight.grid)) < 3.5
        np.testing.assert_allclose(straight.values[inner], plane(straight.grid)[inner], atol=1e-9)
    assert straight.grid.rotation_deg == 0.0
    assert straight.values[round(straight.grid.centre_point.row), round(straight.grid.centre_point.column)] == (
        pytest.approx(300, abs=1e-6)
    )
