"""Label masks: areas drawn in order into tiles, exact, with memory bounded by a strip of tiles."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt
from shapely.geometry.base import BaseGeometry

from ophtha_core.annotations.edges import Edges, Ints, edges_of, edges_of_strips
from ophtha_core.annotations.spans import (
    MAX_AREAS,
    MAX_COLUMNS,
    Spans,
    crossings_of_rows,
    ends_of_level_edges,
    spans_between,
)
from ophtha_core.errors import InvalidInput

LabelArray = npt.NDArray[np.uint8 | np.uint16]

_Made = TypeVar("_Made")

TILE_PX: Final = 512
MAX_LABEL: Final = 65_535
_THREADS: Final = 2
_RUNS_AT_ONCE: Final = 1 << 20


@dataclass(frozen=True)
class LabelledArea:
    """A polygon or multipolygon in image space (pixels, y down) and the value its pixels get (1…65535)."""

    area: BaseGeometry
    label: int


@dataclass(frozen=True)
class LabelTile:
    """``labels`` (rows, columns) of the tile whose top-left pixel is (``column``, ``row``); cut at the border."""

    column: int
    row: int
    labels: LabelArray


class LabelMask:
    """Areas drawn over each other in the order given; pixels of no area are 0.

    ``uint8`` up to label 254, ``uint16`` beyond, unless ``bits`` says it: 255 is the label of what has no class.
    """

    def __init__(
        self, areas: Sequence[LabelledArea], *, width_px: int, height_px: int, bits: int | None = None
    ) -> None:
        if not (0 < width_px < MAX_COLUMNS and 0 < height_px < MAX_COLUMNS):
            raise InvalidInput("size", f"{width_px} x {height_px} pixels is no size of an image")
        if len(areas) >= MAX_AREAS:
            raise InvalidInput("annotations", f"{len(areas)} areas are too many for one mask")
        labels = np.asarray([area.label for area in areas], dtype=np.int64)
        highest = MAX_LABEL if bits is None else (1 << bits) - 1
        if len(labels) and not (labels.min() > 0 and labels.max() <= highest):
            raise InvalidInput("label", f"must lie between 1 and {highest}")
        if bits is None:
            bits = 16 if len(labels) and labels.max() > 254 else 8
        self.width_px = width_px
        self.height_px = height_px
        self.dtype: np.dtype[np.uint8 | np.uint16] = np.dtype(np.uint16 if bits == 16 else np.uint8)
        self._labels = labels.astype(self.dtype)
        self._edges = edges_of([area.area for area in areas])

    def tiles(self) -> Iterator[LabelTile]:
        """The tiles that hold something, by rows of tiles, left to right."""
        return self.made_of_tiles(lambda tile: tile)

    def made_of_tiles(self, make: Callable[[LabelTile], _Made]) -> Iterator[_Made]:
        """What ``make`` makes of each of the tiles, in their order.

        Rows of tiles are drawn ahead in threads, which call ``make`` too: numpy and codecs let go of the interpreter.
        """

        def strip(edges: Edges, first_row: int) -> list[_Made]:
            return [make(tile) for tile in self._tiles_of_strip(edges, first_row)]

        strips = edges_of_strips(self._edges, strip_rows=TILE_PX, rows=self.height_px)
        waiting: deque[Future[list[_Made]]] = deque()
        with ThreadPoolExecutor(_THREADS) as threads:
            for number, edges in enumerate(strips):
                if len(edges):
                    waiting.append(threads.submit(strip, edges, number * TILE_PX))
                if len(waiting) > _THREADS:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()

    def array(self) -> LabelArray:
        """The whole mask (rows, columns): for images that fit in memory."""
        mask = np.zeros((self.height_px, self.width_px), dtype=self.dtype)
        for tile in self.tiles():
            rows, columns = tile.labels.shape
            mask[tile.row : tile.row + rows, tile.column : tile.column + columns] = tile.labels
        return mask

    def strips(self) -> Iterator[LabelArray]:
        """The mask from top to bottom in strips of ``TILE_PX`` rows (fewer at the end), empty ones included."""
        tiles = self.tiles()
        tile = next(tiles, None)
        for first_row in range(0, self.height_px, TILE_PX):
            strip = np.zeros((min(TILE_PX, self.height_px - first_row), self.width_px), dtype=self.dtype)
            while tile is not None and tile.row == first_row:
                strip[:, tile.column : tile.column + tile.labels.shape[1]] = tile.labels
                tile = next(tiles, None)
            yield strip

    def _tiles_of_strip(self, edges: Edges, first_row: int) -> list[LabelTile]:
        rows = min(TILE_PX, self.height_px - first_row)
        crossings = crossings_of_rows(edges, first_row=first_row, rows=rows, columns=self.width_px)
        level = ends_of_level_edges(edges, first_row=first_row, rows=rows, columns=self.width_px)
        reached = np.concatenate((crossings.column, level.column))
        # Only from the first to the last column of tiles that holds something.
        left = int(reached.min()) // TILE_PX * TILE_PX
        right = min(-(-int(reached.max()) // TILE_PX) * TILE_PX, self.width_px)
        if left >= right:
            return []
        spans = spans_between(crossings, level, left=left, rows=rows, columns=right - left)
        shown = _labels_shown(spans, self._labels)
        strip = np.repeat(shown, np.diff(spans.borders)).reshape(rows, right - left)
        return [
            LabelTile(column=left + column, row=first_row, labels=strip[:, column : column + TILE_PX])
            for column in _occupied_columns(spans.borders, shown, columns=right - left)
        ]


def _labels_shown(spans: Spans, labels: LabelArray) -> LabelArray:
    """The label between each border and the next: of the spans there, the one drawn last; 0 where there is none."""
    shown: LabelArray = np.zeros(len(spans.borders) - 1, dtype=labels.dtype)
    value = labels[spans.owner]
    count = spans.last - spans.first
    done = np.cumsum(count)
    begin = 0
    while begin < len(spans):
        end = max(begin + 1, int(np.searchsorted(done, done[begin] - count[begin] + _RUNS_AT_ONCE)))
        part = slice(begin, end)
        covered = np.repeat(spans.first[part] - (done[part] - count[part]), count[part])
        covered += np.arange(done[begin] - count[begin], done[end - 1])
        # Of the values assigned to a place numpy keeps the last one.
        shown[covered] = np.repeat(value[part], count[part])
        begin = end
    return shown


def _occupied_columns(borders: Ints, shown: LabelArray, *, columns: int) -> Iterator[int]:
    """First column of the tiles of a strip that hold a label."""
    labelled = np.flatnonzero(shown)
    begin = borders[labelled]
    begin -= begin // columns * columns
    end = begin + np.diff(borders)[labelled]
    tiles = -(-columns // TILE_PX)
    change = np.bincount(begin // TILE_PX, minlength=tiles + 1)
    change -= np.bincount((end - 1) // TILE_PX + 1, minlength=tiles + 1)
    for tile in np.flatnonzero(np.cumsum(change)).tolist():
        yield tile * TILE_PX
