import numpy as np
import pytest

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.enface import EnFaceGrid, EnFacePoint, ScanDirection, ScanOrientation, ScanProtocol
from tests.kit.oct import ORIENTATIONS


@pytest.mark.parametrize("orientation", ORIENTATIONS, ids=str)
def test_going_to_canonical_and_back_changes_nothing(orientation: ScanOrientation) -> None:
    scan = np.arange(12.0).reshape(3, 4)
    assert (orientation.from_canonical(orientation.to_canonical(scan)) == scan).all()


@pytest.mark.parametrize("orientation", ORIENTATIONS, ids=str)
def test_a_cell_moves_where_canonical_point_says(orientation: ScanOrientation) -> None:
    scan = np.arange(12.0).reshape(3, 4)
    canonical = orientation.to_canonical(scan)
    for slice_index, column in np.ndindex(3, 4):
        point = orientation.canonical_point(column=column, slice_index=slice_index, shape=(3, 4))
        assert canonical[int(point.row), int(point.column)] == scan[slice_index, column]
        assert orientation.scanned_point(point, shape=(3, 4)) == (column, slice_index)


def test_superior_left_comes_first_whatever_the_directions() -> None:
    scan = np.array([[1.0, 2.0], [3.0, 4.0]])
    expected = {
        ("HORIZONTAL_3D", "TOP_BOTTOM", "LEFT_RIGHT"): [[1, 2], [3, 4]],
        ("HORIZONTAL_3D", "BOTTOM_TOP", "LEFT_RIGHT"): [[3, 4], [1, 2]],
        ("HORIZONTAL_3D", "TOP_BOTTOM", "RIGHT_LEFT"): [[2, 1], [4, 3]],
        ("HORIZONTAL_3D", "BOTTOM_TOP", "RIGHT_LEFT"): [[4, 3], [2, 1]],
        ("VERTICAL_3D", "LEFT_RIGHT", "TOP_BOTTOM"): [[1, 3], [2, 4]],
        ("VERTICAL_3D", "RIGHT_LEFT", "TOP_BOTTOM"): [[3, 1], [4, 2]],
        ("VERTICAL_3D", "LEFT_RIGHT", "BOTTOM_TOP"): [[2, 4], [1, 3]],
        ("VERTICAL_3D", "RIGHT_LEFT", "BOTTOM_TOP"): [[4, 2], [3, 1]],
    }
    for orientation in ORIENTATIONS:
        key = (orientation.protocol.value, orientation.slice_direction.value, orientation.pixel_direction.value)
        assert orientation.to_canonical(scan).tolist() == expected[key]


def test_vertical_slices_are_columns_and_their_spacing_goes_with_them() -> None:
    orientation = ORIENTATIONS[-1]
    grid = orientation.grid(shape=(3, 4), slice_spacing_mm=0.5, column_spacing_mm=0.1, centre=(0, 2))
    assert grid.shape == (4, 3)
    assert (grid.row_spacing_mm, grid.column_spacing_mm) == (0.1, 0.5)
    assert grid.centre_point == EnFacePoint(column=0, row=3)


@pytest.mark.parametrize(
    ("protocol", "across", "along", "field"),
    [
        ("HORIZONTAL_3D", "LEFT_RIGHT", "LEFT_RIGHT", "slice_direction"),
        ("HORIZONTAL_3D", "TOP_BOTTOM", "BOTTOM_TOP", "pixel_direction"),
        ("VERTICAL_3D", "TOP_BOTTOM", "TOP_BOTTOM", "slice_direction"),
        ("VERTICAL_3D", "LEFT_RIGHT", "RIGHT_LEFT", "pixel_direction"),
    ],
)
def test_a_direction_the_protocol_does_not_know_is_refused(protocol: str, across: str, along: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        ScanOrientation(
            protocol=ScanProtocol(protocol),
            slice_direction=ScanDirection(across),
            pixel_direction=ScanDirection(along),
        )
    assert refused.value.field == field


@pytest.mark.parametrize("spacing", [0.0, -1.0, float("nan"), float("inf")])
def test_a_spacing_that_is_no_positive_number_is_refused(spacing: float) -> None:
    with pytest.raises(InvalidInput, match="slice_thickness"):
        ORIENTATIONS[0].grid(shape=(3, 4), slice_spacing_mm=spacing, column_spacing_mm=0.1)
    with pytest.raises(InvalidInput, match="column_spacing_mm"):
        EnFaceGrid(rows=1, columns=1, row_spacing_mm=1, column_spacing_mm=spacing)


def test_a_centre_off_the_scan_is_refused() -> None:
    with pytest.raises(InvalidInput, match="exam_center_coordinate_xz"):
        ORIENTATIONS[0].grid(shape=(3, 4), slice_spacing_mm=1, column_spacing_mm=1, centre=(4, 0))
