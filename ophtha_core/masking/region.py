"""What to mask: a region of pixels or of space, and what to put there.

The numbers are the caller's; nothing here knows an image yet. Of every region, ``field`` is where the caller wrote it,
for errors; ``frames`` are the zero-based frames it is limited to, none for all; with ``keep`` it is what is spared, and
the rest of the frame is masked.
"""

import math
from dataclasses import dataclass, field
from typing import Final

from ophtha_core.errors import InvalidInput

SMALLEST_FILTER_WIDTH_PX: Final = 2
FEWEST_CORNERS: Final = 3
LARGEST_POSITION_PX: Final = 1e9
"""Of a corner: far beyond any image, and products of two are still numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """Replace pixels by one stored value (not rescaled): a scalar, or one value per channel (red, green, blue).

    In YBR images the value is a grey level or an RGB colour that is converted, so 0 is black on screen.
    In PALETTE COLOR images it is the index. Whether it fits is known per image: see ``check_fill``.
    """

    value: float | tuple[float, ...]

    def __post_init__(self) -> None:
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        if not values:
            raise InvalidInput("FillValue", "expected a number or one number per channel, got none")
        for value in values:
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                raise InvalidInput("FillValue", "expected a finite number or one finite number per channel")

    def __str__(self) -> str:
        return f"filled with {self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanFilter:
    """Replace each pixel by the mean of the ``width_px`` x ``width_px`` pixels around it, read inside the region only.

    The window spans ``x - width_px // 2`` to ``x - width_px // 2 + width_px - 1``; the mean is truncated towards zero
    where pixels are integers.
    """

    width_px: int

    def __post_init__(self) -> None:
        if isinstance(self.width_px, bool) or not isinstance(self.width_px, int):
            raise InvalidInput("FilterWidth", "expected a whole number of pixels")
        if self.width_px < SMALLEST_FILTER_WIDTH_PX:
            raise InvalidInput("FilterWidth", f"expected at least {SMALLEST_FILTER_WIDTH_PX} pixels")

    def __str__(self) -> str:
        return f"smoothed with a {self.width_px} x {self.width_px} mean filter"


Paint = Fill | MeanFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class _AnyRegion:
    paint: Paint
    frames: frozenset[int] = frozenset()
    keep: bool = False
    field: str = field(default="Region", compare=False)

    def is_meant_for(self, frame: int) -> bool:
        """Whether a zero-based frame is among those it is limited to."""
        return not self.frames or frame in self.frames

    def _described(self, shape: str) -> str:
        return f"all but {shape} {self.paint}" if self.keep else f"{shape} {self.paint}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Region2D(_AnyRegion):
    """Columns ``[x1, x2)`` and rows ``[y1, y2)`` of every frame; the corners in any order, clipped to the image.

    ``origin_px`` and ``end_px`` are ``(x, y)`` pixel indices.
    """

    origin_px: tuple[int, int]
    end_px: tuple[int, int]

    def __post_init__(self) -> None:
        for name, corner in (("Origin", self.origin_px), ("End", self.end_px)):
            if len(corner) != 2 or any(isinstance(v, bool) or not isinstance(v, int) for v in corner):
                raise InvalidInput(f"{self.field}.{name}", "expected two whole pixel indices, x and y")

    @property
    def columns(self) -> tuple[int, int]:
        """First column and the one after the last."""
        return min(self.origin_px[0], self.end_px[0]), max(self.origin_px[0], self.end_px[0])

    @property
    def rows(self) -> tuple[int, int]:
        """First row and the one after the last."""
        return min(self.origin_px[1], self.end_px[1]), max(self.origin_px[1], self.end_px[1])

    def __str__(self) -> str:
        return self._described("2D region")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolygonRegion(_AnyRegion):
    """Pixels of every frame whose centre lies inside a polygon, or on its outline.

    ``points_px`` are ``(x, y)`` corners as those of ``Region2D``: pixel ``k`` spans ``[k, k + 1)``. An outline that
    crosses itself encloses what an odd number of its windings does.
    """

    points_px: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        if len(self.points_px) < FEWEST_CORNERS:
            raise InvalidInput(f"{self.field}.Points", f"expected at least {FEWEST_CORNERS} points")
        for point in self.points_px:
            if len(point) != 2 or not all(abs(each) <= LARGEST_POSITION_PX for each in point):
                raise InvalidInput(f"{self.field}.Points", "expected pairs of numbers: x and y in pixels")

    def __str__(self) -> str:
        return self._described("polygon")


@dataclass(frozen=True, slots=True, kw_only=True)
class Region3D(_AnyRegion):
    """Box in patient coordinates (LPS, mm), edges along their axes; the corners in any order, faces included."""

    origin_mm: tuple[float, float, float]
    end_mm: tuple[float, float, float]

    def __post_init__(self) -> None:
        for name, corner in (("Origin", self.origin_mm), ("End", self.end_mm)):
            numbers = all(isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v) for v in corner)
            if len(corner) != 3 or not numbers:
                raise InvalidInput(f"{self.field}.{name}", "expected three finite numbers: x, y, z in mm")

    @property
    def low_mm(self) -> tuple[float, float, float]:
        x, y, z = (min(a, b) for a, b in zip(self.origin_mm, self.end_mm, strict=True))
        return x, y, z

    @property
    def high_mm(self) -> tuple[float, float, float]:
        x, y, z = (max(a, b) for a, b in zip(self.origin_mm, self.end_mm, strict=True))
        return x, y, z

    def __str__(self) -> str:
        return self._described("3D region")


Region = Region2D | Region3D | PolygonRegion
