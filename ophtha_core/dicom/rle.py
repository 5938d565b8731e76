"""DICOM RLE (PS3.5 annex G): one PackBits segment per byte plane of each sample, most significant byte first."""

import struct
from itertools import pairwise
from typing import Final

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from ophtha_core.dicom.layout import PixelLayout
from ophtha_core.errors import UnreadableImage

_HEADER_BYTES: Final = 64
_LARGEST_SEGMENT_COUNT: Final = 15
_LARGEST_EXPANSION: Final = 64
"""Two bytes of PackBits stand for at most 128."""


def decode_rle(codestream: bytes, layout: PixelLayout) -> NDArray[np.generic]:
    """Rows x columns x samples of one frame. Raises UnreadableImage when segments are missing, short or too long."""
    item_bytes = layout.cell_dtype.itemsize
    if len(codestream) < _HEADER_BYTES:
        raise UnreadableImage("an RLE frame is shorter than its header")
    count, *offsets = struct.unpack_from("<16I", codestream)
    if count != layout.samples * item_bytes:
        raise UnreadableImage(f"an RLE frame has {count} segments, expected {layout.samples * item_bytes}")
    offsets = [*offsets[:count], len(codestream)]
    plane_bytes = layout.rows * layout.columns
    planes = np.empty((layout.samples, item_bytes, plane_bytes), np.uint8)
    for index, (start, stop) in enumerate(pairwise(offsets)):
        if not _HEADER_BYTES <= start <= stop <= len(codestream):
            raise UnreadableImage("an RLE frame has segments outside its data")
        if plane_bytes > _LARGEST_EXPANSION * (stop - start):
            raise UnreadableImage("an RLE segment is too short for Rows and Columns")
        try:
            plane = imagecodecs.packbits_decode(codestream[start:stop])
        except (RuntimeError, ValueError) as error:
            raise UnreadableImage("an RLE segment cannot be decoded") from error
        # An even segment length may add a byte.
        if not plane_bytes <= len(plane) <= plane_bytes + 1:
            raise UnreadableImage(f"an RLE segment has {len(plane)} bytes, Rows x Columns is {plane_bytes}")
        sample, byte = divmod(index, item_bytes)
        planes[sample, item_bytes - 1 - byte] = np.frombuffer(plane, np.uint8)[:plane_bytes]
    cells = np.ascontiguousarray(planes.transpose(2, 0, 1)).view(layout.cell_dtype)
    return cells.reshape(layout.shape)


def encode_rle(cells: NDArray[np.generic]) -> bytes:
    """One frame of rows x columns x samples cells in native byte order; each row is packed on its own."""
    rows, columns, samples = cells.shape
    item_bytes = cells.dtype.itemsize
    if samples * item_bytes > _LARGEST_SEGMENT_COUNT:
        raise ValueError("RLE has at most 15 segments")
    little_endian = np.ascontiguousarray(cells).astype(cells.dtype.newbyteorder("<"), copy=False)
    byte_planes = little_endian.view(np.uint8).reshape(rows, columns, samples, item_bytes)
    segments = [
        _even(imagecodecs.packbits_encode(np.ascontiguousarray(byte_planes[:, :, sample, byte]), axis=-1))
        for sample in range(samples)
        for byte in reversed(range(item_bytes))
    ]
    offsets = [_HEADER_BYTES + sum(map(len, segments[:index])) for index in range(len(segments))]
    offsets += [0] * (_LARGEST_SEGMENT_COUNT - len(segments))
    return struct.pack("<16I", len(segments), *offsets) + b"".join(segments)


def _even(segment: bytes | bytearray) -> bytes:
    return bytes(segment) + b"\0" * (len(segment) % 2)
