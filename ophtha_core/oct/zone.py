"""Fitting a scan to the zone of interest: which cells are kept, which are added, and what that is called."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import floor

import numpy as np
from numpy.typing import NDArray

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.enface import require_on_scan, require_positive

Floats = NDArray[np.float64]
MAX_CELLS = 2**24


class ZoneStatus(StrEnum):
    """How a map was brought to the zone of interest."""

    OK = "OK"
    CROPPED = "OK_CROPPED"
    PADDED = "OK_PADDED"
    CROPPED_PADDED = "OK_CROPPED_PADDED"
    NOT_REACHED = "ZONE_OF_INTEREST_NOT_REACHED"
    NO_MAPS = "NO_ENFACE_MAPS"


@dataclass(frozen=True, kw_only=True)
class AxisWindow:
    """`count` cells from `first` (may be negative) of an axis of `available` cells."""

    available: int
    first: int
    count: int
    is_larger: bool = False

    @property
    def crops(self) -> bool:
        """The axis is larger than the zone, or cells of it fall out of the window."""
        return self.is_larger or self.first > 0 or self.first + self.count < self.available

    @property
    def pads(self) -> bool:
        """The window reaches over an edge."""
        return self.first < 0 or self.first + self.count > self.available


@dataclass(frozen=True, kw_only=True)
class ZoneFit:
    """Window of a scan in the caller's order: slices, then columns."""

    status: ZoneStatus
    slices: AxisWindow
    columns: AxisWindow

    @property
    def offset(self) -> tuple[int, int]:
        """(slice, column) of the scan that became cell (0, 0)."""
        return self.slices.first, self.columns.first

    def apply(self, scan: Floats, *, padding_value: float) -> Floats:
        """(slices, columns) of the scan -> the window, new cells filled with `padding_value`."""
        result = np.full((self.slices.count, self.columns.count), padding_value, dtype=np.float64)
        slice_from, slice_to = overlap(self.slices)
        column_from, column_to = overlap(self.columns)
        kept = scan[slice_from:slice_to, column_from:column_to]
        top, left = slice_from - self.slices.first, column_from - self.columns.first
        result[top : top + kept.shape[0], left : left + kept.shape[1]] = kept
        return result

    def apply_to_all(self, scans: Mapping[str, Floats], *, padding_value: float) -> dict[str, Floats]:
        """`apply` to every map."""
        return {name: self.apply(scan, padding_value=padding_value) for name, scan in scans.items()}


def overlap(window: AxisWindow) -> tuple[int, int]:
    """Cells of the axis the window shows."""
    return max(0, window.first), max(0, min(window.available, window.first + window.count))


def fit_zone(
    *,
    shape: tuple[int, int],
    slice_spacing_mm: float,
    column_spacing_mm: float,
    zone_mm: float,
    minimum_mm: float,
    centre: tuple[float, float] | None,
) -> ZoneFit:
    """Window of `zone_mm` on a scan of `shape` (slices, columns) about `centre` (column, slice; None: the middle).

    An axis within half a cell of the zone stays as it is. A larger one is cropped, a smaller one that reaches
    `minimum_mm` padded, to an odd number of cells about the cell nearest the centre. A smaller one below the minimum
    leaves the whole scan untouched. Raises InvalidInput naming the parameter.
    """
    require_positive("slice_thickness", slice_spacing_mm)
    require_positive("pixel_spacing_column", column_spacing_mm)
    require_positive("zone_of_interest", zone_mm)
    if not minimum_mm >= 0:
        raise InvalidInput("min_exam_width_mm", "must not be negative")
    slices, columns = shape
    if centre is None:
        centre = ((columns - 1) / 2, (slices - 1) / 2)
    require_on_scan("exam_center_coordinate_xz", centre, shape)
    axes = ((slices, slice_spacing_mm, centre[1]), (columns, column_spacing_mm, centre[0]))
    if any(is_out_of_reach(count, spacing, zone_mm, minimum_mm) for count, spacing, _ in axes):
        whole = (AxisWindow(available=count, first=0, count=count) for count, _, _ in axes)
        return ZoneFit(status=ZoneStatus.NOT_REACHED, slices=next(whole), columns=next(whole))
    if (zone_mm / slice_spacing_mm + 2) * (zone_mm / column_spacing_mm + 2) > MAX_CELLS:
        raise InvalidInput("zone_of_interest", f"makes a map of more than {MAX_CELLS} cells")
    windows = tuple(axis_window(count, zone_mm / spacing, middle) for count, spacing, middle in axes)
    crops, pads = any(window.crops for window in windows), any(window.pads for window in windows)
    return ZoneFit(status=STATUS[crops, pads], slices=windows[0], columns=windows[1])


def is_out_of_reach(count: int, spacing_mm: float, zone_mm: float, minimum_mm: float) -> bool:
    """An axis that neither fills the zone (within half a cell) nor reaches the minimum."""
    fills = count + 0.5 >= round(zone_mm / spacing_mm, 9)
    return not fills and count * spacing_mm < minimum_mm * (1 - 1e-12)


STATUS = {
    (False, False): ZoneStatus.OK,
    (True, False): ZoneStatus.CROPPED,
    (False, True): ZoneStatus.PADDED,
    (True, True): ZoneStatus.CROPPED_PADDED,
}


def axis_window(available: int, wanted: float, centre: float) -> AxisWindow:
    """Window of about `wanted` cells on an axis of `available` cells about the cell nearest `centre`."""
    wanted = round(wanted, 9)
    if abs(available - wanted) <= 0.5:
        return AxisWindow(available=available, first=0, count=available)
    # The odd number nearest to `wanted`; of two equally near ones the larger, which holds the whole zone.
    count = 2 * floor(wanted / 2) + 1
    nearest = min(max(floor(centre + 0.5), 0), available - 1)
    return AxisWindow(available=available, first=nearest - count // 2, count=count, is_larger=available > wanted)
