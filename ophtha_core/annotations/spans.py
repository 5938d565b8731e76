"""Scan conversion: from edges to the runs of pixels whose centres lie inside an area.

The rule is the pixel-centre rule of GDAL's rasteriser (3.10), ties included: a row is crossed at its centre; an edge
counts for rows from its upper end (included) to its lower end (excluded); a crossing at x opens or closes a run at
``floor(x + 0.5)``; a horizontal edge through pixel centres fills its own pixels when it runs to the left. Rings run
the same way round, so that this adds the upper edges of holes to the area around them.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ophtha_core.annotations.edges import Edges

Ints = npt.NDArray[np.int64]

# A sort key holds a pixel of a band or the number of a border (38 bits) and a drawing order (25 bits).
_PLACE_BITS: Final = 38
_OWNER_BITS: Final = 25
_NOBODY: Final = (1 << _OWNER_BITS) - 1
MAX_COLUMNS: Final = 1 << 24
MAX_AREAS: Final = _NOBODY
MAX_BAND_PIXELS: Final = 1 << _PLACE_BITS


@dataclass(frozen=True)
class Spans:
    """Runs of pixels in a band of rows, in drawing order.

    Pixels are counted row by row, from 0. ``borders`` are the pixels where a run begins or ends, or a row of a tile
    begins, ascending, and at last the number of pixels. A run of area ``owner`` goes from border number ``first`` up
    to ``last``.
    """

    borders: Ints
    first: Ints
    last: Ints
    owner: Ints

    def __len__(self) -> int:
        return len(self.owner)


@dataclass(frozen=True)
class Crossings:
    """Where edges cross rows: ``row`` and ``column`` of the first pixel behind, and the owner of the edge."""

    row: Ints
    column: Ints
    owner: Ints

    def places(self, *, left: int, columns: int) -> Ints:
        """Pixels of a band of ``columns`` columns that begins at column ``left``."""
        return self.row * columns + (self.column - left)


def crossings_of_rows(edges: Edges, *, first_row: int, rows: int, columns: int) -> Crossings:
    """Crossings of rows ``first_row … first_row + rows``, clipped to ``columns``; rows count from 0."""
    top = np.clip(edges.first_row, first_row, first_row + rows)
    bottom = np.clip(edges.last_row, first_row, first_row + rows)
    crossed = bottom > top
    edges, top, crossed_rows = edges.select(crossed), top[crossed], (bottom - top)[crossed]
    downward = edges.start_y < edges.end_y
    upper_x = np.where(downward, edges.start_x, edges.end_x)
    upper_y = np.where(downward, edges.start_y, edges.end_y)
    lower_x = np.where(downward, edges.end_x, edges.start_x)
    lower_y = np.where(downward, edges.end_y, edges.start_y)

    first_of_edge = np.cumsum(crossed_rows) - crossed_rows
    row = np.repeat(top - first_of_edge, crossed_rows)
    row += np.arange(len(row))
    # The order of operations is GDAL's: another one rounds differently in the last bit.
    crossing = row + 0.5
    crossing -= np.repeat(upper_y, crossed_rows)
    crossing *= np.repeat(lower_x - upper_x, crossed_rows)
    crossing /= np.repeat(lower_y - upper_y, crossed_rows)
    crossing += np.repeat(upper_x, crossed_rows)
    return Crossings(
        row=row - first_row, column=_column_at(crossing, columns), owner=np.repeat(edges.owner, crossed_rows)
    )


def ends_of_level_edges(edges: Edges, *, first_row: int, rows: int, columns: int) -> Crossings:
    """Begin and end, in turn, of the runs that horizontal edges through pixel centres fill by themselves."""
    leftward = edges.select(edges.fills_row)
    row = np.floor(leftward.start_y) - first_row
    inside = (row >= 0) & (row < rows)
    leftward = leftward.select(inside)
    column = _column_at(np.column_stack((leftward.end_x, leftward.start_x)).ravel(), columns)
    return Crossings(row=np.repeat(row[inside].astype(np.int64), 2), column=column, owner=np.repeat(leftward.owner, 2))


def spans_between(crossings: Crossings, level: Crossings, *, left: int, rows: int, columns: int, tile_px: int) -> Spans:
    """The runs between the crossings of each area, and those of ``level`` edges, in columns from ``left`` on.

    ``columns`` is a multiple of ``tile_px``.
    """
    assert rows * columns < MAX_BAND_PIXELS
    alone = level.places(left=left, columns=columns)
    key = np.concatenate(
        (
            crossings.places(left=left, columns=columns) << _OWNER_BITS | crossings.owner,
            np.concatenate((alone, np.arange(0, rows * columns + 1, tile_px))) << _OWNER_BITS | _NOBODY,
        )
    )
    key.sort()
    place, owner = key >> _OWNER_BITS, key & _NOBODY
    is_new = np.concatenate(([True], place[1:] != place[:-1]))
    borders = place[is_new]
    number = np.cumsum(is_new) - 1
    # Sorted by owner, and then by place, crossings open and close runs in turn.
    key = (owner << _PLACE_BITS | number)[owner != _NOBODY]
    key.sort()
    owner, number = key[0::2] >> _PLACE_BITS, key & (MAX_BAND_PIXELS - 1)
    spans = Spans(borders=borders, first=number[0::2], last=number[1::2], owner=owner)
    return _with_level(spans, np.searchsorted(borders, alone), level.owner[0::2]) if len(alone) else spans


def _with_level(spans: Spans, numbers: Ints, owner: Ints) -> Spans:
    owners = np.concatenate((spans.owner, owner))
    order = np.argsort(owners, kind="stable")
    return Spans(
        borders=spans.borders,
        first=np.concatenate((spans.first, numbers[0::2]))[order],
        last=np.concatenate((spans.last, numbers[1::2]))[order],
        owner=owners[order],
    )


def _column_at(x: npt.NDArray[np.float64], columns: int) -> Ints:
    return np.clip(np.floor(x + 0.5), 0, columns).astype(np.int64)
