"""Maps with known answers, strategies for grids, and the Iowa volume for the OCT tests."""

from collections.abc import Callable
from itertools import product
from math import sqrt
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from ophtha_core.oct.enface import EnFaceGrid, ScanDirection, ScanOrientation, ScanProtocol

Floats = NDArray[np.float64]
ORIENTATIONS = [
    ScanOrientation(protocol=protocol, slice_direction=across, pixel_direction=along)
    for protocol, (slices, pixels) in {
        ScanProtocol.HORIZONTAL_3D: (("TOP_BOTTOM", "BOTTOM_TOP"), ("LEFT_RIGHT", "RIGHT_LEFT")),
        ScanProtocol.VERTICAL_3D: (("LEFT_RIGHT", "RIGHT_LEFT"), ("TOP_BOTTOM", "BOTTOM_TOP")),
    }.items()
    for across, along in product(map(ScanDirection, slices), map(ScanDirection, pixels))
]
IOWA_SPACING_MM = {"column": 0.01168, "row": 0.003872, "slice": 0.249175}
IOWA_CENTRE = (253.0, 9.0)


def square_grid(cells: int, *, extent_mm: float = 6.4) -> EnFaceGrid:
    """A square grid of `cells` x `cells`."""
    return EnFaceGrid(rows=cells, columns=cells, row_spacing_mm=extent_mm / cells, column_spacing_mm=extent_mm / cells)


def cell_centres(grid: EnFaceGrid) -> tuple[Floats, Floats]:
    """(x, y) in mm from the grid's centre, each of the grid's shape."""
    x = (np.arange(grid.columns) - grid.centre_point.column) * grid.column_spacing_mm
    y = (np.arange(grid.rows) - grid.centre_point.row) * grid.row_spacing_mm
    xx, yy = np.meshgrid(x, y)
    return xx, yy


def radial(grid: EnFaceGrid, height: Callable[[Floats], Floats]) -> Floats:
    """A map that depends on the distance from the centre alone."""
    x, y = cell_centres(grid)
    return height(np.hypot(x, y))


def border_tolerance(grid: EnFaceGrid, *, slope: float, perimeter_mm: float, area_mm2: float) -> float:
    """Bound on the error of a sector's mean from cells its border cuts.

    A whole cell's integral of a linear function is exact. On the border strip, no wider than a cell's diagonal to each
    side, the function differs from its value at the cell's centre by at most slope x half a diagonal.
    """
    diagonal = sqrt(grid.row_spacing_mm**2 + grid.column_spacing_mm**2)
    return slope * diagonal / 2 * perimeter_mm * 2 * diagonal / area_mm2


@st.composite
def grids(draw: st.DrawFn, *, largest: int = 24) -> EnFaceGrid:
    """Small grids of any proportion."""
    spacing = st.floats(0.05, 1.0)
    return EnFaceGrid(
        rows=draw(st.integers(1, largest)),
        columns=draw(st.integers(1, largest)),
        row_spacing_mm=draw(spacing),
        column_spacing_mm=draw(spacing),
    )


def scan_parameters(
    orientation: ScanOrientation = ORIENTATIONS[0],
    *,
    column_spacing: float = 0.1,
    slice_spacing: float = 0.1,
    row_spacing: float = 0.004,
) -> dict[str, object]:
    """Geometry keys of a request."""
    return {
        "pixel_spacing_column": column_spacing,
        "pixel_spacing_row": row_spacing,
        "slice_thickness": slice_spacing,
        "scan_protocol": orientation.protocol.value,
        "slice_direction": orientation.slice_direction.value,
        "pixel_direction": orientation.pixel_direction.value,
    }


def iowa_surfaces(folder: Path) -> Floats:
    """Rows of the surfaces of the Iowa volume, shape (11 surfaces, 19 slices, 512 columns); slice 0 is inferior."""
    root = ElementTree.parse(folder / "oct" / "iowa_macula_od.xml").getroot()
    surfaces = [
        [[float(y.text or "nan") for y in bscan.findall("y")] for bscan in surface.findall("bscan")]
        for surface in root.findall("surface")
    ]
    return np.array(surfaces)


def band(top: Floats, bottom: Floats, *, first_column: int = 0) -> Floats:
    """Outline between two borders given at every column from `first_column` on, shape (2 n, 2)."""
    x = np.arange(first_column, first_column + len(top), dtype=np.float64)
    return np.concatenate([np.stack([x, top], axis=1), np.stack([x, bottom], axis=1)[::-1]])
