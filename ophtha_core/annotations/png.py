"""Label masks as greyscale PNG files, written strip by strip."""

import struct
import zlib
from collections.abc import Iterator

import numpy as np

from ophtha_core.annotations.raster import LabelMask

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREYSCALE = 0
_NO_FILTER = 0


def png_chunks(mask: LabelMask) -> Iterator[bytes]:
    """The file in pieces; 8 or 16 bits as the mask has. Memory is bounded by a strip of tiles."""
    bits = mask.dtype.itemsize * 8
    header = struct.pack(">IIBBBBB", mask.width_px, mask.height_px, bits, _GREYSCALE, 0, 0, 0)
    yield _SIGNATURE + _chunk(b"IHDR", header)
    stream = zlib.compressobj(level=1)
    for strip in mask.strips():
        rows = strip.astype(strip.dtype.newbyteorder(">"), copy=False).view(np.uint8)
        lines = np.full((len(rows), rows.shape[1] + 1), _NO_FILTER, dtype=np.uint8)
        lines[:, 1:] = rows
        compressed = stream.compress(lines.data)
        if compressed:
            yield _chunk(b"IDAT", compressed)
    yield _chunk(b"IDAT", stream.flush()) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
