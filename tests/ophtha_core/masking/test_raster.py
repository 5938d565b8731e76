"""A box covers exactly the pixels its cut through the slice plane touches."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ophtha_core.dicom.geometry import SlicePlane
from ophtha_core.masking.raster import FrameMask, box_on_frame, rectangle_on_frame
from ophtha_core.masking.region import Fill, Region2D, Region3D
from tests.kit.planes import AXIAL, CORONAL, ORTHOGONAL, SAGITTAL, is_clear_cut, oblique_planes, plane, touched_pixels

ROWS, COLUMNS = 11, 13
BLACK = Fill(value=0)
corner = st.tuples(*[st.floats(-8, 8)] * 3)


def box(origin: tuple[float, float, float], end: tuple[float, float, float]) -> Region3D:
    return Region3D(origin_mm=origin, end_mm=end, paint=BLACK)


def drawn(mask: FrameMask | None, rows: int = ROWS, columns: int = COLUMNS) -> np.ndarray:
    return np.zeros((rows, columns), bool) if mask is None else mask.as_array(rows, columns)


def assert_exact(slice_plane: SlicePlane, region: Region3D) -> None:
    size = {"rows": ROWS, "columns": COLUMNS}
    truth = touched_pixels(slice_plane, region.low_mm, region.high_mm, **size)
    clear = is_clear_cut(slice_plane, region.low_mm, region.high_mm, **size)
    mask = drawn(box_on_frame(region, slice_plane, **size))
    np.testing.assert_array_equal(mask[clear], truth[clear])
    assert not (truth & ~mask).any(), "fewer pixels than the box covers"


@given(slice_plane=oblique_planes(), origin=corner, end=corner)
def test_a_box_on_an_oblique_plane_masks_exactly_the_pixels_it_touches(slice_plane, origin, end):
    assert_exact(slice_plane, box(origin, end))


@pytest.mark.parametrize("orientation", ORTHOGONAL)
@given(origin=corner, end=corner, start=corner, row_spacing_mm=st.floats(0.3, 3), column_spacing_mm=st.floats(0.3, 3))
def test_a_box_on_an_orthogonal_plane_masks_exactly_the_pixels_it_touches(
    orientation, origin, end, start, row_spacing_mm, column_spacing_mm
):
    slice_plane = plane(
        orientation, origin_mm=start, row_spacing_mm=row_spacing_mm, column_spacing_mm=column_spacing_mm
    )
    # The plane itself must be inside the box along its normal for there to be something to see.
    normal = int(np.flatnonzero(np.cross(*orientation))[0])
    low = [min(a, b) for a, b in zip(origin, end, strict=True)]
    high = [max(a, b) for a, b in zip(origin, end, strict=True)]
    low[normal], high[normal] = start[normal] - 0.5, start[normal] + 0.5
    assert_exact(slice_plane, box(tuple(low), tuple(high)))


@given(origin=corner, end=corner, slice_plane=oblique_planes())
def test_the_order_of_the_corners_does_not_matter(origin, end, slice_plane):
    size = {"rows": ROWS, "columns": COLUMNS}
    mixed = (origin[0], end[1], origin[2]), (end[0], origin[1], end[2])
    np.testing.assert_array_equal(
        drawn(box_on_frame(box(origin, end), slice_plane, **size)),
        drawn(box_on_frame(box(*mixed), slice_plane, **size)),
    )


@pytest.mark.parametrize(
    ("orientation", "low", "high", "rows", "columns"),
    [
        (AXIAL, (2.0, 3.0, -1.0), (8.0, 6.0, 1.0), (1, 3), (4, 16)),
        (CORONAL, (2.0, -1.0, -6.0), (8.0, 1.0, -3.0), (1, 3), (4, 16)),
        (SAGITTAL, (-1.0, 2.0, -6.0), (1.0, 8.0, -3.0), (1, 3), (4, 16)),
    ],
)
def test_columns_follow_the_column_spacing_and_rows_the_row_spacing(orientation, low, high, rows, columns):
    # Rows are 3 mm apart, columns 0.5 mm; pixel 4 spans 1.75 to 2.25 mm, row 1 spans 1.5 to 4.5 mm.
    slice_plane = plane(orientation, row_spacing_mm=3.0, column_spacing_mm=0.5)
    mask = drawn(box_on_frame(box(low, high), slice_plane, rows=10, columns=30), 10, 30)
    found_rows, found_columns = np.nonzero(mask)
    assert (found_rows.min(), found_rows.max() + 1) == rows
    assert (found_columns.min(), found_columns.max()) == columns
    assert mask[slice(*rows), columns[0] : columns[1] + 1].all()


@pytest.mark.parametrize("face_z_mm", [-49.7, 0.1 + 0.2, 1 / 3, 1e-9, 811.0])
@pytest.mark.parametrize("side", ["low", "high"])
def test_a_plane_on_a_face_of_the_box_is_inside(face_z_mm, side):
    slice_plane = plane(AXIAL, origin_mm=(0.0, 0.0, face_z_mm))
    other = face_z_mm + (10 if side == "low" else -10)
    assert drawn(
        box_on_frame(box((0.0, 0.0, face_z_mm), (5.0, 5.0, other)), slice_plane, rows=9, columns=9), 9, 9
    ).any()


def test_a_plane_just_beside_the_box_is_outside():
    region = box((0.0, 0.0, 0.0), (5.0, 5.0, 10.0))
    for z_mm in (-0.001, 10.001):
        assert box_on_frame(region, plane(AXIAL, origin_mm=(0.0, 0.0, z_mm)), rows=9, columns=9) is None


def test_a_box_that_ends_between_two_pixels_touches_both():
    mask = drawn(box_on_frame(box((2.5, 2.5, -1.0), (4.5, 4.5, 1.0)), plane(AXIAL), rows=9, columns=9), 9, 9)
    expected = np.zeros((9, 9), bool)
    expected[2:6, 2:6] = True
    np.testing.assert_array_equal(mask, expected)


@pytest.mark.parametrize("thickness", [(0.0, 5.0), (5.0, 0.0), (0.0, 0.0)])
def test_a_box_without_width_masks_the_pixels_under_its_line_or_point(thickness):
    end = (3.2 + thickness[0], 4.1 + thickness[1], 1.0)
    mask = drawn(box_on_frame(box((3.2, 4.1, -1.0), end), plane(AXIAL), rows=12, columns=12), 12, 12)
    expected = np.zeros((12, 12), bool)
    expected[4 : 4 + int(thickness[1]) + 1, 3 : 3 + int(thickness[0]) + 1] = True
    np.testing.assert_array_equal(mask, expected)


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ((-20.0, 0.0, -1.0), (-10.0, 5.0, 1.0)),
        ((0.0, -20.0, -1.0), (5.0, -10.0, 1.0)),
        ((30.0, 0.0, -1.0), (40.0, 5.0, 1.0)),
        ((0.0, 30.0, -1.0), (5.0, 40.0, 1.0)),
    ],
)
def test_a_box_beside_the_image_masks_nothing(low, high):
    assert box_on_frame(box(low, high), plane(AXIAL), rows=20, columns=20) is None


def test_an_oblique_cut_is_not_its_bounding_rectangle():
    half = 0.5**0.5
    slice_plane = plane(((half, half, 0.0), (-half, half, 0.0)), origin_mm=(0.0, -10.0, 0.0))
    mask = box_on_frame(box((-4.0, -4.0, -1.0), (4.0, 4.0, 1.0)), slice_plane, rows=20, columns=20)
    assert mask is not None
    assert mask.inside is not None
    assert 0.4 < mask.inside.mean() < 0.8


@given(a=st.tuples(st.integers(-20, 40), st.integers(-20, 40)), b=st.tuples(st.integers(-20, 40), st.integers(-20, 40)))
def test_a_2d_region_is_half_open_clipped_and_takes_its_corners_in_any_order(a, b):
    mask = drawn(rectangle_on_frame(Region2D(origin_px=a, end_px=b, paint=BLACK), rows=ROWS, columns=COLUMNS))
    for row in range(ROWS):
        for column in range(COLUMNS):
            inside = min(a[0], b[0]) <= column < max(a[0], b[0]) and min(a[1], b[1]) <= row < max(a[1], b[1])
            assert mask[row, column] == inside
