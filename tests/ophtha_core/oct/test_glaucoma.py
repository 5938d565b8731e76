import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.enface import EnFaceGrid
from ophtha_core.oct.glaucoma import (
    GlaucomaStage,
    HealthyHemispheres,
    HealthyThickness,
    distance_to_normal,
    full_asymmetry,
    glaucoma_stage,
    hemisphere_statistics,
    zone_asymmetry,
)
from tests.kit.oct import square_grid

SUPERIOR_NORMAL = 92.2 - 1.645 * 6.6
SUPERIOR_OUTSIDE = 92.2 - 2.326 * 6.6
INFERIOR_NORMAL = 91.4 - 1.645 * 7.9
INFERIOR_OUTSIDE = 91.4 - 2.326 * 7.9


@pytest.mark.parametrize(
    ("superior", "inferior", "stage"),
    [
        (95, 95, "NORMAL"),
        (SUPERIOR_NORMAL, 95, "NORMAL"),
        (SUPERIOR_NORMAL - 1e-9, 95, "BORDERLINE"),
        (SUPERIOR_OUTSIDE, 95, "BORDERLINE"),
        (SUPERIOR_OUTSIDE - 1e-9, 95, "OUTSIDE_NORMAL_LIMITS"),
        (95, INFERIOR_NORMAL, "NORMAL"),
        (95, INFERIOR_NORMAL - 1e-9, "BORDERLINE"),
        (95, INFERIOR_OUTSIDE, "BORDERLINE"),
        (95, INFERIOR_OUTSIDE - 1e-9, "OUTSIDE_NORMAL_LIMITS"),
        (SUPERIOR_NORMAL - 1, INFERIOR_OUTSIDE - 1, "OUTSIDE_NORMAL_LIMITS"),
        (0, 95, "OUTSIDE_NORMAL_LIMITS"),
    ],
)
def test_the_worse_hemisphere_decides_the_stage(superior: float, inferior: float, stage: str) -> None:
    assert glaucoma_stage(superior_um=superior, inferior_um=inferior) == stage


@given(st.floats(0, 200), st.floats(0, 200))
def test_distance_is_between_0_and_1_and_1_exactly_outside(superior: float, inferior: float) -> None:
    distance = distance_to_normal(superior_um=superior, inferior_um=inferior)
    assert 0 <= distance <= 1
    if glaucoma_stage(superior_um=superior, inferior_um=inferior) is GlaucomaStage.OUTSIDE:
        assert distance == 1


def test_distance_is_linear_between_the_mean_and_the_first_percentile() -> None:
    assert distance_to_normal(superior_um=92.2 - 2.326 * 6.6 / 2, inferior_um=200) == pytest.approx(0.5)
    assert distance_to_normal(superior_um=200, inferior_um=91.4 - 2.326 * 7.9 / 4) == pytest.approx(0.25)
    assert distance_to_normal(superior_um=92.2, inferior_um=91.4) == 0


def test_another_reference_replaces_both_hemispheres() -> None:
    thick = HealthyThickness(mean_um=110, sd_um=5)
    reference = HealthyHemispheres(superior=thick, inferior=thick)
    assert glaucoma_stage(superior_um=95, inferior_um=95, reference=reference) is GlaucomaStage.OUTSIDE
    with pytest.raises(InvalidInput, match=r"reference.superior.sd"):
        HealthyHemispheres(superior=HealthyThickness(mean_um=1, sd_um=0), inferior=thick)


def test_hemispheres_are_the_halves_of_the_zone_disc() -> None:
    grid = square_grid(64)
    values = np.full(grid.shape, 80.0)
    values[32:] = 60
    superior, inferior = hemisphere_statistics(grid, values, zone_diameter_mm=6.0)
    assert (superior.mean, inferior.mean) == (pytest.approx(80), pytest.approx(60))
    assert superior.covered_area_mm2 == pytest.approx(np.pi * 9 / 2)


def test_cells_are_minus_their_mirror_image() -> None:
    blocks = np.arange(64.0).reshape(8, 8) ** 1.5
    values = np.kron(blocks, np.ones((3, 5)))
    grid = EnFaceGrid(rows=24, columns=40, row_spacing_mm=0.25, column_spacing_mm=0.15)
    found = full_asymmetry(grid, values)
    np.testing.assert_allclose(found.superior, blocks[:4] - blocks[:3:-1], atol=1e-9)
    np.testing.assert_allclose(found.inferior, -found.superior[::-1], atol=1e-12)
    np.testing.assert_allclose(zone_asymmetry(grid, values, zone_mm=6.0).superior, found.superior, atol=1e-9)


def test_row_0_of_the_inferior_matrix_touches_the_midline() -> None:
    values = np.ones((8, 8))
    values[4] = 5
    found = full_asymmetry(square_grid(8), values)
    assert found.inferior[0].tolist() == [4] * 8
    assert found.superior[3].tolist() == [-4] * 8
    assert (found.inferior[1:] == 0).all()


def test_an_odd_number_of_rows_splits_the_middle_row_by_area() -> None:
    values = np.zeros((9, 8))
    values[4] = 8.0
    values[3] = 2.0
    grid = EnFaceGrid(rows=9, columns=8, row_spacing_mm=1, column_spacing_mm=1)
    found = full_asymmetry(grid, values)
    # The cell above the midline spans rows 3.375 … 4.5 of edges: 5/8 of row 3 and half of row 4, of 9/8.
    above = (2 * 0.625 + 8 * 0.5) / 1.125
    below = (8 * 0.5) / 1.125
    assert found.superior[3, 0] == pytest.approx(above - below)


def test_a_symmetric_map_has_no_asymmetry() -> None:
    half = np.random.default_rng(3).uniform(50, 100, (7, 13))
    found = full_asymmetry(square_grid(13), np.vstack([half[:6], half[6:], half[5::-1]]))
    np.testing.assert_allclose(found.superior, 0, atol=1e-12)


def test_a_cell_without_tissue_leaves_both_mirror_images_undefined() -> None:
    values = np.ones((16, 16))
    values[:2, :2] = np.nan
    found = full_asymmetry(square_grid(16), values)
    assert np.isnan(found.superior[0, 0])
    assert np.isnan(found.inferior[3, 0])
    assert np.isnan(found.superior).sum() == 1
    assert found.coverage[0, 0] == 0


def test_the_zone_square_is_about_the_centre_and_may_reach_over_the_map() -> None:
    values = np.ones((20, 60))
    grid = EnFaceGrid(rows=20, columns=60, row_spacing_mm=0.25, column_spacing_mm=0.1)
    found = zone_asymmetry(grid, values, zone_mm=6.0)
    assert found.coverage[0, 0] == pytest.approx(0.25 / 0.75)
    assert (found.superior == 0).all()
