"""Spokes through the fovea give the sectors of the ETDRS circle, and only where a spoke is near."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ophtha_core.oct.circles import ETDRS
from ophtha_core.oct.star_scan import StarScan, fitted_star

COLUMN_MM, COLUMNS = 0.02, 320


def star(spokes: int, *, first_deg: float = 0.0, backwards: bool = False) -> StarScan:
    angles = np.radians(first_deg + np.arange(spokes) * 180.0 / spokes + (180.0 if backwards else 0.0))
    half = COLUMN_MM * (COLUMNS - 1) / 2
    units = np.column_stack([np.cos(angles), np.sin(angles)])
    found = fitted_star(5 - half * units, 5 + half * units, column_spacing_mm=COLUMN_MM, columns=COLUMNS)
    assert found is not None
    return found


def plane(scan: StarScan) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """300 µm at the centre, 20 µm/mm to the right, 10 µm/mm down."""
    along = (np.arange(COLUMNS)[None] - scan.centers[:, None]) * COLUMN_MM
    angles = np.radians(scan.angles_deg)[:, None]
    return 300 + 20 * along * np.cos(angles) + 10 * along * np.sin(angles)


def test_a_plane_has_the_means_of_the_plane() -> None:
    scan = star(24)
    rings = scan.statistics(plane(scan), circle=ETDRS)
    centroid = 2 / 3 * (1.5**3 - 0.5**3) / (1.5**2 - 0.5**2) * np.sin(np.pi / 4) / (np.pi / 4)
    expected = [300 + slope * centroid for slope in (20, 10, -20, -10)]
    assert [sector.mean for sector in rings[1]] == pytest.approx(expected, abs=0.3)
    assert rings[0][0].mean == pytest.approx(300, abs=0.05)


@settings(deadline=None, max_examples=20)
@given(spokes=st.integers(6, 36), first_deg=st.floats(0, 180), backwards=st.booleans())
def test_a_flat_retina_is_flat_and_its_disc_wholly_covered(spokes: int, first_deg: float, backwards: bool) -> None:
    scan = star(spokes, first_deg=first_deg, backwards=backwards)
    rings = scan.statistics(np.full((spokes, COLUMNS), 287.0), circle=ETDRS)
    for ring in rings:
        for sector in ring:
            assert sector.mean == pytest.approx(287.0)
            assert sector.coverage == pytest.approx(1.0, abs=0.01)


@settings(deadline=None, max_examples=20)
@given(missing=st.floats(0, 1), seed=st.integers(0, 2**32 - 1))
def test_missing_a_scans_never_change_a_flat_retina(missing: float, seed: int) -> None:
    scan = star(12)
    values = np.full((12, COLUMNS), 287.0)
    values[np.random.default_rng(seed).random(values.shape) < missing] = np.nan
    for ring in scan.statistics(values, circle=ETDRS):
        for sector in ring:
            assert sector.mean is None or sector.mean == pytest.approx(287.0)


def test_between_spokes_that_lie_far_apart_nothing_was_measured() -> None:
    rings = star(2).statistics(np.full((2, COLUMNS), 287.0), circle=ETDRS)
    assert [sector.coverage for sector in rings[1]] == pytest.approx([1 / 3] * 4, abs=0.01)


def test_parallel_lines_are_no_star() -> None:
    starts = np.column_stack([np.zeros(5), np.arange(5) * 0.05])
    assert fitted_star(starts, starts + np.array([6.0, 0.0]), column_spacing_mm=COLUMN_MM, columns=COLUMNS) is None
    apart = np.array([[0.0, 0.0], [3.0, 0.0]])
    ends = np.array([[6.0, 0.0], [3.0, 6.0]])
    assert fitted_star(apart, ends, column_spacing_mm=COLUMN_MM, columns=COLUMNS) is None
