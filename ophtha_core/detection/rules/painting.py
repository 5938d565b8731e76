"""Boxes laid over each other in their order, as boxes that lie beside each other."""

from collections.abc import Sequence

import numpy as np

from ophtha_core.detection.box import Box


def painted(boxes: Sequence[tuple[Box, bool]], whole: Box) -> list[Box]:
    """What of ``whole`` is masked in the end: each box says whether it is masked there, and the last one counts.

    What no box covers stays; but where boxes only say what stays, all the rest is masked.
    """
    if not boxes:
        return []
    inside = [(box.intersection(whole), masks) for box, masks in boxes]
    inside = [(box, masks) for box, masks in inside if box.width > 0 and box.height > 0]
    columns = sorted({whole.left, whole.right, *(x for box, _ in inside for x in (box.left, box.right))})
    rows = sorted({whole.top, whole.bottom, *(y for box, _ in inside for y in (box.top, box.bottom))})
    only_keeps = not any(masks for _, masks in boxes)
    cells = np.full((len(rows) - 1, len(columns) - 1), only_keeps)
    for box, masks in inside:
        across = slice(columns.index(box.left), columns.index(box.right))
        cells[rows.index(box.top) : rows.index(box.bottom), across] = masks
    return [
        Box(columns[first], rows[row], columns[stop], rows[row + 1])
        for row in range(len(cells))
        for first, stop in _runs(cells[row].tolist())
    ]


def _runs(masked: Sequence[bool]) -> list[tuple[int, int]]:
    """Half-open ranges of True."""
    edges = [index for index in range(len(masked) + 1) if _at(masked, index) != _at(masked, index - 1)]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _at(masked: Sequence[bool], index: int) -> bool:
    return 0 <= index < len(masked) and masked[index]
