"""Rectangles of pixels."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, order=True)
class Box:
    """Columns ``[left, right)`` and rows ``[top, bottom)`` of a picture, in pixels."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def area(self) -> int:
        return max(0, self.width) * max(0, self.height)

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns, as an array takes them."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def union(self, other: Self) -> "Box":
        """The smallest box around both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def intersection(self, other: Self) -> "Box":
        """What lies in both; of no area when they are apart."""
        return Box(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def meets(self, other: Self) -> bool:
        """Whether any pixel lies in both."""
        common = self.intersection(other)
        return common.width > 0 and common.height > 0

    def grown(self, columns: int, rows: int) -> "Box":
        """Wider by ``columns`` and higher by ``rows`` on both sides."""
        return Box(self.left - columns, self.top - rows, self.right + columns, self.bottom + rows)

    def within(self, *, rows: int, columns: int) -> "Box":
        """The part of it in a picture of this size."""
        return self.intersection(Box(0, 0, columns, rows))

    def moved(self, columns: int, rows: int) -> "Box":
        """The same rectangle further right and down."""
        return Box(self.left + columns, self.top + rows, self.right + columns, self.bottom + rows)
