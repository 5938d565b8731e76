"""Maps of turned rasters brought to the axes of the image."""

from dataclasses import replace
from math import ceil, cos, radians, sin
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ophtha_core.oct.enface import EnFaceGrid, EnFacePoint
from ophtha_core.oct.rnfl import bilinear
from ophtha_core.oct.thickness import ThicknessMap

Floats = NDArray[np.float64]
STRAIGHT_DEG: Final = 1.0
"""A raster turned less is left as it is."""
LARGEST_SIDE: Final = 1024


def upright(thickness: ThicknessMap) -> ThicknessMap:
    """The map on a grid along the image's axes, bilinear between the cells of the turned one, NaN off the field."""
    grid = thickness.grid
    if abs(grid.rotation_deg) <= STRAIGHT_DEG:
        return ThicknessMap(grid=replace(grid, rotation_deg=0.0), values=thickness.values, unit=thickness.unit)
    straight = _around(grid)
    x, y = np.meshgrid(*_cells_mm(straight))
    turn = radians(grid.rotation_deg)
    columns = (x * cos(turn) + y * sin(turn)) / grid.column_spacing_mm + grid.centre_point.column
    rows = (y * cos(turn) - x * sin(turn)) / grid.row_spacing_mm + grid.centre_point.row
    values = bilinear(thickness.values, columns=columns, rows=rows)
    return ThicknessMap(grid=straight, values=values, unit=thickness.unit)


def _around(grid: EnFaceGrid) -> EnFaceGrid:
    """Square cells over all of a turned field, its centre on the centre of one of them."""
    corners = [
        grid.place_mm(EnFacePoint(column=column, row=row))
        for column in (-0.5, grid.columns - 0.5)
        for row in (-0.5, grid.rows - 0.5)
    ]
    (left, top), (right, bottom) = np.min(corners, axis=0), np.max(corners, axis=0)
    finest = min(grid.row_spacing_mm, grid.column_spacing_mm)
    spacing = max(finest, max(right - left, bottom - top) / LARGEST_SIDE)
    before, above, behind, below = (ceil(float(side) / spacing) for side in (-left, -top, right, bottom))
    return EnFaceGrid(
        rows=above + below + 1,
        columns=before + behind + 1,
        row_spacing_mm=spacing,
        column_spacing_mm=spacing,
        laterality=grid.laterality,
        centre=EnFacePoint(column=before, row=above),
    )


def _cells_mm(grid: EnFaceGrid) -> tuple[Floats, Floats]:
    """Centres of columns and of rows, mm from the grid's centre."""
    x = (np.arange(grid.columns, dtype=np.float64) - grid.centre_point.column) * grid.column_spacing_mm
    y = (np.arange(grid.rows, dtype=np.float64) - grid.centre_point.row) * grid.row_spacing_mm
    return x, y
