"""Points go through a field and come back to where they were."""

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st

from ophtha_core.phantoms.chest_ct import Breathing
from registration.errors import InvalidContent
from registration.grids import Grid
from registration.points import PointMapper

GRID = Grid((-90.0, -70.0, -120.0), (3.0, 3.0, 3.0), (61, 48, 70))
MOTION = Breathing(depth_mm=25)


def field() -> sitk.Image:
    x, y, z = np.broadcast_arrays(*GRID.axes_mm())
    points = np.stack([x, y, z], axis=-1).astype(np.float64)
    return GRID.image((MOTION.to_floating(points) - points).astype(np.float32), is_vector=True)


MAPPER = PointMapper(field())
INNER = st.tuples(st.floats(-80, 80), st.floats(-60, 60), st.floats(-80, 80))


@settings(max_examples=30, deadline=None)
@given(points=st.lists(INNER, min_size=1, max_size=20))
def test_points_go_where_the_motion_takes_them_and_come_back(points: list[tuple[float, float, float]]) -> None:
    given_mm = np.array(points)
    there = MAPPER.to_floating(given_mm)
    assert np.abs(there - MOTION.to_floating(given_mm)).max() < 0.1
    assert np.abs(MAPPER.to_reference(there) - given_mm).max() < 0.05


def test_a_point_outside_the_field_is_nowhere() -> None:
    outside = np.array([[500.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    for mapped in (MAPPER.to_floating(outside), MAPPER.to_reference(outside)):
        assert np.isnan(mapped).all(axis=1).tolist() == [True, False]


def test_an_image_of_grey_values_is_no_field() -> None:
    with pytest.raises(InvalidContent, match="no vectors"):
        PointMapper(GRID.image(np.zeros(GRID.shape, dtype=np.float32)))
