from math import pi

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ophtha_core.oct.contour import feret_diameters, fitted_ellipse, ray_radii, smoothed
from tests.kit.oct import Floats


def ellipse(a: float, b: float, tilt: float, *, points: int = 40, centre: tuple[float, float] = (5, 3)) -> Floats:
    angles = np.linspace(0, 2 * pi, points, endpoint=False)
    turn = np.array([[np.cos(tilt), -np.sin(tilt)], [np.sin(tilt), np.cos(tilt)]])
    return np.stack([a * np.cos(angles), b * np.sin(angles)], axis=1) @ turn.T + centre


def area(points: Floats) -> float:
    x, y = points.T
    return abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2


@given(a=st.floats(0.4, 2), ratio=st.floats(0.5, 0.98), tilt=st.floats(-pi, pi), points=st.integers(6, 60))
def test_the_fit_of_points_on_an_ellipse_is_that_ellipse(a: float, ratio: float, tilt: float, points: int) -> None:
    b = a * ratio
    found = fitted_ellipse(ellipse(a, b, tilt, points=points))
    assert found is not None
    turned = (found - [5, 3]) @ np.array([[np.cos(tilt), -np.sin(tilt)], [np.sin(tilt), np.cos(tilt)]])
    np.testing.assert_allclose((turned[:, 0] / a) ** 2 + (turned[:, 1] / b) ** 2, 1, atol=1e-6)
    assert area(found) == pytest.approx(pi * a * b, rel=2 / 3 * pi**2 / 128**2 * 1.01)


def test_too_few_points_or_points_on_a_line_make_no_ellipse() -> None:
    assert fitted_ellipse(ellipse(1, 1, 0, points=4)) is None
    assert fitted_ellipse(np.stack([np.arange(8.0), 2 * np.arange(8.0)], axis=1)) is None


def test_noise_is_averaged_out() -> None:
    noisy = ellipse(1, 0.8, 0.3, points=80) + np.random.default_rng(0).normal(0, 0.01, (80, 2))
    found = fitted_ellipse(noisy)
    assert found is not None
    assert area(found) == pytest.approx(pi * 0.8, rel=0.01)


def test_smoothing_keeps_a_circle_and_rounds_a_square() -> None:
    circle = ellipse(1, 1, 0, points=200)
    assert area(smoothed(circle)) == pytest.approx(pi, rel=1e-3)
    square = np.array([[0, 0], [2, 0], [2, 2], [0, 2]], dtype=float)
    rounded = smoothed(square)
    assert area(rounded) == pytest.approx(4, rel=0.02)
    assert np.abs(rounded - [2, 2]).sum(axis=1).min() > 0.02


def test_feret_diameters_of_a_rectangle() -> None:
    rectangle = np.array([[0, 0], [3, 0], [3, 4], [0, 4]], dtype=float)
    assert feret_diameters(rectangle) == (pytest.approx(3), pytest.approx(5))


def test_rays_reach_the_outermost_border() -> None:
    square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], dtype=float)
    angles = np.radians([0, 45, 90, 200])
    expected = [1, 2**0.5, 1, 1 / np.cos(np.radians(20))]
    assert ray_radii(square, origin=np.zeros(2), angles_rad=angles) == pytest.approx(expected)
    beside = ray_radii(square + np.array([5, 0]), origin=np.zeros(2), angles_rad=np.radians([0, 90]))
    assert beside == pytest.approx([6, 0])
