"""A circle scan gives the same anatomy wherever it starts and whichever way it runs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ophtha_core.oct.circle_scan import CircleScan, fitted_circle, garway_heath, tsnit
from ophtha_core.oct.enface import Laterality
from ophtha_core.oct.rnfl import RnflAnalysis
from tests.kit.oct import Floats

COLUMNS = 768


def circle(start_deg: float, *, clockwise: bool, columns: int = COLUMNS) -> tuple[CircleScan, Floats]:
    """A circle of 1.7 mm radius and the direction of each A-scan."""
    turns = np.linspace(0, 360, columns, endpoint=False) * (1 if clockwise else -1)
    angles = start_deg + turns
    radians = np.radians(angles)
    found = fitted_circle(np.column_stack([5 + 1.7 * np.cos(radians), 4 + 1.7 * np.sin(radians)]))
    assert found is not None
    return found, angles


def anatomy(angles_deg: Floats, laterality: Laterality) -> Floats:
    """100 µm, 20 more nasal, 10 more inferior, 5 more superior than inferior is not."""
    mirrored = 180.0 - angles_deg if laterality is Laterality.LEFT else angles_deg
    radians = np.radians(mirrored)
    return 100 + 20 * np.cos(radians) + 10 * np.sin(radians)


@given(start_deg=st.floats(0, 360), clockwise=st.booleans(), laterality=st.sampled_from(list(Laterality)))
def test_any_start_and_sense_give_the_same_profile(start_deg: float, clockwise: bool, laterality: Laterality) -> None:
    scan, angles = circle(start_deg, clockwise=clockwise)
    assert scan.radius_mm == pytest.approx(1.7)
    assert scan.center_mm == pytest.approx((5, 4))
    assert scan.is_clockwise is clockwise
    assert scan.start_deg == pytest.approx(start_deg % 360, abs=1e-6) or start_deg % 360 == pytest.approx(0, abs=1e-6)
    profile = scan.profile(anatomy(angles, laterality), laterality=laterality)
    mean = np.sin(np.pi / 4) / (np.pi / 4)
    assert profile.sectors(RnflAnalysis.QUADRANT) == pytest.approx(
        [100 + 20 * mean, 100 + 10 * mean, 100 - 20 * mean, 100 - 10 * mean], abs=0.01
    )


def test_tsnit_runs_from_temporal_over_superior_nasal_and_inferior() -> None:
    scan, angles = circle(30, clockwise=False)
    samples = tsnit(scan.profile(anatomy(angles, Laterality.RIGHT), laterality=Laterality.RIGHT))
    assert len(samples) == 768
    quarter = [samples[place] for place in (0, 192, 384, 576)]
    assert quarter == pytest.approx([80, 90, 120, 110], abs=0.1)


def test_the_six_sectors_cover_the_circle_and_follow_the_axis() -> None:
    scan, angles = circle(0, clockwise=True)
    profile = scan.profile(anatomy(angles, Laterality.RIGHT), laterality=Laterality.RIGHT)
    found = garway_heath(profile)
    assert list(found) == ["T", "TS", "NS", "N", "NI", "TI"]
    assert all(share == 1.0 for _, share in found.values())
    widths = {"T": 90, "TS": 45, "NS": 45, "N": 90, "NI": 45, "TI": 45}
    whole = sum(widths[name] * (mean or 0) for name, (mean, _) in found.items()) / 360
    assert whole == pytest.approx(100, abs=0.01)
    assert found["T"][0] == pytest.approx(100 - 20 * np.sin(np.pi / 4) / (np.pi / 4), abs=0.01)
    turned = garway_heath(profile, axis_deg=90.0)
    assert turned["T"][0] == pytest.approx(100 - 10 * np.sin(np.pi / 4) / (np.pi / 4), abs=0.01)


def test_a_gap_is_missing_and_no_part_of_a_mean() -> None:
    scan, _ = circle(0, clockwise=True)
    thickness = np.full(COLUMNS, 100.0)
    thickness[:60] = np.nan
    profile = scan.profile(thickness, laterality=Laterality.RIGHT)
    assert profile.sectors(RnflAnalysis.QUADRANT) == pytest.approx([100.0] * 4)
    assert profile.coverage(RnflAnalysis.QUADRANT)[0] < 0.75
    assert None in tsnit(profile)


def test_what_is_no_circle_is_none() -> None:
    angles = np.radians(np.linspace(0, 200, 100))
    arc = np.column_stack([np.cos(angles), np.sin(angles)])
    ellipse = np.column_stack([np.cos(angles * 1.8), 1.3 * np.sin(angles * 1.8)])
    line = np.column_stack([np.linspace(0, 6, 100), np.zeros(100)])
    assert all(fitted_circle(points) is None for points in (arc, ellipse, line, arc[:3]))
