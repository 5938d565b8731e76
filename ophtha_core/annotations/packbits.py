"""Tiles of 8-bit labels in the PackBits coding (TIFF 6.0, section 9), made of runs: no pixel is ever written."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np

from ophtha_core.annotations.raster import TILE_PX, LabelStrip

_LONGEST: Final = 128
_COMPLEMENT: Final = 257
"""A run of n equal bytes is coded as 257 - n and the byte; of one byte, modulo 256, as one literal byte."""


def packed_tiles(strip: LabelStrip) -> Iterator[tuple[int, bytes]]:
    """Column and coding of each tile of a strip, empty ones too."""
    tile = strip.tile_of_run
    order = np.argsort(tile, kind="stable")
    length = np.diff(strip.borders)[order]
    packets = (length + _LONGEST - 1) // _LONGEST
    done = np.cumsum(packets)
    coded = np.empty((int(done[-1]), 2), dtype=np.uint8)
    coded[:, 0] = _COMPLEMENT - _LONGEST
    coded[done - 1, 0] = (_COMPLEMENT - length + (packets - 1) * _LONGEST) & 0xFF
    coded[:, 1] = np.repeat(strip.labels[order], packets)
    runs_until = np.cumsum(np.bincount(tile))
    ends = [0, *done[runs_until - 1].tolist()]
    for number, (begin, end) in enumerate(pairwise(ends)):
        yield strip.column + number * TILE_PX, coded[begin:end].tobytes()
