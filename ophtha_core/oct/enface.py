"""The en-face plane: how B-scans lie on the retina, and the grid of cells they make.

One canonical orientation holds everywhere in this package: row 0 is superior, column 0 is image left (the
examiner's view, nasal to the right in a right eye). Scan flags are resolved once, by `ScanOrientation`, and
undone exactly for anything that goes back to the caller.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from math import cos, isfinite, radians, sin
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ophtha_core.errors import InvalidInput

Scalar = TypeVar("Scalar", bound=np.generic)


class Laterality(StrEnum):
    """The eye examined."""

    LEFT = "L"
    RIGHT = "R"


class ScanProtocol(StrEnum):
    """Direction of the B-scans of a raster: along image rows or along image columns."""

    HORIZONTAL_3D = "HORIZONTAL_3D"
    VERTICAL_3D = "VERTICAL_3D"


class ScanDirection(StrEnum):
    """Direction on the retina in which an index grows, in image terms."""

    TOP_BOTTOM = "TOP_BOTTOM"
    BOTTOM_TOP = "BOTTOM_TOP"
    LEFT_RIGHT = "LEFT_RIGHT"
    RIGHT_LEFT = "RIGHT_LEFT"


VERTICAL_DIRECTIONS = (ScanDirection.TOP_BOTTOM, ScanDirection.BOTTOM_TOP)
HORIZONTAL_DIRECTIONS = (ScanDirection.LEFT_RIGHT, ScanDirection.RIGHT_LEFT)
LARGEST_FIELD_MM = 25.0
LARGEST_SLICE_SPACING_MM = 2.0
REVERSED_DIRECTIONS = (ScanDirection.BOTTOM_TOP, ScanDirection.RIGHT_LEFT)


@dataclass(frozen=True, kw_only=True)
class EnFacePoint:
    """A place on an en-face grid in cells; (0, 0) is the centre of the superior left cell."""

    column: float
    row: float


@dataclass(frozen=True, kw_only=True)
class EnFaceGrid:
    """Cells of an en-face map in canonical orientation; cell i spans i - 1/2 .. i + 1/2 on both axes.

    `centre` is where circles are put (None: the middle of the grid). `rotation_deg` is how far the rows of the grid
    are turned against image horizontal, clockwise on screen: sectors follow the image, not the grid.
    Raises InvalidInput for an empty grid, a spacing that is no positive number, or a centre off the grid.
    """

    rows: int
    columns: int
    row_spacing_mm: float
    column_spacing_mm: float
    laterality: Laterality | None = None
    centre: EnFacePoint | None = None
    rotation_deg: float = 0.0

    def __post_init__(self) -> None:
        if self.rows < 1 or self.columns < 1:
            raise InvalidInput(
                "shape", f"a map needs at least one row and one column, not {self.rows} x {self.columns}"
            )
        require_positive("row_spacing_mm", self.row_spacing_mm)
        require_positive("column_spacing_mm", self.column_spacing_mm)

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.rows, self.columns

    @property
    def centre_point(self) -> EnFacePoint:
        """Where circles are put, in cells."""
        return self.centre or EnFacePoint(column=(self.columns - 1) / 2, row=(self.rows - 1) / 2)

    @property
    def cell_area_mm2(self) -> float:
        """Area of one cell."""
        return self.row_spacing_mm * self.column_spacing_mm

    @property
    def height_mm(self) -> float:
        """Extent from the superior to the inferior edge of the field."""
        return self.rows * self.row_spacing_mm

    @property
    def width_mm(self) -> float:
        """Extent from the left to the right edge of the field."""
        return self.columns * self.column_spacing_mm

    @property
    def column_edges_mm(self) -> NDArray[np.float64]:
        """Edges of the columns, x to the right in mm from `centre_point`; shape (columns + 1,)."""
        return (np.arange(self.columns + 1, dtype=np.float64) - 0.5 - self.centre_point.column) * self.column_spacing_mm

    @property
    def row_edges_mm(self) -> NDArray[np.float64]:
        """Edges of the rows, y to inferior in mm from `centre_point`; shape (rows + 1,)."""
        return (np.arange(self.rows + 1, dtype=np.float64) - 0.5 - self.centre_point.row) * self.row_spacing_mm

    def place_mm(self, point: EnFacePoint) -> tuple[float, float]:
        """(x right, y inferior) in mm from `centre_point` on the image, whatever the rotation of the grid."""
        along = (point.column - self.centre_point.column) * self.column_spacing_mm
        across = (point.row - self.centre_point.row) * self.row_spacing_mm
        turn = radians(self.rotation_deg)
        return along * cos(turn) - across * sin(turn), along * sin(turn) + across * cos(turn)

    def about(self, centre: EnFacePoint | None) -> "EnFaceGrid":
        """The same cells with circles put elsewhere."""
        return replace(self, centre=centre)


@dataclass(frozen=True, kw_only=True)
class ScanOrientation:
    """How an array of shape (slices, columns of a B-scan) lies on the retina.

    Raises InvalidInput (`slice_direction` or `pixel_direction`) for a pair the protocol does not know.
    """

    protocol: ScanProtocol
    slice_direction: ScanDirection
    pixel_direction: ScanDirection

    def __post_init__(self) -> None:
        across, along = VERTICAL_DIRECTIONS, HORIZONTAL_DIRECTIONS
        if self.is_vertical:
            across, along = along, across
        require_direction("slice_direction", self.slice_direction, across, self.protocol)
        require_direction("pixel_direction", self.pixel_direction, along, self.protocol)

    @property
    def is_vertical(self) -> bool:
        """Slices are columns of the en-face image."""
        return self.protocol is ScanProtocol.VERTICAL_3D

    @property
    def flips_slices(self) -> bool:
        """Slice 0 is the inferior or the right one."""
        return self.slice_direction in REVERSED_DIRECTIONS

    @property
    def flips_pixels(self) -> bool:
        """Column 0 of a B-scan is its right or inferior end."""
        return self.pixel_direction in REVERSED_DIRECTIONS

    def to_canonical(self, scan: NDArray[Scalar]) -> NDArray[Scalar]:
        """(slices, columns, …) as scanned -> (rows, columns, …) with row 0 superior and column 0 image left."""
        if self.flips_slices:
            scan = scan[::-1]
        if self.flips_pixels:
            scan = scan[:, ::-1]
        return scan.swapaxes(0, 1) if self.is_vertical else scan

    def from_canonical(self, image: NDArray[Scalar]) -> NDArray[Scalar]:
        """Inverse of `to_canonical`."""
        scan = image.swapaxes(0, 1) if self.is_vertical else image
        if self.flips_pixels:
            scan = scan[:, ::-1]
        return scan[::-1] if self.flips_slices else scan

    def canonical_point(self, *, column: float, slice_index: float, shape: tuple[int, int]) -> EnFacePoint:
        """A place of the scan -> the same place on the canonical grid; `shape` is (slices, columns) as scanned."""
        slices, columns = shape
        across = slices - 1 - slice_index if self.flips_slices else slice_index
        along = columns - 1 - column if self.flips_pixels else column
        return EnFacePoint(column=across, row=along) if self.is_vertical else EnFacePoint(column=along, row=across)

    def scanned_point(self, point: EnFacePoint, *, shape: tuple[int, int]) -> tuple[float, float]:
        """Inverse of `canonical_point`: (column, slice) as scanned."""
        slices, columns = shape
        across, along = (point.column, point.row) if self.is_vertical else (point.row, point.column)
        return (
            columns - 1 - along if self.flips_pixels else along,
            slices - 1 - across if self.flips_slices else across,
        )

    def grid(
        self,
        *,
        shape: tuple[int, int],
        slice_spacing_mm: float,
        column_spacing_mm: float,
        laterality: Laterality | None = None,
        centre: tuple[float, float] | None = None,
        rotation_deg: float = 0.0,
    ) -> EnFaceGrid:
        """Canonical grid of a scan of `shape` (slices, columns); `centre` is (column, slice) as scanned.

        Raises InvalidInput (`slice_thickness`, `pixel_spacing_column`, `exam_center_coordinate_xz`).
        """
        require_positive("slice_thickness", slice_spacing_mm)
        require_positive("pixel_spacing_column", column_spacing_mm)
        rows, columns = shape[::-1] if self.is_vertical else shape
        row_spacing, column_spacing = slice_spacing_mm, column_spacing_mm
        if self.is_vertical:
            row_spacing, column_spacing = column_spacing, row_spacing
        point = None
        if centre is not None:
            require_on_scan("exam_center_coordinate_xz", centre, shape)
            point = self.canonical_point(column=centre[0], slice_index=centre[1], shape=shape)
        return EnFaceGrid(
            rows=rows,
            columns=columns,
            row_spacing_mm=row_spacing,
            column_spacing_mm=column_spacing,
            laterality=laterality,
            centre=point,
            rotation_deg=rotation_deg,
        )


def require_positive(field: str, value: float) -> None:
    """Raise InvalidInput unless `value` is a finite number above 0."""
    if not (isfinite(value) and value > 0):
        raise InvalidInput(field, "must be a finite number above 0")


def require_field(*, shape: tuple[int, int], slice_spacing_mm: float, column_spacing_mm: float) -> None:
    """Raise InvalidInput where a scan of `shape` (slices, columns) is larger than any eye: µm taken for mm, mostly."""
    slices, columns = shape
    if slices > 1 and slice_spacing_mm > LARGEST_SLICE_SPACING_MM:
        raise InvalidInput("slice_thickness", f"B-scans lie at most {LARGEST_SLICE_SPACING_MM:g} mm apart")
    sides = (("slice_thickness", slices, slice_spacing_mm), ("pixel_spacing_column", columns, column_spacing_mm))
    for field, count, spacing_mm in sides:
        if count > 1 and count * spacing_mm > LARGEST_FIELD_MM * (1 + 1e-9):
            raise InvalidInput(
                field, f"makes a field of {count * spacing_mm:.6g} mm, expected at most {LARGEST_FIELD_MM:g} mm"
            )


def require_direction(
    field: str, direction: ScanDirection, allowed: tuple[ScanDirection, ...], protocol: ScanProtocol
) -> None:
    """Raise InvalidInput unless the direction belongs to the protocol."""
    if direction not in allowed:
        raise InvalidInput(field, f"{direction} does not go with {protocol}; expected {' or '.join(allowed)}")


def require_on_scan(field: str, centre: tuple[float, float], shape: tuple[int, int]) -> None:
    """Raise InvalidInput unless (column, slice) lies on a cell of a scan of `shape` (slices, columns)."""
    slices, columns = shape
    column, slice_index = centre
    if not (-0.5 <= column <= columns - 0.5 and -0.5 <= slice_index <= slices - 0.5):
        raise InvalidInput(field, f"[column, slice] lies outside a scan of {slices} slices x {columns} columns")
