"""Label masks as tiled BigTIFF files in which empty tiles share one stored tile."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from io import BufferedIOBase

import imagecodecs
import numpy as np

from ophtha_core.annotations.raster import TILE_PX, LabelArray, LabelMask, LabelTile

_HEADER_BYTES = 16
_DEFLATE = 8


class _Type(IntEnum):
    SHORT = 3
    LONG = 4
    LONG8 = 16


_FORMAT = {_Type.SHORT: "H", _Type.LONG: "I", _Type.LONG8: "Q"}
_TagValues = tuple[_Type, list[int]]


def write_bigtiff(mask: LabelMask, file: BufferedIOBase) -> None:
    """Write the mask as a one-page BigTIFF, deflated tiles of 512 px; memory is bounded by a strip of tiles.

    Every reader of tiled TIFF opens it: a tile without labels refers to the one empty tile that is stored.
    """
    file.write(struct.pack("<2sHHHQ", b"II", 43, 8, 0, 0))
    columns = -(-mask.width_px // TILE_PX)
    rows = -(-mask.height_px // TILE_PX)
    position = _HEADER_BYTES
    empty = _compressed(np.zeros((1, 1), dtype=mask.dtype))
    file.write(empty)
    offsets = [position] * (columns * rows)
    sizes = [len(empty)] * (columns * rows)
    position += len(empty)
    for tile in mask.made_of_tiles(_stored):
        file.write(tile.data)
        index = tile.row // TILE_PX * columns + tile.column // TILE_PX
        offsets[index], sizes[index] = position, len(tile.data)
        position += len(tile.data)
    position += file.write(bytes(-position % 8))
    file.write(_directory(_tags(mask, offsets, sizes), position))
    file.seek(8)
    file.write(struct.pack("<Q", position))


@dataclass(frozen=True)
class _StoredTile:
    column: int
    row: int
    data: bytes


def _stored(tile: LabelTile) -> _StoredTile:
    return _StoredTile(column=tile.column, row=tile.row, data=_compressed(tile.labels))


def _compressed(labels: LabelArray) -> bytes:
    tile = np.zeros((TILE_PX, TILE_PX), dtype=labels.dtype.newbyteorder("<"))
    tile[: labels.shape[0], : labels.shape[1]] = labels
    return bytes(imagecodecs.zlibng_encode(tile.tobytes(), level=2))


def _tags(mask: LabelMask, offsets: list[int], sizes: list[int]) -> dict[int, _TagValues]:
    """Tag numbers of TIFF 6.0 in ascending order, as the format demands."""
    return {
        256: (_Type.LONG, [mask.width_px]),  # ImageWidth
        257: (_Type.LONG, [mask.height_px]),  # ImageLength
        258: (_Type.SHORT, [mask.dtype.itemsize * 8]),  # BitsPerSample
        259: (_Type.SHORT, [_DEFLATE]),  # Compression
        262: (_Type.SHORT, [1]),  # PhotometricInterpretation: black is zero
        277: (_Type.SHORT, [1]),  # SamplesPerPixel
        322: (_Type.LONG, [TILE_PX]),  # TileWidth
        323: (_Type.LONG, [TILE_PX]),  # TileLength
        324: (_Type.LONG8, offsets),  # TileOffsets
        325: (_Type.LONG, sizes),  # TileByteCounts
        339: (_Type.SHORT, [1]),  # SampleFormat: unsigned
    }


def _directory(tags: Mapping[int, _TagValues], position: int) -> bytes:
    """The directory at ``position``, followed by the values that do not fit into it."""
    behind = position + 8 + 20 * len(tags) + 8
    entries = [struct.pack("<Q", len(tags))]
    values: list[bytes] = []
    for number, (kind, numbers) in tags.items():
        packed = struct.pack(f"<{len(numbers)}{_FORMAT[kind]}", *numbers)
        if len(packed) > 8:
            padded = packed + bytes(-len(packed) % 8)
            values.append(padded)
            packed = struct.pack("<Q", behind)
            behind += len(padded)
        entries.append(struct.pack("<HHQ8s", number, kind, len(numbers), packed))
    return b"".join([*entries, struct.pack("<Q", 0), *values])
