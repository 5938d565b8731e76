"""Scan lines of a raster: parallel segments seen from the front of the eye, and what they say of the scan.

Points are millimetres (or pixels) as (x to image right, y to inferior).
"""

from dataclasses import dataclass
from math import atan2, degrees
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.enface import ScanDirection, ScanOrientation, ScanProtocol

PARALLEL_DEGREES: Final = 5.0
ROUNDING: Final = 1e-9


@dataclass(frozen=True, kw_only=True)
class ScanLines:
    """The scan line of each slice: ``starts`` and ``ends`` of shape (slices, 2), its first and its last A-scan.

    ``field`` is the DICOM attribute they come from, ``resolution`` how exactly the attribute could say it.
    """

    starts: NDArray[np.float64]
    ends: NDArray[np.float64]
    field: str
    resolution: float

    @property
    def length(self) -> float:
        """Mean length of the lines."""
        return float(np.hypot(*(self.ends - self.starts).T).mean())

    def scaled(self, factor: float) -> "ScanLines":
        """The same lines in another unit."""
        return ScanLines(
            starts=self.starts * factor,
            ends=self.ends * factor,
            field=self.field,
            resolution=self.resolution * factor,
        )

    def direction(self) -> NDArray[np.float64]:
        """Common unit vector of the lines. Raises InvalidInput when they are not parallel (radial scans)."""
        runs = self.ends - self.starts
        lengths = np.hypot(*runs.T)
        if lengths.min() <= 0:
            raise InvalidInput(self.field, "a frame has no length")
        units = runs / lengths[:, None]
        mean = units.mean(axis=0)
        size = float(np.hypot(*mean))
        if size < 0.5 or float((units @ mean).min() / size) < np.cos(np.radians(PARALLEL_DEGREES)):
            raise InvalidInput(
                self.field, "the frames are not parallel: radial, circle and mixed scan patterns make no en face map"
            )
        return np.asarray(mean / size)

    def offsets(self) -> NDArray[np.float64]:
        """Place of each slice across the lines, growing to inferior (horizontal lines) or to the right."""
        along = self.direction()
        across = np.array([-along[1], along[0]])
        sign = np.sign(across[1 if is_horizontal(along) else 0])
        return np.asarray((self.starts + self.ends) / 2 @ across * sign)

    def step(self) -> float:
        """Mean distance of neighbouring slices. Raises InvalidInput when they are out of order or uneven."""
        steps = np.diff(self.offsets())
        mean = float(steps.mean())
        if abs(mean) <= 1e-9 or np.abs(steps - mean).max() > 0.25 * abs(mean) + self.resolution:
            raise InvalidInput(self.field, "the frames are not evenly spaced, or not stored in the order they lie")
        return abs(mean)

    def orientation(self) -> ScanOrientation:
        """Protocol and directions, by the nearest axis; a single slice is taken to proceed to inferior or right."""
        along = self.direction()
        horizontal = is_horizontal(along)
        offsets = self.offsets()
        return raster(
            horizontal=horizontal,
            backwards=bool(along[0 if horizontal else 1] < 0),
            upwards=bool(offsets[-1] < offsets[0]),
        )

    def rotation_deg(self) -> float:
        """How far the raster is turned against the nearest axis, clockwise on screen; in (-45, 45]."""
        return rotation_deg(self.direction())


def is_horizontal(along: NDArray[np.float64]) -> bool:
    """Whether lines of this direction (x, y) are nearer to image horizontal; at 45 degrees the rotation decides."""
    x, y = (float(each) for each in along)
    return x * y > 0 if abs(abs(x) - abs(y)) <= ROUNDING else abs(x) > abs(y)


def rotation_deg(along: NDArray[np.float64]) -> float:
    """Angle from the nearest axis to a direction (x, y), clockwise on screen; in (-45, 45]."""
    x, y = (float(each) for each in along)
    if not is_horizontal(along):
        x, y = y, -x
    if x < 0:
        x, y = -x, -y
    return round(degrees(atan2(y, x)), 9)


def raster(*, horizontal: bool, backwards: bool, upwards: bool) -> ScanOrientation:
    """Flags of a raster: ``backwards`` B-scans run to the left (or superior), ``upwards`` slices likewise."""
    vertical_pair = (ScanDirection.TOP_BOTTOM, ScanDirection.BOTTOM_TOP)
    lateral_pair = (ScanDirection.LEFT_RIGHT, ScanDirection.RIGHT_LEFT)
    slices, columns = (vertical_pair, lateral_pair) if horizontal else (lateral_pair, vertical_pair)
    return ScanOrientation(
        protocol=ScanProtocol.HORIZONTAL_3D if horizontal else ScanProtocol.VERTICAL_3D,
        slice_direction=slices[int(upwards)],
        pixel_direction=columns[int(backwards)],
    )
