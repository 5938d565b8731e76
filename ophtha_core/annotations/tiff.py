"""Label masks as tiled BigTIFF files in which empty tiles share one stored tile."""

import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from io import BufferedIOBase

import imagecodecs
import numpy as np

from ophtha_core.annotations.packbits import packed_tiles
from ophtha_core.annotations.raster import TILE_PX, LabelArray, LabelMask, LabelStrip

_HEADER_BYTES = 16
_FIRST_LINK = 8
"""Where the header says where the first directory is."""
_DEFLATE = 8
_PACKBITS = 32773


class _Type(IntEnum):
    SHORT = 3
    LONG = 4
    LONG8 = 16


_FORMAT = {_Type.SHORT: "H", _Type.LONG: "I", _Type.LONG8: "Q"}
_TagValues = tuple[_Type, list[int]]


def write_bigtiff(masks: Iterable[LabelMask], file: BufferedIOBase) -> None:
    """Write masks of one size as pages of a BigTIFF, in tiles of 512 px; memory is bounded by a strip of tiles.

    Every reader of tiled TIFF opens it: a tile without labels refers to the one empty tile that is stored.
    """
    file.write(struct.pack("<2sHHHQ", b"II", 43, 8, 0, 0))
    link, position = _FIRST_LINK, _HEADER_BYTES
    for mask in masks:
        offsets, sizes, position = _write_tiles(mask, file, position)
        position += file.write(bytes(-position % 8))
        tags = _tags(mask, offsets, sizes)
        file.seek(link)
        file.write(struct.pack("<Q", position))
        file.seek(position)
        link = position + _directory_bytes(tags) - 8
        position += file.write(_directory(tags, position))


def _write_tiles(mask: LabelMask, file: BufferedIOBase, position: int) -> tuple[list[int], list[int], int]:
    """Offsets and sizes of all tiles of a mask, and the position behind them."""
    columns = -(-mask.width_px // TILE_PX)
    rows = -(-mask.height_px // TILE_PX)
    coding = _coding(mask)
    empty = coding.of_empty_tile
    offsets = [position] * (columns * rows)
    sizes = [len(empty)] * (columns * rows)
    known = {empty: position}
    position += file.write(empty)
    for strip in mask.runs():
        for tile in coding.tiles(strip):
            index = tile.row // TILE_PX * columns + tile.column // TILE_PX
            sizes[index] = len(tile.data)
            offsets[index] = position
            if len(tile.data) <= len(empty):
                # One label all over: masks of regions have many of these.
                offsets[index] = known.setdefault(tile.data, position)
            if offsets[index] == position:
                position += file.write(tile.data)
    return offsets, sizes, position


@dataclass(frozen=True)
class _StoredTile:
    column: int
    row: int
    data: bytes


@dataclass(frozen=True)
class _Coding:
    """How tiles are stored: the number of the format, the tiles of a strip, and the one without labels."""

    compression: int
    tiles: Callable[[LabelStrip], list[_StoredTile]]
    of_empty_tile: bytes


def _coding(mask: LabelMask) -> _Coding:
    """Runs of bytes are coded as they are; the two bytes of a label beyond 254 are no run."""
    if mask.dtype.itemsize > 1:
        nothing = np.zeros((1, 1), dtype=mask.dtype)
        return _Coding(compression=_DEFLATE, tiles=_deflated_tiles, of_empty_tile=_deflated(nothing))
    empty = LabelStrip(
        row=0,
        column=0,
        width_px=TILE_PX,
        height_px=TILE_PX,
        borders=np.arange(TILE_PX + 1) * TILE_PX,
        labels=np.zeros(TILE_PX, dtype=np.uint8),
    )
    return _Coding(compression=_PACKBITS, tiles=_packed_tiles, of_empty_tile=_packed_tiles(empty)[0].data)


def _packed_tiles(strip: LabelStrip) -> list[_StoredTile]:
    return [_StoredTile(column=column, row=strip.row, data=data) for column, data in packed_tiles(strip)]


def _deflated_tiles(strip: LabelStrip) -> list[_StoredTile]:
    return [_StoredTile(column=tile.column, row=tile.row, data=_deflated(tile.labels)) for tile in strip.tiles()]


def _deflated(labels: LabelArray) -> bytes:
    tile = np.zeros((TILE_PX, TILE_PX), dtype=labels.dtype.newbyteorder("<"))
    tile[: labels.shape[0], : labels.shape[1]] = labels
    return bytes(imagecodecs.zlibng_encode(tile.tobytes(), level=2))


def _tags(mask: LabelMask, offsets: list[int], sizes: list[int]) -> dict[int, _TagValues]:
    """Tag numbers of TIFF 6.0 in ascending order, as the format demands."""
    return {
        256: (_Type.LONG, [mask.width_px]),  # ImageWidth
        257: (_Type.LONG, [mask.height_px]),  # ImageLength
        258: (_Type.SHORT, [mask.dtype.itemsize * 8]),  # BitsPerSample
        259: (_Type.SHORT, [_coding(mask).compression]),  # Compression
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
    behind = position + _directory_bytes(tags)
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


def _directory_bytes(tags: Mapping[int, _TagValues]) -> int:
    """Bytes of a directory without the values behind it; the last eight say where the next directory is."""
    return 8 + 20 * len(tags) + 8
