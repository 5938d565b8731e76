"""Exact area of a circular sector inside axis-parallel rectangles, in closed form.

A region seen from the origin is the signed sum of the triangles (origin, P, Q) over the directed edges PQ of its
border. Cutting an edge where a ray of the sector crosses it cuts the triangle by that ray, and the part of a
triangle inside a circle is a triangle between the crossings plus circular sectors outside them. No sampling.

Coordinates are mm, x to the right, y down; angles run clockwise on screen from image right.
"""

from dataclasses import dataclass
from math import ceil, cos, floor, radians, sin

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class WedgeBlock:
    """Areas of a wedge in a block of cells; it touches none outside."""

    rows: slice
    columns: slice
    areas: Floats

    def minus(self, other: "WedgeBlock") -> "WedgeBlock":
        """What is left of this wedge without a smaller one of the same angles."""
        areas = self.areas.copy()
        top, left = other.rows.start - self.rows.start, other.columns.start - self.columns.start
        height, width = other.areas.shape
        areas[top : top + height, left : left + width] -= other.areas
        return WedgeBlock(rows=self.rows, columns=self.columns, areas=areas)


def wedge_areas(
    x_edges: Floats, y_edges: Floats, *, radius: float, start_deg: float | None, end_deg: float | None
) -> Floats:
    """Area of a wedge (at most 90 degrees; None: the whole disc) in every cell; shape (len(y) - 1, len(x) - 1)."""
    areas = np.zeros((len(y_edges) - 1, len(x_edges) - 1))
    block = wedge_block(x_edges, y_edges, radius=radius, start_deg=start_deg, end_deg=end_deg)
    areas[block.rows, block.columns] = block.areas
    return areas


def wedge_block(
    x_edges: Floats, y_edges: Floats, *, radius: float, start_deg: float | None, end_deg: float | None
) -> WedgeBlock:
    """`wedge_areas` of the cells the wedge can touch."""
    rays: list[tuple[float, float]] = []
    reach = [(-radius, -radius), (radius, radius)]
    if start_deg is not None and end_deg is not None:
        # A point p is in the wedge where cross(start, p) >= 0 and cross(p, end) >= 0.
        (start_x, start_y), (end_x, end_y) = direction(start_deg), direction(end_deg)
        rays = [(-start_y, start_x), (end_y, -end_x)]
        reach = wedge_corners(radius, start_deg, end_deg)
    columns = touched_cells(x_edges, min(x for x, _ in reach), max(x for x, _ in reach))
    rows = touched_cells(y_edges, min(y for _, y in reach), max(y for _, y in reach))
    areas = np.zeros((max(0, rows.stop - rows.start), max(0, columns.stop - columns.start)))
    if areas.size and radius > 0:
        x, y = x_edges[columns.start : columns.stop + 1], y_edges[rows.start : rows.stop + 1]
        areas = block_areas(through_origin(x, radius), through_origin(y, radius), radius=radius, half_planes=rays)
    return WedgeBlock(rows=rows, columns=columns, areas=areas)


def wedge_corners(radius: float, start_deg: float, end_deg: float) -> list[tuple[float, float]]:
    """Points whose bounding box is that of the wedge."""
    axes = [90.0 * turn for turn in range(ceil(start_deg / 90), floor(end_deg / 90) + 1)]
    ends = [direction(angle) for angle in (start_deg, end_deg, *axes)]
    return [(0.0, 0.0), *((radius * x, radius * y) for x, y in ends)]


def touched_cells(edges: Floats, low: float, high: float) -> slice:
    """Cells between ascending edges that reach into low .. high."""
    first = int(np.searchsorted(edges, low, side="right")) - 1
    last = int(np.searchsorted(edges, high, side="left"))
    first = min(max(first, 0), len(edges) - 1)
    return slice(first, max(first, min(last, len(edges) - 1)))


def block_areas(x_edges: Floats, y_edges: Floats, *, radius: float, half_planes: list[tuple[float, float]]) -> Floats:
    """Area of disc and half-planes in every cell of a block; only cells on the border are cut."""
    near_x, far_x = axis_distances(x_edges)
    near_y, far_y = axis_distances(y_edges)
    touched = near_y[:, None] ** 2 + near_x[None, :] ** 2 < radius**2
    inside = far_y[:, None] ** 2 + far_x[None, :] ** 2 <= radius**2
    for normal_x, normal_y in half_planes:
        side_x = np.stack([normal_x * x_edges[:-1], normal_x * x_edges[1:]])
        side_y = np.stack([normal_y * y_edges[:-1], normal_y * y_edges[1:]])
        touched &= side_y.max(axis=0)[:, None] + side_x.max(axis=0)[None, :] > 0
        inside &= side_y.min(axis=0)[:, None] + side_x.min(axis=0)[None, :] >= 0
    cell_areas = np.diff(y_edges)[:, None] * np.diff(x_edges)[None, :]
    areas = np.where(inside, cell_areas, 0.0)
    row, column = np.nonzero(touched & ~inside)
    cut = rectangle_areas(
        x_edges[column], x_edges[column + 1], y_edges[row], y_edges[row + 1], radius=radius, half_planes=half_planes
    )
    # Rounding of a sum of arcs must neither make an untouched cell count nor a cell larger than it is.
    areas[row, column] = np.where(cut > 1e-14 * radius**2, np.minimum(cut, cell_areas[row, column]), 0.0)
    return areas


def direction(angle_deg: float) -> tuple[float, float]:
    """Unit vector of an angle, exact on the axes."""
    axes = {0: (1.0, 0.0), 90: (0.0, 1.0), 180: (-1.0, 0.0), 270: (0.0, -1.0)}
    angle_deg %= 360
    return (
        axes.get(int(angle_deg), (0.0, 0.0))
        if angle_deg in axes
        else (cos(radians(angle_deg)), sin(radians(angle_deg)))
    )


def through_origin(edges: Floats, radius: float) -> Floats:
    """Edges that miss the origin by rounding alone moved onto it: the angle seen from there jumps."""
    return np.where(np.abs(edges) < 1e-12 * radius, 0.0, edges)


def axis_distances(edges: Floats) -> tuple[Floats, Floats]:
    """Smallest and largest distance from 0 to each interval between neighbouring edges."""
    low, high = np.abs(edges[:-1]), np.abs(edges[1:])
    spans_zero = (edges[:-1] < 0) & (edges[1:] > 0)
    return np.where(spans_zero, 0.0, np.minimum(low, high)), np.maximum(low, high)


def rectangle_areas(
    left: Floats,
    right: Floats,
    top: Floats,
    bottom: Floats,
    *,
    radius: float,
    half_planes: list[tuple[float, float]],
) -> Floats:
    """Area of disc and half-planes (normal · p >= 0) inside each rectangle; all arrays of shape (n,)."""
    from_x, from_y = np.concatenate([left, right, right, left]), np.concatenate([top, top, bottom, bottom])
    to_x, to_y = np.concatenate([right, right, left, left]), np.concatenate([top, bottom, bottom, top])
    edges = edge_areas(from_x, from_y, to_x, to_y, radius=radius, half_planes=half_planes)
    total: Floats = edges.reshape(4, -1).sum(axis=0)
    return total


def edge_areas(
    from_x: Floats,
    from_y: Floats,
    to_x: Floats,
    to_y: Floats,
    *,
    radius: float,
    half_planes: list[tuple[float, float]],
) -> Floats:
    """Signed area of triangle (origin, from, to) inside the disc and the half-planes."""
    enter, leave = np.zeros_like(from_x), np.ones_like(from_x)
    for normal_x, normal_y in half_planes:
        at_start = normal_x * from_x + normal_y * from_y
        change = normal_x * (to_x - from_x) + normal_y * (to_y - from_y)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            crossing = -at_start / change
        enter = np.where(change > 0, np.maximum(enter, crossing), enter)
        leave = np.where(change < 0, np.minimum(leave, crossing), leave)
        leave = np.where((change == 0) & (at_start < 0), -1.0, leave)
    seen = leave > enter
    enter, leave = np.where(seen, enter, 0.0), np.where(seen, leave, 0.0)
    along_x, along_y = to_x - from_x, to_y - from_y
    start_x, start_y = from_x + enter * along_x, from_y + enter * along_y
    end_x, end_y = from_x + leave * along_x, from_y + leave * along_y
    return np.where(seen, triangle_areas_in_disc(start_x, start_y, end_x, end_y, radius=radius), 0.0)


def triangle_areas_in_disc(px: Floats, py: Floats, qx: Floats, qy: Floats, *, radius: float) -> Floats:
    """Signed area of triangle (origin, p, q) inside the disc of `radius` about the origin."""
    dx, dy = qx - px, qy - py
    squared_length = dx * dx + dy * dy
    middle = -(px * dx + py * dy)
    root = middle * middle - squared_length * (px * px + py * py - radius * radius)
    meets = (root > 0) & (squared_length > 0)
    half_chord = np.sqrt(np.where(meets, root, 0.0))
    length = np.where(squared_length > 0, squared_length, 1.0)
    enter = np.where(meets, np.clip((middle - half_chord) / length, 0.0, 1.0), 0.0)
    leave = np.where(meets, np.clip((middle + half_chord) / length, 0.0, 1.0), 0.0)
    ax, ay, bx, by = px + enter * dx, py + enter * dy, px + leave * dx, py + leave * dy
    chord = 0.5 * (ax * by - ay * bx)
    outside = angle_between(px, py, ax, ay) + angle_between(bx, by, qx, qy)
    return chord + 0.5 * radius * radius * outside


def angle_between(px: Floats, py: Floats, qx: Floats, qy: Floats) -> Floats:
    """Signed angle from p to q in radians."""
    return np.arctan2(px * qy - py * qx, px * qx + py * qy)
