"""Exact areas of the cells of a turned chequerboard inside the cells of a grid.

Coordinates are mm, x to the right, y down, from the point both turn about; angles run clockwise on screen.
"""

from math import cos, radians, sin

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array

Floats = NDArray[np.float64]


def turned_cell_areas(
    x_edges: Floats, y_edges: Floats, x_bounds: Floats, y_bounds: Floats, *, turn_deg: float
) -> csr_array:
    """Area of each board cell in each grid cell: shape (board rows * columns, grid rows * columns).

    `x_edges`, `y_edges` are those of the grid, `x_bounds`, `y_bounds` those of the board before it is turned.
    """
    rows = [
        _cell_areas(x_edges, y_edges, _corners(x_bounds[i : i + 2], y_bounds[j : j + 2], turn_deg))
        for j in range(len(y_bounds) - 1)
        for i in range(len(x_bounds) - 1)
    ]
    starts = np.cumsum([0, *(len(cells) for cells, _ in rows)])
    cells, areas = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    return csr_array((areas, cells, starts), shape=(len(rows), (len(y_edges) - 1) * (len(x_edges) - 1)))


def _corners(x: Floats, y: Floats, turn_deg: float) -> Floats:
    """Corners of a rectangle, turned, clockwise on screen; shape (4, 2)."""
    corners = np.array([(x[0], y[0]), (x[1], y[0]), (x[1], y[1]), (x[0], y[1])])
    turn = radians(turn_deg)
    return np.asarray(corners @ np.array([[cos(turn), sin(turn)], [-sin(turn), cos(turn)]]))


def _cell_areas(x_edges: Floats, y_edges: Floats, corners: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Flat indices of the grid cells that a convex polygon touches, and its area in each."""
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    columns = np.flatnonzero((x_edges[1:] > left) & (x_edges[:-1] < right))
    rows = np.flatnonzero((y_edges[1:] > top) & (y_edges[:-1] < bottom))
    row, column = (each.ravel() for each in np.meshgrid(rows, columns, indexing="ij"))
    x0, x1, y0, y1 = x_edges[column], x_edges[column + 1], y_edges[row], y_edges[row + 1]
    outside, inside = _sides(corners, x0, x1, y0, y1)
    areas = np.where(inside, (x1 - x0) * (y1 - y0), 0.0)
    cut = np.flatnonzero(~outside & ~inside)
    boxes = shapely.box(x0[cut], y0[cut], x1[cut], y1[cut])
    areas[cut] = shapely.area(shapely.intersection(boxes, shapely.Polygon(corners)))
    found = areas > 0
    return (row * (len(x_edges) - 1) + column)[found], areas[found]


def _sides(
    corners: Floats, x0: Floats, x1: Floats, y0: Floats, y1: Floats
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which rectangles lie beyond one edge of the polygon, and which within all of them."""
    outside, inside = np.zeros(x0.shape, dtype=bool), np.ones(x0.shape, dtype=bool)
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        normal_x, normal_y = start[1] - end[1], end[0] - start[0]
        sides = [normal_x * (x - start[0]) + normal_y * (y - start[1]) for x in (x0, x1) for y in (y0, y1)]
        outside |= np.max(sides, axis=0) <= 0
        inside &= np.min(sides, axis=0) >= 0
    return outside, inside
