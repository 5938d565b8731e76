"""Frames in and out of encapsulated pixel data (PS3.5 section A.4)."""

import struct
from typing import Final

from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, encapsulate_extended, generate_frames

from ophtha_core.dicom.reading import unreadable
from ophtha_core.errors import UnreadableImage

LARGEST_BASIC_OFFSET: Final = 2**32 - 1
_ITEM_HEADER_BYTES: Final = 8
_OFFSET_TABLES: Final = ("ExtendedOffsetTable", "ExtendedOffsetTableLengths")


def read_frames(dataset: Dataset, value: bytes, *, frames: int) -> list[bytes]:
    """Compressed frames of an encapsulated value. Raises UnreadableImage unless there are exactly ``frames``."""
    with unreadable("the encapsulated pixel data"):
        tables = [dataset[keyword].value for keyword in _OFFSET_TABLES if keyword in dataset]
        extended = (tables[0], tables[1]) if len(tables) == 2 else None
        if extended is not None:
            _refuse_overlaps(extended[1], len(value))
        found = list(generate_frames(value, number_of_frames=frames, extended_offsets=extended))
    if len(found) != frames:
        raise UnreadableImage(f"NumberOfFrames is {frames}, the pixel data has {len(found)} frames")
    return found


def _refuse_overlaps(lengths: bytes, value_bytes: int) -> None:
    """A table may name the same megabytes for every frame: copied one by one they would fill any memory."""
    if sum(length for (length,) in struct.iter_unpack("<Q", lengths)) > value_bytes:
        raise UnreadableImage("ExtendedOffsetTableLengths are longer than the pixel data")


def encapsulate_frames(dataset: Dataset, frames: list[bytes]) -> bytes:
    """Encapsulated value with one fragment a frame and its offsets: in the extended table where the source has one."""
    if "ExtendedOffsetTable" in dataset:
        value, dataset.ExtendedOffsetTable, dataset.ExtendedOffsetTableLengths = encapsulate_extended(frames)
        return value
    last_offset = sum(len(frame) + len(frame) % 2 + _ITEM_HEADER_BYTES for frame in frames[:-1])
    return encapsulate(frames, has_bot=last_offset <= LARGEST_BASIC_OFFSET)


def remove_offset_tables(dataset: Dataset) -> None:
    """Native pixel data has none."""
    for keyword in _OFFSET_TABLES:
        if keyword in dataset:
            delattr(dataset, keyword)
