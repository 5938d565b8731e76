"""Where the macula's circles are put, and what its halves are told apart by."""

from dataclasses import dataclass
from enum import StrEnum
from math import atan2, degrees
from typing import Final

from ophtha_core.oct.enface import EnFaceGrid, EnFacePoint

POSTERIOR_POLE_MM: Final = (7.5, 6.0)
"""Least width and height of a posterior pole scan, whose raster the device lays along the axis."""
STEEPEST_AXIS_DEG: Final = 30.0
"""The disc lies at most so far above or below the fovea's level; what is steeper is no fovea or no disc."""


class CentreSource(StrEnum):
    """Where a centre is known from."""

    GIVEN = "given"
    LANDMARKS = "landmarks"
    FOUND = "fovea found in the layers"
    MIDDLE = "middle of the scan"


@dataclass(frozen=True, kw_only=True)
class Centre:
    """A place of a scan, (column, slice) as scanned, and where it is known from."""

    column: float
    slice_index: float
    source: CentreSource

    @property
    def is_assumed(self) -> bool:
        """Nothing but the habit of aiming at the fovea says that it lies there."""
        return self.source is CentreSource.MIDDLE


class AxisSource(StrEnum):
    """Where an axis is known from."""

    FOVEA_DISC = "fovea and disc"
    RASTER = "raster of a posterior pole scan"
    HORIZONTAL = "image horizontal"


@dataclass(frozen=True, kw_only=True)
class Axis:
    """Direction of the axis, clockwise on screen from image horizontal, and where it is known from."""

    angle_deg: float
    source: AxisSource


def macular_axis(grid: EnFaceGrid, *, disc: EnFacePoint | None) -> Axis:
    """Axis through the grid's centre: towards the disc where it is known (None), else the raster's or horizontal."""
    if disc is not None:
        x, y = grid.place_mm(disc)
        angle = degrees(atan2(y, x) if x >= 0 else atan2(-y, -x))
        if (x, y) != (0.0, 0.0) and abs(angle) <= STEEPEST_AXIS_DEG:
            return Axis(angle_deg=round(angle, 6), source=AxisSource.FOVEA_DISC)
    if grid.width_mm >= POSTERIOR_POLE_MM[0] and grid.height_mm >= POSTERIOR_POLE_MM[1] and grid.rotation_deg:
        return Axis(angle_deg=grid.rotation_deg, source=AxisSource.RASTER)
    return Axis(angle_deg=0.0, source=AxisSource.HORIZONTAL)
