"""Interpolation against scipy's, and closed-form truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from registration.grids import Grid
from registration.interpolation import at_indices, inside, regridded

SHAPES = st.tuples(*[st.integers(1, 9)] * 3)


@given(SHAPES, st.integers(0, 2**32 - 1), st.sampled_from([np.int16, np.float32, np.bool_]))
def test_values_are_those_of_scipy_with_the_nearest_value_outside(
    shape: tuple[int, int, int], seed: int, kind: type[np.generic]
) -> None:
    random = np.random.default_rng(seed)
    volume = (random.normal(size=shape) * 1000).astype(kind)
    index = random.uniform(-2, 11, (3, 4, 5)).astype(np.float32)
    expected = ndimage.map_coordinates(volume.astype(np.float64), index, order=1, mode="nearest")
    np.testing.assert_allclose(at_indices(volume, index), expected, atol=0.01)


def test_points_of_many_blocks_keep_their_order() -> None:
    volume = np.arange(4 * 5 * 6, dtype=np.float32).reshape(4, 5, 6)
    random = np.random.default_rng(1)
    index = np.stack([random.uniform(0, count - 1, 100_000) for count in volume.shape])
    expected = index[0] * 30 + index[1] * 6 + index[2]
    np.testing.assert_allclose(at_indices(volume, index), expected, atol=1e-4)


def test_the_volume_is_not_changed() -> None:
    volume = np.ones((3, 3, 3), dtype=np.float32)
    at_indices(volume, np.full((3, 10), 0.5, dtype=np.float32))
    assert (volume == 1).all()


def test_inside_is_between_the_first_and_last_centres_or_a_margin_beyond() -> None:
    index = np.array([[-0.5, 0, 2, 2.5, 2.6], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1]], dtype=np.float32)
    assert inside(index, (3, 3, 3)).tolist() == [False, True, True, False, False]
    assert inside(index, (3, 3, 3), margin=0.5).tolist() == [True, True, True, True, False]


@pytest.mark.parametrize("leading", [(), (3,)])
def test_a_linear_function_is_regridded_exactly_and_continued_by_its_border(leading: tuple[int, ...]) -> None:
    source = Grid((0.0, -10.0, 5.0), (2.0, 2.0, 2.0), (12, 11, 10))
    x, y, z = source.axes_mm()
    array = np.broadcast_to(2 * x - y + 3 * z, (*leading, *source.shape)).astype(np.float32)
    target = Grid((1.0, -9.5, 6.0), (1.5, 1.5, 1.5), (8, 9, 30))
    x, y, z = target.axes_mm()
    expected = np.broadcast_to(2 * x - y + 3 * np.minimum(z, source.end_mm[2]), (*leading, *target.shape))
    np.testing.assert_allclose(regridded(array, source, target), expected, atol=1e-4)
