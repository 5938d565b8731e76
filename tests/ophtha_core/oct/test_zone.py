import numpy as np
import pytest

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.zone import ZoneFit, ZoneStatus, fit_zone


def fit(
    slices: int,
    columns: int,
    *,
    slice_mm: float = 0.1,
    column_mm: float = 0.1,
    zone: float = 6.0,
    minimum: float = 5.0,
    centre: tuple[float, float] | None = None,
) -> ZoneFit:
    return fit_zone(
        shape=(slices, columns),
        slice_spacing_mm=slice_mm,
        column_spacing_mm=column_mm,
        zone_mm=zone,
        minimum_mm=minimum,
        centre=centre,
    )


@pytest.mark.parametrize(
    ("slices", "columns", "status"),
    [
        (60, 60, "OK"),
        (61, 60, "OK_CROPPED"),
        (59, 60, "OK_PADDED"),
        (60, 80, "OK_CROPPED"),
        (60, 50, "OK_PADDED"),
        (60, 49, "ZONE_OF_INTEREST_NOT_REACHED"),
        (49, 60, "ZONE_OF_INTEREST_NOT_REACHED"),
        (49, 90, "ZONE_OF_INTEREST_NOT_REACHED"),
        (90, 50, "OK_CROPPED_PADDED"),
        (50, 50, "OK_PADDED"),
    ],
)
def test_status_at_just_under_and_just_over_each_bound(slices: int, columns: int, status: str) -> None:
    assert fit(slices, columns).status == status


@pytest.mark.parametrize(
    ("zone", "status"),
    [(5.95, "OK"), (6.05, "OK"), (5.9499, "OK_CROPPED"), (6.0501, "OK_PADDED"), (6.0, "OK")],
)
def test_half_a_cell_counts_as_fitting(zone: float, status: str) -> None:
    assert fit(60, 60, zone=zone).status == status


def test_a_minimum_that_is_met_exactly_is_met() -> None:
    assert fit(60, 19, column_mm=0.249175, minimum=19 * 0.249175).status is ZoneStatus.PADDED
    assert fit(60, 19, column_mm=0.249175, minimum=19 * 0.249175 + 1e-6).status is ZoneStatus.NOT_REACHED


def test_a_minimum_above_the_zone_only_counts_where_the_zone_is_not_filled() -> None:
    assert fit(40, 40, zone=3.0).status is ZoneStatus.CROPPED
    assert fit(28, 40, zone=3.0).status is ZoneStatus.NOT_REACHED


@pytest.mark.parametrize(("zone", "cells"), [(6.0, 61), (5.9, 59), (6.04, 61), (5.94, 59), (5.84, 59)])
def test_a_crop_has_the_odd_number_of_cells_nearest_to_the_zone(zone: float, cells: int) -> None:
    found = fit(100, 100, zone=zone)
    assert (found.slices.count, found.columns.count) == (cells, cells)


def test_the_crop_is_about_the_cell_nearest_the_centre() -> None:
    scan = np.zeros((101, 121))
    scan[52, 64] = 1
    found = fit(101, 121, centre=(64.3, 51.6))
    assert found.status is ZoneStatus.CROPPED
    assert found.offset == (22, 34)
    assert found.apply(scan, padding_value=-1)[30, 30] == 1


def test_a_window_over_the_edge_is_cropped_and_padded() -> None:
    found = fit(100, 100, centre=(10, 50))
    assert found.status is ZoneStatus.CROPPED_PADDED
    cropped = found.apply(np.ones((100, 100)), padding_value=-1)
    assert cropped.shape == (61, 61)
    assert (cropped[:, :20] == -1).all()
    assert (cropped[:, 20:] == 1).all()


def test_padding_goes_on_both_sides_and_keeps_the_centre() -> None:
    found = fit(55, 60)
    padded = found.apply(np.arange(55.0)[:, None] * np.ones(60), padding_value=-1)
    assert padded.shape == (61, 60)
    assert padded[30, 0] == 27
    assert (padded[:3] == -1).all()
    assert (padded[-3:] == -1).all()


def test_below_the_minimum_the_map_is_untouched() -> None:
    scan = np.arange(30.0 * 90).reshape(30, 90)
    found = fit(30, 90)
    assert found.status is ZoneStatus.NOT_REACHED
    assert (found.apply(scan, padding_value=-1) == scan).all()
    assert found.offset == (0, 0)


def test_unequal_spacings_are_fitted_axis_by_axis() -> None:
    found = fit(19, 512, slice_mm=0.249175, column_mm=0.01168, minimum=4.5)
    assert found.status is ZoneStatus.CROPPED_PADDED or found.status is ZoneStatus.PADDED
    assert found.slices.count == 25
    assert found.columns.count in (512, 513)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"slice_mm": 0.0}, "slice_thickness"),
        ({"column_mm": -0.1}, "pixel_spacing_column"),
        ({"zone": 0.0}, "zone_of_interest"),
        ({"minimum": -1.0}, "min_exam_width_mm"),
        ({"centre": (60.0, 0.0)}, "exam_center_coordinate_xz"),
    ],
)
def test_values_that_make_no_window_are_refused(changes: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        fit(60, 60, **changes)  # type: ignore[arg-type]
    assert refused.value.field == field
