"""The mean filter against the reference's oracle, a pixel-by-pixel sum, and itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from ophtha_core.masking.mean import mean_filter
from tests.kit.masked import brute_mean, brute_mean_inside

INTEGERS = ("u1", "i1", "u2", "i2", "u4", "i4")
ORACLE = {
    2: [10, 15, 25, 35, 45, 55, 65, 75],
    3: [13, 20, 30, 40, 50, 60, 70, 76],
    4: [12, 17, 25, 35, 45, 55, 65, 72],
    30: [35, 38, 40, 42, 45, 47, 49, 52],
}
ROW = np.arange(10, 90, 10)

pixels = st.sampled_from(INTEGERS).flatmap(
    lambda dtype: arrays(dtype, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(1)))
)


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("width_px", ORACLE)
@pytest.mark.parametrize("axis", [0, 1])
def test_a_ramp_gives_the_values_of_the_reference(dtype, width_px, axis):
    ramp = np.expand_dims(ROW.astype(dtype), (1 - axis, 2))
    assert mean_filter(ramp, width_px=width_px).ravel().tolist() == ORACLE[width_px]


@pytest.mark.parametrize(("width_px", "value", "touched"), [(2, 22, slice(1, 3)), (3, 10, slice(0, 3))])
def test_a_single_bright_pixel_spreads_as_in_the_reference(width_px, value, touched):
    square = np.zeros((4, 4, 1), np.int16)
    square[1, 1] = 90
    expected = np.zeros((4, 4), np.int16)
    expected[touched, touched] = value
    np.testing.assert_array_equal(mean_filter(square, width_px=width_px)[:, :, 0], expected)


@given(values=pixels, width_px=st.one_of(st.integers(2, 12), st.integers(30, 40)))
def test_every_mean_equals_the_sum_pixel_by_pixel(values, width_px):
    found = mean_filter(values, width_px=width_px)
    np.testing.assert_array_equal(found[:, :, 0], brute_mean(values[:, :, 0], width_px))
    assert found.dtype == values.dtype


@given(values=pixels, width_px=st.integers(2, 12), data=st.data())
def test_a_mean_over_any_shape_reads_the_pixels_inside_only(values, width_px, data):
    inside = data.draw(arrays(bool, values.shape[:2]))
    outside_changed = np.where(inside[:, :, None], values, data.draw(arrays(values.dtype, values.shape)))
    found = mean_filter(values, width_px=width_px, inside=inside)[:, :, 0]
    again = mean_filter(outside_changed, width_px=width_px, inside=inside)[:, :, 0]
    np.testing.assert_array_equal(found[inside], brute_mean_inside(values[:, :, 0], inside, width_px)[inside])
    np.testing.assert_array_equal(found[inside], again[inside])


@given(values=arrays("f4", array_shapes(min_dims=3, max_dims=3, max_side=7), elements=st.floats(-100, 100, width=32)))
def test_means_of_floats_are_not_truncated(values):
    found = mean_filter(values, width_px=3)
    for channel in range(values.shape[2]):
        np.testing.assert_allclose(found[:, :, channel], brute_mean(values[:, :, channel], 3), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("spoiler", [np.nan, np.inf, 3e38])
def test_an_undefined_or_huge_float_spoils_its_own_neighbourhood_only(spoiler):
    values = np.ones((20, 20, 1), np.float32)
    values[4, 4] = spoiler
    found = mean_filter(values, width_px=3)[:, :, 0]
    found[3:6, 3:6] = 1
    assert (found == 1).all()


def test_channels_do_not_mix():
    values = np.zeros((8, 8, 3), np.uint8)
    values[:, :, 1] = 200
    assert mean_filter(values, width_px=5).reshape(-1, 3).max(0).tolist() == [0, 200, 0]


@pytest.mark.parametrize("width_px", [10**4, 10**9, 10**30])
@pytest.mark.parametrize("dtype", ["i2", "u4", "f4"])
def test_any_width_is_possible(width_px, dtype):
    values = np.array([[0, 100, 200, 40]], dtype)[:, :, None]
    # Half of such a window shows the left end, half the right end.
    found = mean_filter(values, width_px=width_px)
    np.testing.assert_allclose(found, 20, atol=1)


@settings(max_examples=20)
@given(value=st.integers(-(2**31), 2**31 - 1), width_px=st.integers(2, 3000))
def test_a_constant_stays_itself(value, width_px):
    constant = np.full((5, 6, 1), value, np.int32)
    found = mean_filter(constant, width_px=width_px)
    assert np.abs(found.astype(np.int64) - value).max() <= 1
