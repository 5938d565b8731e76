"""Closed contours on the en-face plane: ellipse fits, smoothing, diameters, radii.

Points are (x, y) in mm, x right, y inferior; arrays have shape (n, 2).
"""

from math import atan2, cos, radians, sin

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

Floats = NDArray[np.float64]
ELLIPSE_POINTS = 128
SMOOTH_POINTS = 128
SMOOTH_HARMONICS = 6
POINTS_FOR_ELLIPSE = 5
RAYS_AT_ONCE = 512
SMALLEST_AREA_MM2 = 1e-9
"""What is smaller is rounding, and no contour."""


def fitted_ellipse(points: Floats) -> Floats | None:
    """Outline of the ellipse of direct least squares (Halíř and Flusser 1998); None where the points make none."""
    if len(points) < POINTS_FOR_ELLIPSE:
        return None
    middle = points.mean(axis=0)
    scale = float(np.abs(points - middle).max())
    x, y = ((points - middle) / scale).T
    quadratic, linear = np.stack([x * x, x * y, y * y], axis=1), np.stack([x, y, np.ones_like(x)], axis=1)
    try:
        to_linear = -np.linalg.solve(linear.T @ linear, linear.T @ quadratic)
    except np.linalg.LinAlgError:
        return None
    reduced = quadratic.T @ quadratic + quadratic.T @ linear @ to_linear
    constrained = np.stack([reduced[2] / 2, -reduced[1], reduced[0] / 2])
    vectors = np.real(np.linalg.eig(constrained)[1])
    is_ellipse = 4 * vectors[0] * vectors[2] - vectors[1] ** 2
    if not (is_ellipse > 0).any():
        return None
    shape = vectors[:, int(is_ellipse.argmax())]
    unit = ellipse_outline(np.concatenate([shape, to_linear @ shape]))
    return None if unit is None else unit * scale + middle


def ellipse_outline(conic: Floats) -> Floats | None:
    """Points of a x² + b xy + c y² + d x + e y + f = 0, clockwise on screen from image right; None if it is empty."""
    a, b, c, d, e, f = map(float, conic)
    form = np.array([[a, b / 2], [b / 2, c]])
    centre = np.linalg.solve(form, [-d / 2, -e / 2])
    level = float(centre @ form @ centre) - f
    values, axes = np.linalg.eigh(form)
    squares = level / values
    if not (squares > 0).all():
        return None
    start = atan2(axes[1, 0], axes[0, 0])
    angles = np.linspace(0, 2 * np.pi, ELLIPSE_POINTS, endpoint=False)
    handed = np.array([[cos(start), -sin(start)], [sin(start), cos(start)]])
    along = np.stack([np.cos(angles), np.sin(angles)], axis=1) * np.sqrt(squares)
    outline: Floats = along @ handed.T + centre
    return outline


def smoothed(points: Floats) -> Floats:
    """Low harmonics of the contour by arc length: circles and ellipses keep their size, corners are rounded."""
    closed = np.vstack([points, points[:1]])
    travelled = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    at = np.linspace(0, travelled[-1], SMOOTH_POINTS, endpoint=False)
    curve = np.interp(at, travelled, closed[:, 0]) + 1j * np.interp(at, travelled, closed[:, 1])
    spectrum = np.fft.fft(curve)
    spectrum[np.abs(np.fft.fftfreq(SMOOTH_POINTS, 1 / SMOOTH_POINTS)) > SMOOTH_HARMONICS] = 0
    smooth = np.fft.ifft(spectrum)
    return np.stack([smooth.real, smooth.imag], axis=1)


def turned(points: Floats, angle_deg: float) -> Floats:
    """Points turned about the origin, clockwise on screen."""
    turn = radians(angle_deg)
    return points @ np.array([[cos(turn), sin(turn)], [-sin(turn), cos(turn)]]) if angle_deg else points


def clipped(points: Floats, *, within: shapely.Polygon) -> Floats:
    """The largest part of a contour inside a polygon, (n, 2); the contour itself where it lies inside, or no points."""
    contour = shapely.Polygon(points)
    if contour.is_valid and within.covers(contour):
        return points
    parts = shapely.get_parts(shapely.intersection(shapely.make_valid(contour), within))
    flat = [part for part in parts if part.geom_type == "Polygon" and part.area > SMALLEST_AREA_MM2]
    if not flat:
        return np.zeros((0, 2))
    return np.array(max(flat, key=lambda part: part.area).exterior.coords)[:-1]


def feret_diameters(points: Floats) -> tuple[float, float]:
    """Smallest and largest distance between parallel lines that hold the contour."""
    hull = points[ConvexHull(points).vertices]
    edges = np.roll(hull, -1, axis=0) - hull
    normals = np.stack([-edges[:, 1], edges[:, 0]], axis=1) / np.hypot(*edges.T)[:, None]
    widths = np.ptp(hull @ normals.T, axis=0)
    distances = np.hypot(*(hull[:, None] - hull[None]).transpose(2, 0, 1))
    return float(widths.min()), float(distances.max())


def ray_radii(points: Floats, *, origin: Floats, angles_rad: Floats) -> Floats:
    """Distance from `origin` to the outermost crossing of the contour along each ray; 0 where there is none."""
    start = points - origin
    end = np.roll(start, -1, axis=0)
    edge = end - start
    radii = np.zeros(len(angles_rad))
    for first in range(0, len(angles_rad), RAYS_AT_ONCE):
        angles = angles_rad[first : first + RAYS_AT_ONCE, None]
        ray_x, ray_y = np.cos(angles), np.sin(angles)
        side_start = ray_x * start[:, 1] - ray_y * start[:, 0]
        side_end = ray_x * end[:, 1] - ray_y * end[:, 0]
        crosses = (side_start >= 0) != (side_end >= 0)
        part = np.zeros_like(side_start)
        np.divide(side_start, side_start - side_end, out=part, where=crosses)
        distance = ray_x * (start[:, 0] + part * edge[:, 0]) + ray_y * (start[:, 1] + part * edge[:, 1])
        radii[first : first + RAYS_AT_ONCE] = np.where(crosses, distance, 0.0).max(axis=1)
    return np.maximum(radii, 0.0)
