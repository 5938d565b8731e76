from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import SimpleITK as sitk

from registration.lesions.follow_up import Followed, LesionState, ScanPair, follow
from registration.lesions.scan import Scan
from registration.points import PointMapper
from tests.kit.nodules import GLASS_HU, Nodule, Shape, sphere

SHIFT_MM = (6.0, -4.0, 2.0)
"""From the reference to the floating scan."""
LAST_YEAR, THIS_YEAR = date(2025, 1, 1), date(2026, 1, 1)


def moved(shape: Shape) -> Shape:
    dx, dy, dz = SHIFT_MM
    return lambda x, y, z: shape(x - dx, y - dy, z - dz)


def nowhere(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    return np.full_like(x, 9.0)


def mapper() -> PointMapper:
    field = sitk.GetImageFromArray(np.tile(np.array(SHIFT_MM, np.float32), (15, 15, 15, 1)), isVector=True)
    field.SetSpacing((5.0,) * 3)
    field.SetOrigin((-35.0,) * 3)
    return PointMapper(field)


def scan(shape: Shape, acquired: date | None, *, hu: float = 35.0, seed: int = 1) -> Scan:
    image = Nodule(shape=shape, hu=hu, seed=seed, slice_mm=1.0).scanned()
    return Scan(image=image, acquired=acquired, slice_mm=1.0, kernel="B50f", has_contrast=False)


@pytest.fixture(scope="module")
def grown() -> ScanPair:
    """From 8 to 10 mm in a year: twice the volume, and a little less."""
    return ScanPair(
        reference=scan(sphere(4), LAST_YEAR), floating=scan(moved(sphere(5)), THIS_YEAR, seed=2), mapper=mapper()
    )


@pytest.fixture(scope="module")
def one_sided() -> ScanPair:
    return ScanPair(reference=scan(sphere(4), LAST_YEAR), floating=scan(nowhere, THIS_YEAR, seed=2), mapper=mapper())


def at_origin(pair: ScanPair, *, error_mm: float | None = 1.0) -> Followed:
    return follow(pair, np.zeros(3), is_reference=True, expected_error_mm=error_mm)


def test_a_nodule_that_doubles_in_a_year_does_so_in_365_days(grown: ScanPair) -> None:
    found = at_origin(grown)
    assert found.state is LesionState.SAME
    assert found.reference is not None
    assert found.floating is not None
    assert found.floating.point_mm == pytest.approx(SHIFT_MM, abs=0.4)
    true_growth = (5 / 4) ** 3
    assert found.growth_percent == pytest.approx(100 * (true_growth - 1), abs=12)
    assert found.repeatability_percent == 25
    assert found.doubling_days == pytest.approx(365 * np.log(2) / np.log(true_growth), rel=0.1)


def test_it_makes_no_difference_in_which_scan_the_point_lies(grown: ScanPair) -> None:
    there = follow(grown, np.array(SHIFT_MM), is_reference=False)
    here = at_origin(grown)
    assert there.growth_percent == pytest.approx(here.growth_percent, abs=2)


def test_growth_goes_from_the_older_to_the_newer_scan(grown: ScanPair) -> None:
    turned = replace(
        grown,
        reference=replace(grown.reference, acquired=THIS_YEAR),
        floating=replace(grown.floating, acquired=LAST_YEAR),
    )
    found = at_origin(turned)
    assert found.growth_percent == pytest.approx(100 * ((4 / 5) ** 3 - 1), abs=5)
    assert found.doubling_days is None


@pytest.mark.parametrize("acquired", [None, LAST_YEAR])
def test_without_two_dates_there_is_no_growth(grown: ScanPair, acquired: date | None) -> None:
    found = at_origin(replace(grown, floating=replace(grown.floating, acquired=acquired)))
    assert (found.state, found.growth_percent, found.doubling_days) == (LesionState.SAME, None, None)
    assert "dates" in found.reason


@pytest.mark.parametrize(
    ("change", "named"), [({"kernel": "B31f"}, "kernel"), ({"has_contrast": True}, "contrast agent")]
)
def test_another_protocol_makes_growth_unreliable(grown: ScanPair, change: dict[str, object], named: str) -> None:
    found = at_origin(replace(grown, floating=replace(grown.floating, **change)))
    assert found.growth_percent is not None
    assert (found.repeatability_percent, found.doubling_days) == (None, None)
    assert "unreliable" in found.reason
    assert named in found.reason


def test_of_ground_glass_no_repeatability_is_known() -> None:
    pair = ScanPair(
        reference=scan(sphere(5), LAST_YEAR, hu=GLASS_HU),
        floating=scan(moved(sphere(7)), THIS_YEAR, hu=GLASS_HU),
        mapper=mapper(),
    )
    found = at_origin(pair)
    assert found.growth_percent == pytest.approx(100 * ((7 / 5) ** 3 - 1), rel=0.1)
    assert (found.repeatability_percent, found.doubling_days) == (None, None)


def test_what_only_the_older_scan_shows_is_gone_and_what_only_the_newer_one_shows_is_new(one_sided: ScanPair) -> None:
    gone = at_origin(one_sided)
    assert (gone.state, gone.floating) == (LesionState.GONE, None)
    newer = replace(one_sided.reference, acquired=date(2027, 1, 1))
    assert at_origin(replace(one_sided, reference=newer)).state is LesionState.NEW


@pytest.mark.parametrize(("error_mm", "reason"), [(None, "not known"), (5.0, "larger than its radius")])
def test_an_unknown_or_large_error_leaves_it_unclear(one_sided: ScanPair, error_mm: float | None, reason: str) -> None:
    found = at_origin(one_sided, error_mm=error_mm)
    assert found.state is LesionState.UNCLEAR
    assert reason in found.reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"slice_mm": 5.0}, "thicker"), ({"acquired": None}, "dates"), ({"acquired": LAST_YEAR}, "dates")],
)
def test_thick_slices_and_missing_dates_leave_it_unclear(
    one_sided: ScanPair, change: dict[str, object], reason: str
) -> None:
    found = at_origin(replace(one_sided, floating=replace(one_sided.floating, **change)))
    assert found.state is LesionState.UNCLEAR
    assert reason in found.reason


def test_what_the_other_scan_does_not_show_is_unclear(one_sided: ScanPair) -> None:
    low = one_sided.floating.image[:, :, :10]
    found = at_origin(replace(one_sided, floating=replace(one_sided.floating, image=low)))
    assert (found.state, found.reason) == (LesionState.UNCLEAR, "the other scan does not show its place")


def test_a_point_without_a_lesion_is_unclear(one_sided: ScanPair) -> None:
    found = follow(one_sided, np.array([15.0, 15.0, 15.0]), is_reference=True)
    assert (found.state, found.reference, found.floating) == (LesionState.UNCLEAR, None, None)
    assert follow(one_sided, np.array([900.0, 0, 0]), is_reference=True).reason == "the point lies outside of the scan"
