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
    # Each plane goes straight to its bytes of the cells: turning all of them at once takes eight times as long.
    cell_bytes = np.empty((plane_bytes, layout.samples, item_bytes), np.uint8)
    for index, (start, stop) in enumerate(pairwise(offsets)):
        if not _HEADER_BYTES <= start <= stop <= len(codestream):
            raise UnreadableImage("an RLE frame has segments outside its data")
        if plane_bytes > _LARGEST_EXPANSION * (stop - start):
            raise UnreadableImage("an RLE segment is too short for Rows and Columns")
        plane = _decode_segment(codestream[start:stop], layout)
        sample, byte = divmod(index, item_bytes)
        cell_bytes[:, sample, item_bytes - 1 - byte] = np.frombuffer(plane, np.uint8)
    return cell_bytes.view(layout.cell_dtype).reshape(layout.shape)


def _decode_segment(segment: bytes, layout: PixelLayout) -> bytes:
    """One byte plane; what lies behind its last run, padding or a device's own bytes, stands for nothing."""
    plane_bytes = layout.rows * layout.columns
    plane = _unpacked(segment)
    if plane is None:
        plane = _unpacked(segment[: _end_of_runs(segment, plane_bytes)])
    if plane is None:
        raise UnreadableImage("an RLE segment cannot be decoded")
    if (
        not 0 <= len(plane) - plane_bytes < min(layout.rows, layout.columns)
    ):  # of a row or column more it is another size
        raise UnreadableImage(f"an RLE segment has {len(plane)} bytes, Rows x Columns is {plane_bytes}")
    return plane[:plane_bytes]


def _unpacked(segment: bytes) -> bytes | None:
    try:
        return bytes(imagecodecs.packbits_decode(segment))
    except (RuntimeError, ValueError):
        return None


def _end_of_runs(segment: bytes, plane_bytes: int) -> int:
    """Where the runs end that stand for ``plane_bytes``."""
    position = count = 0
    while position < len(segment) and count < plane_bytes:
        control = segment[position]
        is_literal = control < 128
        count += control + 1 if is_literal else 257 - control if control > 128 else 0
        position += 2 + control if is_literal else 2 if control > 128 else 1
    return position


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
