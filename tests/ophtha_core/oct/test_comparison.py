"""Two scans of an eye that did not change show no change, however each was scanned."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ophtha_core.oct.comparison import compare_maps
from ophtha_core.oct.enface import EnFaceGrid, EnFacePoint
from ophtha_core.oct.thickness import ThicknessMap
from tests.kit.oct import Floats, cell_centres


def scanned(
    *, rotation_deg: float, shift: tuple[float, float], thicker_um: float = 0.0, step_mm: float = 0.06
) -> ThicknessMap:
    """A tilted retina seen by a raster that is turned, and shifted against the fovea by cells."""
    grid = EnFaceGrid(rows=160, columns=170, row_spacing_mm=step_mm, column_spacing_mm=0.055, rotation_deg=rotation_deg)
    middle = grid.centre_point
    grid = grid.about(EnFacePoint(column=middle.column + shift[0], row=middle.row + shift[1]))
    along, across = cell_centres(grid)
    turn = np.radians(rotation_deg)
    x, y = along * np.cos(turn) - across * np.sin(turn), along * np.sin(turn) + across * np.cos(turn)
    values: Floats = 300 + 20 * x + 10 * y + thicker_um
    return ThicknessMap(grid=grid, values=values)


@settings(deadline=None, max_examples=15)
@given(
    rotation_deg=st.floats(-45, 45),
    across=st.floats(-8, 8),
    down=st.floats(-8, 8),
    thicker_um=st.floats(-50, 50),
)
def test_a_change_is_the_same_wherever_and_however_the_eye_was_scanned(
    rotation_deg: float, across: float, down: float, thicker_um: float
) -> None:
    newer = scanned(rotation_deg=0.0, shift=(0.0, 0.0), thicker_um=thicker_um)
    older = scanned(rotation_deg=rotation_deg, shift=(across, down), step_mm=0.058)
    found = compare_maps(newer, older)
    changes = [sector.change_um for ring in found.rings for sector in ring]
    assert changes == pytest.approx([thicker_um] * 9, abs=0.05)
    np.testing.assert_allclose(found.change_um, thicker_um, atol=1e-6)


def test_an_eye_that_was_turned_is_turned_back() -> None:
    newer = scanned(rotation_deg=0.0, shift=(0.0, 0.0))
    tilted = replace(newer, grid=replace(newer.grid, rotation_deg=12.0))
    found = compare_maps(newer, tilted, older_turn_deg=12.0)
    assert [sector.change_um for ring in found.rings for sector in ring] == pytest.approx([0.0] * 9, abs=0.01)
    np.testing.assert_allclose(found.change_um, 0.0, atol=1e-6)
    assert np.abs(compare_maps(newer, tilted).change_um).max() > 5


def test_what_either_did_not_measure_is_no_change() -> None:
    newer, older = (scanned(rotation_deg=0.0, shift=(0.0, 0.0)) for _ in range(2))
    older.values[:, :60] = np.nan
    found = compare_maps(newer, older)
    left = found.rings[2][2]
    assert left.change_um is None
    assert (left.newer_coverage, left.older_coverage) == (pytest.approx(1.0), pytest.approx(0.3, abs=0.3))
    assert np.isnan(found.change_um[:, 0]).all()
    assert found.rings[2][0].change_um == pytest.approx(0.0)
