"""Scan conversion: from edges to the runs of pixels whose centres lie inside an area.

The rule is the pixel-centre rule of GDAL's rasteriser (3.10), ties included: a row is crossed at its centre; an edge
counts for rows from its upper end (included) to its lower end (excluded); a crossing at x opens or closes a run at
``floor(x + 0.5)``; a horizontal edge through pixel centres fills its own pixels when it runs to the left. Rings run
the same way round, so that this adds the upper edges of holes to the area around them.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ophtha_core.annotations.edges import Edges

Ints = npt.NDArray[np.int32]

# A sort key holds a row of a band, the drawing order and a column: 14 + 25 + 24 bits.
_COLUMN_BITS = 24
_OWNER_BITS = 25
MAX_COLUMNS = 1 << _COLUMN_BITS
MAX_AREAS = 1 << _OWNER_BITS
MAX_BAND_ROWS = 1 << 14


@dataclass(frozen=True)
class Spans:
    """Runs of pixels ``[start, stop)`` in a row; ``owner`` is the area's drawing order, ascending within each row."""

    row: Ints
    start: Ints
    stop: Ints
    owner: Ints

    def __len__(self) -> int:
        return len(self.row)

    def select(self, chosen: npt.NDArray[np.bool_] | npt.NDArray[np.int64] | slice) -> "Spans":
        return Spans(row=self.row[chosen], start=self.start[chosen], stop=self.stop[chosen], owner=self.owner[chosen])

    @property
    def length(self) -> Ints:
        return self.stop - self.start


def spans_of_band(edges: Edges, *, first_row: int, rows: int, columns: int) -> Spans:
    """The runs of all areas in rows ``first_row … first_row + rows``, clipped to ``columns``; rows count from 0."""
    filled = _between_crossings(edges, first_row=first_row, rows=rows, columns=columns)
    along = _along_horizontal_edges(edges, first_row=first_row, rows=rows, columns=columns)
    if not len(along):
        return filled
    both = Spans(
        row=np.concatenate((filled.row, along.row)),
        start=np.concatenate((filled.start, along.start)),
        stop=np.concatenate((filled.stop, along.stop)),
        owner=np.concatenate((filled.owner, along.owner)),
    )
    return both.select(np.lexsort((both.owner, both.row)))


def _between_crossings(edges: Edges, *, first_row: int, rows: int, columns: int) -> Spans:
    top = np.clip(edges.first_row, first_row, first_row + rows)
    bottom = np.clip(edges.last_row, first_row, first_row + rows)
    crossed_rows = bottom - top
    crossed = crossed_rows > 0
    edges, top, crossed_rows = edges.select(crossed), top[crossed], crossed_rows[crossed]
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
    column = np.clip(np.floor(crossing + 0.5), 0, columns).astype(np.int64)

    key = (
        ((row - first_row) << (_OWNER_BITS + _COLUMN_BITS))
        | np.repeat(edges.owner << _COLUMN_BITS, crossed_rows)
        | column
    )
    key.sort()
    opening, closing = key[0::2], key[1::2]
    start, stop = opening & (MAX_COLUMNS - 1), closing & (MAX_COLUMNS - 1)
    holds_pixels = stop > start
    opening = opening[holds_pixels]
    return Spans(
        row=(opening >> (_OWNER_BITS + _COLUMN_BITS)).astype(np.int32),
        start=start[holds_pixels].astype(np.int32),
        stop=stop[holds_pixels].astype(np.int32),
        owner=((opening >> _COLUMN_BITS) & (MAX_AREAS - 1)).astype(np.int32),
    )


def _along_horizontal_edges(edges: Edges, *, first_row: int, rows: int, columns: int) -> Spans:
    leftward = edges.select(edges.lies_on_centres & (edges.start_x > edges.end_x))
    row = np.clip(np.floor(leftward.start_y) - first_row, -1, rows).astype(np.int32)
    start = np.clip(np.floor(leftward.end_x + 0.5), 0, columns).astype(np.int32)
    stop = np.clip(np.floor(leftward.start_x + 0.5), 0, columns).astype(np.int32)
    inside = (row >= 0) & (row < rows) & (stop > start)
    owner = leftward.owner.astype(np.int32)
    return Spans(row=row[inside], start=start[inside], stop=stop[inside], owner=owner[inside])


@dataclass(frozen=True)
class TileSpans:
    """The spans of one column of tiles, counted from its left border.

    ``apart`` share no pixel with another one. ``clashing`` do, and are in drawing order within each row; so are
    ``crowded``, where spans shorter than ``short_px`` take part.
    """

    column: int
    apart: Spans
    clashing: Spans
    crowded: Spans


def split_by_tile(spans: Spans, *, tile_px: int, short_px: int) -> list[TileSpans]:
    """Spans cut at the borders of columns of tiles, ``tile_px`` (at most 512) wide."""
    first = spans.start // tile_px
    reached = (spans.stop - 1) // tile_px - first + 1
    span = np.repeat(np.arange(len(spans), dtype=np.int32), reached)
    before = np.cumsum(reached, dtype=np.int32) - reached
    tile = np.arange(len(span), dtype=np.int32) + (first - before)[span]
    left = tile * tile_px
    start = np.maximum(spans.start[span] - left, 0)
    stop = np.minimum(spans.stop[span] - left, tile_px)
    # One sort by tile, row and start; the position in the list comes last, so that it can be read from the key.
    line = (tile.astype(np.int64) << _ROW_BITS) | spans.row[span]
    position = np.arange(len(span), dtype=np.int64)
    key = (((line << _PLACE_BITS) | start) << _POSITION_BITS) | position
    key.sort()
    order = key & ((1 << _POSITION_BITS) - 1)
    begins = key >> _POSITION_BITS
    ends = (begins >> _PLACE_BITS << _PLACE_BITS) | stop[order]
    pieces = Spans(row=spans.row[span], start=start, stop=stop, owner=spans.owner[span])
    crowd = _crowds(begins, ends)
    members = np.bincount(crowd)[crowd]
    has_short = np.zeros(len(crowd) + 1, dtype=np.bool_)
    has_short[crowd[ends - begins < short_px]] = True
    crowded = has_short[crowd]
    groups = (order[members == 1], np.sort(order[(members > 1) & ~crowded]), np.sort(order[(members > 1) & crowded]))
    columns = np.unique(tile)
    return [
        TileSpans(int(each[0]), *each[1:])
        for each in zip(columns, *(_by_column(pieces, tile, columns, g) for g in groups), strict=True)
    ]


_ROW_BITS = 14
_PLACE_BITS = 10
_POSITION_BITS = 24
MAX_SPANS = 1 << _POSITION_BITS


def _crowds(begins: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """A number for each of the intervals, sorted by their begin, that those which overlap have in common."""
    starts_anew = np.ones(len(begins), dtype=np.int64)
    starts_anew[1:] = begins[1:] >= np.maximum.accumulate(ends)[:-1]
    return np.cumsum(starts_anew) - 1


def _by_column(pieces: Spans, tile: Ints, columns: Ints, chosen: npt.NDArray[np.int64]) -> list[Spans]:
    """The chosen pieces of each column, in the order they are given."""
    chosen = chosen[np.argsort(tile[chosen].astype(np.uint16), kind="stable")]
    borders = np.searchsorted(tile[chosen], columns).tolist()
    selected = pieces.select(chosen)
    ends = [*borders[1:], len(chosen)]
    return (
        [selected.select(slice(begin, end)) for begin, end in zip(borders, ends, strict=True)] if len(columns) else []
    )
