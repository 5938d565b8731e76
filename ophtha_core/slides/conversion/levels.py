"""Levels made while rows come in: of each level no more than two rows of tiles are held."""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from ophtha_core.slides.conversion.source import Rows

TILE_PX: Final = 256
TakeTile = Callable[[int, Rows], None]
"""Takes the level, from 0, and a whole tile; tiles of a level come row by row."""


def level_sizes(width_px: int, height_px: int) -> list[tuple[int, int]]:
    """Width and height of each level: halved, rounded up, until one tile holds all."""
    sizes = [(width_px, height_px)]
    while max(sizes[-1]) > TILE_PX:
        sizes.append((-(-sizes[-1][0] // 2), -(-sizes[-1][1] // 2)))
    return sizes


class Levels:
    """Cuts rows into tiles and halves them for the next level."""

    def __init__(self, count: int, take: TakeTile) -> None:
        self._take = take
        self._count = count
        self._waiting: list[Rows | None] = [None] * count
        """Of each level but the last: a row of tiles whose lower neighbour is still to come."""

    def add(self, strip: Rows) -> None:
        """Rows of the largest level: as many as a tile has, fewer at the bottom."""
        self._add(0, strip)

    def finish(self) -> None:
        """No more rows will come."""
        for level in range(self._count - 1):
            waiting, self._waiting[level] = self._waiting[level], None
            if waiting is not None:
                self._add(level + 1, halved(waiting))

    def _add(self, level: int, strip: Rows) -> None:
        for tile in _tiles(strip):
            self._take(level, tile)
        if level + 1 == self._count:
            return
        upper, self._waiting[level] = self._waiting[level], None
        if upper is None:
            self._waiting[level] = strip
        else:
            self._add(level + 1, halved(np.concatenate((upper, strip))))


def strips(pieces: Iterator[Rows]) -> Iterator[Rows]:
    """Pieces of any height as strips of the height of a tile."""
    held: list[Rows] = []
    height = 0
    for piece in pieces:
        held.append(piece)
        height += len(piece)
        if height >= TILE_PX:
            whole = np.concatenate(held) if len(held) > 1 else held[0]
            end = height - height % TILE_PX
            yield from (whole[top : top + TILE_PX] for top in range(0, end, TILE_PX))
            held, height = [whole[end:].copy()], height - end
    if height:
        yield np.concatenate(held)


def halved(rows: Rows) -> Rows:
    """Means of squares of two pixels; a last odd row or column stands for itself."""
    even = np.pad(rows, ((0, rows.shape[0] % 2), (0, rows.shape[1] % 2), (0, 0)), mode="edge")
    total = even[::2, ::2].astype(np.uint32)
    for row, column in ((1, 0), (0, 1), (1, 1)):
        total += even[row::2, column::2]
    mean: Rows = ((total + 2) // 4).astype(rows.dtype)
    return mean


def _tiles(strip: Rows) -> Iterator[Rows]:
    missing = TILE_PX - len(strip), -strip.shape[1] % TILE_PX
    white = 0 if strip.shape[2] == 1 else np.iinfo(strip.dtype).max
    padded = np.pad(strip, ((0, missing[0]), (0, missing[1]), (0, 0)), constant_values=white)
    for left in range(0, padded.shape[1], TILE_PX):
        yield np.ascontiguousarray(padded[:, left : left + TILE_PX])
