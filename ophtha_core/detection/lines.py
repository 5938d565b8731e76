"""From boxes around parts of lines to boxes around lines."""

from collections.abc import Callable, Iterable
from typing import Final

from ophtha_core.detection.box import Box

_SAME: Final = 0.5
"""Boxes are of the same text when they share this much of the smaller one."""
_ALIGNED: Final = 0.6
_SIMILAR_HEIGHT: Final = 1.7
_LARGEST_GAP: Final = 0.9
"""Between words of a line, as a multiple of its height."""


def joined(boxes: Iterable[Box]) -> list[Box]:
    """Boxes of the same text and of words of the same line, made one."""
    return sorted(_merged(_merged(boxes, _is_same), _is_beside))


def padded(box: Box, *, rows: int, columns: int) -> Box:
    """A box with a margin for what a glyph's edge leaves around it, inside a picture of this size."""
    margin = 1 + round(0.08 * min(box.width, box.height))
    return box.grown(margin, margin).within(rows=rows, columns=columns)


def _merged(boxes: Iterable[Box], belong: Callable[[Box, Box], bool]) -> list[Box]:
    merged: list[Box] = []
    waiting = list(boxes)
    while waiting:
        box = waiting.pop()
        partner = next((each for each in merged if belong(box, each)), None)
        if partner is None:
            merged.append(box)
        else:
            merged.remove(partner)
            waiting.append(box.union(partner))
    return merged


def _is_same(one: Box, other: Box) -> bool:
    if not one.meets(other):
        return False
    return one.intersection(other).area >= _SAME * min(one.area, other.area) and _are_alike(one, other)


def _are_alike(one: Box, other: Box) -> bool:
    """A small box in one of many lines stays by itself only where the large one covers it anyway."""
    return max(one.height, other.height) <= 3 * min(one.height, other.height) or other.area == one.union(other).area


def _is_beside(one: Box, other: Box) -> bool:
    low, high = sorted((one.height, other.height))
    overlap = min(one.bottom, other.bottom) - max(one.top, other.top)
    gap = max(one.left, other.left) - min(one.right, other.right)
    return high <= _SIMILAR_HEIGHT * low and overlap >= _ALIGNED * low and gap <= _LARGEST_GAP * low
