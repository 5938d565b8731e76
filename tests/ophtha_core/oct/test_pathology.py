from math import pi

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ophtha_core.oct.enface import EnFaceGrid, EnFacePoint
from ophtha_core.oct.pathology import (
    area_mm2,
    circle_overlap_percent,
    etdrs_sums,
    label_spots,
    maximal_slice,
    nearest_cell,
    present,
    volume_mm3,
)
from ophtha_core.oct.sector_area import wedge_areas
from tests.kit.oct import grids, radial, square_grid

NAN = float("nan")


def test_area_and_volume_count_cells() -> None:
    values = np.array([[0, 2.0], [3.0, NAN]])
    assert area_mm2(values, cell_area_mm2=0.5) == 1.0
    assert volume_mm3(values * 1000, cell_area_mm2=0.5) == pytest.approx(2.5)


def test_a_hemisphere_has_the_volume_of_a_hemisphere() -> None:
    grid = square_grid(640)
    dome = radial(grid, lambda r: np.sqrt(np.maximum(0, 4 - r**2)))
    found = volume_mm3(dome * 1000, cell_area_mm2=grid.cell_area_mm2)
    # At the rim the dome is no higher than sqrt(2 R d) over a ring one cell's diagonal d wide.
    diagonal = grid.row_spacing_mm * 2**0.5
    assert found == pytest.approx(2 / 3 * pi * 8, abs=2 * pi * 2 * diagonal * (4 * diagonal) ** 0.5)


@given(grid=grids(), seed=st.integers(0, 99))
def test_sectors_rings_and_discs_close(grid: EnFaceGrid, seed: int) -> None:
    values = np.random.default_rng(seed).uniform(0, 0.1, grid.shape)
    sums = etdrs_sums(grid, values)
    areas = wedge_areas(grid.column_edges_mm, grid.row_edges_mm, radius=3.0, start_deg=None, end_deg=None)
    disc = float((areas * values).sum())
    assert sum(map(sum, sums)) == pytest.approx(disc, abs=1e-9)


def test_pathology_everywhere_fills_all_circles() -> None:
    grid = square_grid(31)
    assert circle_overlap_percent(grid, np.ones(grid.shape)) == {
        1.0: pytest.approx(100),
        3.0: pytest.approx(100),
        6.0: pytest.approx(100),
    }


def test_overlap_is_a_share_of_the_whole_circle_even_beyond_the_field() -> None:
    grid = EnFaceGrid(rows=30, columns=60, row_spacing_mm=0.1, column_spacing_mm=0.1)
    found = circle_overlap_percent(grid, np.ones(grid.shape))
    # A strip 3 mm high across a circle of radius 3 mm.
    strip = 2 * (1.5 * (9 - 2.25) ** 0.5 + 9 * np.arcsin(0.5))
    assert found[6.0] == pytest.approx(100 * strip / (9 * pi))
    assert found[3.0] == pytest.approx(100)


def test_half_of_the_map_overlaps_half_of_every_circle() -> None:
    grid = square_grid(64)
    values = np.zeros(grid.shape)
    values[:, 32:] = 3
    assert list(circle_overlap_percent(grid, values).values()) == pytest.approx([50, 50, 50])


def test_nearest_cell_by_cell_centres() -> None:
    grid = EnFaceGrid(rows=11, columns=11, row_spacing_mm=0.3, column_spacing_mm=0.1)
    values = np.zeros(grid.shape)
    values[5, 9] = values[7, 5] = 1
    found = nearest_cell(grid, values)
    assert found is not None
    assert (found.column, found.row) == (9, 5)
    assert found.distance_mm == pytest.approx(0.4)


def test_of_equally_near_cells_the_first_is_named() -> None:
    grid = square_grid(11)
    values = np.zeros(grid.shape)
    values[4, 5] = values[5, 4] = values[5, 6] = values[6, 5] = 1
    found = nearest_cell(grid, values)
    assert found is not None
    assert (found.column, found.row) == (5, 4)


def test_no_pathology_has_no_distance_and_one_at_the_centre_none() -> None:
    grid = square_grid(11)
    assert nearest_cell(grid, np.zeros(grid.shape)) is None
    values = np.zeros(grid.shape)
    values[5, 5] = 0.1
    found = nearest_cell(grid, values)
    assert found is not None
    assert found.distance_mm == 0


def test_pathology_outside_the_zone_is_not_seen() -> None:
    grid = square_grid(101, extent_mm=10.1).about(EnFacePoint(column=50, row=50))
    values = np.zeros(grid.shape)
    values[50, 85] = 1
    assert nearest_cell(grid, values, zone_mm=6.0) is None
    assert nearest_cell(grid, values, zone_mm=7.0) is not None


def test_the_maximal_slice_has_the_largest_sum_and_ties_go_to_the_lowest() -> None:
    assert maximal_slice(np.array([[0, 1], [2, 2], [4, 0], [0, 3]], dtype=float)) == 1
    assert maximal_slice(np.zeros((3, 3))) is None
    assert maximal_slice(np.array([[NAN, 1.0], [NAN, 3.0]])) == 1


def test_spots_touch_at_corners_too() -> None:
    values = np.array([[1, 0, 0, 1], [0, 1, 0, 0], [0, 0, 0, 1]], dtype=float)
    assert label_spots(values)[1] == 3
    assert label_spots(np.zeros((2, 2)))[1] == 0


def test_missing_cells_are_neither_present_nor_absent() -> None:
    assert present(np.array([[0.0, 2.0]])).tolist() == [[0, 1]]
    assert np.isnan(present(np.array([[NAN]]))).all()
