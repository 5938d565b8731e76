"""Label masks: areas drawn in order into tiles, exact, with memory bounded by a strip of tiles."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

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

TILE_PX: Final = 512
MAX_LABEL: Final = 65_535
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


@dataclass(frozen=True)
class LabelStrip:
    """A row of whole tiles, from the first to the last that holds something, as runs of equal labels.

    ``row`` and ``column`` are those of its top-left pixel, ``width_px`` and ``height_px`` what of it lies inside the
    image. Its pixels are counted row by row over all its tiles: ``labels[i]`` is that of pixels ``borders[i] …
    borders[i + 1]``, all in the same row of the same tile.
    """

    row: int
    column: int
    width_px: int
    height_px: int
    borders: Ints
    labels: LabelArray

    @property
    def across(self) -> int:
        """How many tiles there are."""
        return -(-self.width_px // TILE_PX)

    @property
    def tile_of_run(self) -> npt.NDArray[np.uint16]:
        """The tile each run lies in, from 0."""
        tile_row = self.borders[:-1] // TILE_PX
        # numpy divides in vectors, but takes remainders one by one.
        return (tile_row - tile_row // self.across * self.across).astype(np.uint16)

    def tiles(self) -> list[LabelTile]:
        """The tiles that hold something, left to right, cut at the border of the image."""
        pixels = np.repeat(self.labels, np.diff(self.borders)).reshape(TILE_PX, self.across * TILE_PX)
        inside = pixels[: self.height_px, : self.width_px]
        occupied = np.bincount(self.tile_of_run[self.labels > 0], minlength=self.across)
        return [
            LabelTile(column=self.column + column, row=self.row, labels=inside[:, column : column + TILE_PX])
            for column in (np.flatnonzero(occupied) * TILE_PX).tolist()
        ]


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
        for strip in self.runs():
            yield from strip.tiles()

    def runs(self) -> Iterator[LabelStrip]:
        """The rows of tiles that hold something, from top to bottom."""
        strips = edges_of_strips(self._edges, strip_rows=TILE_PX, rows=self.height_px)
        for number, edges in enumerate(strips):
            strip = self._strip(edges, number * TILE_PX) if len(edges) else None
            if strip is not None:
                yield strip

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

    def _strip(self, edges: Edges, row: int) -> LabelStrip | None:
        rows = min(TILE_PX, self.height_px - row)
        crossings = crossings_of_rows(edges, first_row=row, rows=rows, columns=self.width_px)
        level = ends_of_level_edges(edges, first_row=row, rows=rows, columns=self.width_px)
        reached = np.concatenate((crossings.column, level.column))
        left = int(reached.min()) // TILE_PX * TILE_PX
        right = -(-int(reached.max()) // TILE_PX) * TILE_PX
        if left >= right:
            return None
        spans = spans_between(crossings, level, left=left, rows=TILE_PX, columns=right - left, tile_px=TILE_PX)
        return LabelStrip(
            row=row,
            column=left,
            width_px=min(right, self.width_px) - left,
            height_px=rows,
            borders=spans.borders,
            labels=_labels_shown(spans, self._labels),
        )


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
