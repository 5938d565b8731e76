"""Label masks: areas drawn in order into tiles, exact, with memory bounded by a strip of tiles."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from shapely.geometry.base import BaseGeometry

from ophtha_core.annotations.edges import Edges, Ints, edges_of
from ophtha_core.annotations.spans import (
    MAX_AREAS,
    MAX_BAND_ROWS,
    MAX_COLUMNS,
    Spans,
    TileSpans,
    spans_of_band,
    split_by_tile,
)
from ophtha_core.errors import InvalidInput

LabelArray = npt.NDArray[np.uint8 | np.uint16]

TILE_PX = 512
MAX_LABEL = 65_535
_CROSSINGS_PER_BAND = 1_500_000
_MAX_BAND_TILES = 4
_BAND_BYTES = 2**26
_THREADS = 2
_WORD_BYTES = 8
_EVERY_PIXEL = {1: np.uint64(0x0101010101010101), 2: np.uint64(0x0001000100010001)}
"""What a label is multiplied with to fill a word, by bytes of a pixel."""
_PIXELS_AT_ONCE = 1 << 14


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
        """The tiles that hold something, by rows of tiles, left to right.

        Bands are drawn ahead in threads: numpy lets go of the interpreter for most of the work.
        """
        waiting: deque[Future[list[LabelTile]]] = deque()
        with ThreadPoolExecutor(_THREADS) as threads:
            for first_row, rows in self._bands():
                waiting.append(threads.submit(self._tiles_of_band, first_row, rows))
                if len(waiting) >= _THREADS:
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

    def _bands(self) -> Iterator[tuple[int, int]]:
        """First row and rows of the bands: whole tiles, so many that the crossings of a band stay few."""
        tile_rows = -(-self.height_px // TILE_PX)
        crossings = _crossings_per_tile_row(self._edges, tile_rows)
        most_tiles = min(_MAX_BAND_TILES, _BAND_BYTES // (self.width_px * TILE_PX * self.dtype.itemsize))
        first = 0
        while first < tile_rows:
            last = first + 1
            total = crossings[first]
            while last < tile_rows and last - first < most_tiles and total + crossings[last] < _CROSSINGS_PER_BAND:
                total += crossings[last]
                last += 1
            if total:
                yield first * TILE_PX, min(last * TILE_PX, self.height_px) - first * TILE_PX
            first = last

    def _tiles_of_band(self, first_row: int, rows: int) -> list[LabelTile]:
        assert rows <= MAX_BAND_ROWS
        near = (self._edges.first_row <= first_row + rows) & (self._edges.last_row >= first_row)
        spans = spans_of_band(self._edges.select(near), first_row=first_row, rows=rows, columns=self.width_px)
        # Blocks of one tile's width and the whole band's height, turned into tiles row by row at the end.
        blocks: list[tuple[int, frozenset[int], LabelArray]] = []
        for pieces in split_by_tile(spans, tile_px=TILE_PX, short_px=_WORD_BYTES // self.dtype.itemsize):
            column = pieces.column * TILE_PX
            width = min(TILE_PX, self.width_px - column)
            touched = np.zeros(-(-rows // TILE_PX), dtype=np.bool_)
            for group in (pieces.apart, pieces.clashing, pieces.crowded):
                touched[group.row // TILE_PX] = True
            occupied = frozenset((np.flatnonzero(touched) * TILE_PX).tolist())
            blocks.append((column, occupied, _paint_block(pieces, self._labels, rows=rows, width=width)))
        return [
            LabelTile(column=column, row=first_row + top, labels=block[top : top + TILE_PX])
            for top in range(0, rows, TILE_PX)
            for column, occupied, block in blocks
            if top in occupied
        ]


def _crossings_per_tile_row(edges: Edges, tile_rows: int) -> Ints:
    """Rows crossed by edges, summed by rows of tiles; horizontal edges on pixel centres count as well."""
    limit = tile_rows * TILE_PX
    top = np.clip(edges.first_row, 0, limit)
    bottom = np.clip(np.maximum(edges.last_row, edges.first_row + edges.lies_on_centres), 0, limit)
    change = np.zeros(limit + 1, dtype=np.int64)
    change += np.bincount(top, minlength=limit + 1)
    change -= np.bincount(bottom, minlength=limit + 1)
    return np.asarray(np.cumsum(change[:-1]).reshape(tile_rows, TILE_PX).sum(axis=1), dtype=np.int64)


def _paint_block(spans: TileSpans, labels: LabelArray, *, rows: int, width: int) -> LabelArray:
    """Array (rows, width) with the spans of one column of tiles."""
    block: LabelArray = np.zeros((rows, width), dtype=labels.dtype)
    wide = spans.apart.length >= _WORD_BYTES // block.itemsize
    _paint_words(block, spans.apart.select(wide), labels)
    _paint_pixels(block, spans.apart.select(~wide), labels)
    _paint_words(block, spans.clashing, labels)
    _paint_pixels(block, spans.crowded, labels)
    return block


def _paint_words(block: LabelArray, spans: Spans, labels: LabelArray) -> None:
    """Spans of at least a word, in words of several pixels that may begin at any of them, in drawing order.

    The last word of a span ends where the span ends and may lie over the one before it.
    """
    if not len(spans):
        return
    per_word = _WORD_BYTES // block.itemsize
    words = np.ndarray(
        shape=(block.size - per_word + 1,), dtype=np.uint64, buffer=block.data, strides=(block.itemsize,)
    )
    value = labels[spans.owner].astype(np.uint64) * _EVERY_PIXEL[block.itemsize]
    first = spans.row.astype(np.int64) * block.shape[1] + spans.start
    count = -(-spans.length // per_word)
    before = np.cumsum(count, dtype=np.int64) - count
    place = np.arange(int(count.sum()), dtype=np.int64) * per_word
    place += np.repeat(first - before * per_word, count)
    np.minimum(place, np.repeat(first + spans.length - per_word, count), out=place)
    words[place] = np.repeat(value, count)


def _paint_pixels(block: LabelArray, spans: Spans, labels: LabelArray) -> None:
    """Spans pixel by pixel, in drawing order: of the values assigned to a pixel numpy keeps the last one."""
    flat = block.reshape(-1)
    length = spans.length
    first_pixel = spans.row.astype(np.int64) * block.shape[1] + spans.start
    value = labels[spans.owner]
    done = np.cumsum(length, dtype=np.int64)
    begin = 0
    while begin < len(spans):
        end = max(begin + 1, int(np.searchsorted(done, done[begin] - length[begin] + _PIXELS_AT_ONCE)))
        part = slice(begin, end)
        drawn_before = np.cumsum(length[part], dtype=np.int64) - length[part]
        pixel = np.repeat(first_pixel[part] - drawn_before, length[part])
        pixel += np.arange(len(pixel))
        flat[pixel] = np.repeat(value[part], length[part])
        begin = end
