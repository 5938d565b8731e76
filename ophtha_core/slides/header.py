"""The header of a file with its per-frame places taken out: those of a large sparse slide are a million elements.

Walks over the elements (PS3.5 section 7) and takes them apart only where a place can be. Little-endian files.
"""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from pydicom.dataset import FileDataset
from pydicom.uid import ImplicitVRLittleEndian

from ophtha_core.dicom.reading import read_dataset
from ophtha_core.errors import UnreadableImage
from ophtha_core.slides.places import FramePlaces, shared_path

_PER_FRAME: Final = 0x52009230
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_PLACE, _PATH = 0x0048021A, 0x00480207
_COLUMN, _ROW, _DEPTH, _PATH_NAME = 0x0048021E, 0x0048021F, 0x0040074A, 0x00480106
_WANTED: Final = frozenset({_COLUMN, _ROW, _DEPTH, _PATH_NAME})
_UNDEFINED: Final = 0xFFFFFFFF
_LONG_VRS: Final = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
_LARGEST_DEPTH: Final = 16


class _Element(NamedTuple):
    tag: int
    begin: int
    """Of its value."""
    end: int
    """Of its value; -1 for one of undefined length."""


def read_header(content: bytes) -> tuple[FileDataset, FramePlaces | None]:
    """The data set without its per-frame functional groups, and the places that these tell of.

    ``content`` is the file up to its pixels. Raises UnreadableImage.
    """
    try:
        is_implicit = _is_implicit(content)
        offset = _data_set_start(content)
        for begin, element in _top_level(content, offset, is_implicit=is_implicit):
            if element.tag == _PER_FRAME:
                frames, end = _frames(content, element, is_implicit=is_implicit)
                dataset = read_dataset(content[:begin] + content[end:], headers_only=True)
                return dataset, _places(frames, dataset)
            if element.tag > _PER_FRAME:
                break
    except (struct.error, IndexError, ValueError) as error:
        raise UnreadableImage("the header ends inside an element") from error
    return read_dataset(content, headers_only=True), None


_Frame = dict[int, bytes]


def _places(frames: list[_Frame], dataset: FileDataset) -> FramePlaces | None:
    if not frames or any(_COLUMN not in frame or _ROW not in frame for frame in frames):
        return None
    shared = shared_path(dataset)
    return FramePlaces.of(
        [
            (
                _integer(frame[_COLUMN]),
                _integer(frame[_ROW]),
                _decimal(frame.get(_DEPTH, b"")),
                _text(frame.get(_PATH_NAME, b"")) or shared,
            )
            for frame in frames
        ]
    )


def _integer(value: bytes) -> int:
    return int(struct.unpack("<i", value)[0])


def _decimal(value: bytes) -> float:
    try:
        return float(_text(value) or 0)
    except ValueError:
        return 0.0


def _text(value: bytes) -> str:
    return value.decode("ascii", "replace").strip(" \0")


# -- walking -----------------------------------------------------------------------------------------------------


def _frames(content: bytes, sequence: _Element, *, is_implicit: bool) -> tuple[list[_Frame], int]:
    """What is wanted of each item of a sequence, and where the sequence ends."""
    frames: list[_Frame] = []
    offset = sequence.begin
    while sequence.end < 0 or offset < sequence.end:
        tag, length = struct.unpack_from("<II", content, offset)
        tag = _turned(tag)
        offset += 8
        if tag == _SEQUENCE_END:
            return frames, offset
        if tag != _ITEM:
            raise ValueError("no item")
        frame: _Frame = {}
        offset = _item(content, offset, length, frame, is_implicit=is_implicit, depth=_LARGEST_DEPTH)
        frames.append(frame)
    return frames, offset


def _item(content: bytes, offset: int, length: int, frame: _Frame, *, is_implicit: bool, depth: int) -> int:
    """Put what is wanted of an item into ``frame``; where it ends. First items of sequences count."""
    if not depth:
        raise ValueError("too deep")
    end = offset + length if length != _UNDEFINED else len(content)
    while offset < end:
        tag, begin, value_end = _element(content, offset, is_implicit)
        if tag == _ITEM_END:
            return begin
        if value_end < 0 or tag in (_PLACE, _PATH):
            offset = _nested(content, begin, value_end, frame, is_implicit=is_implicit, depth=depth)
            continue
        if tag in _WANTED:
            frame.setdefault(tag, content[begin:value_end])
        offset = value_end
    return offset


def _nested(content: bytes, offset: int, end: int, frame: _Frame, *, is_implicit: bool, depth: int) -> int:
    while end < 0 or offset < end:
        tag, length = struct.unpack_from("<II", content, offset)
        tag = _turned(tag)
        offset += 8
        if tag == _SEQUENCE_END:
            break
        offset = _item(content, offset, length, frame, is_implicit=is_implicit, depth=depth - 1)
    return offset


def _top_level(content: bytes, offset: int, *, is_implicit: bool) -> Iterator[tuple[int, _Element]]:
    """Elements of the data set, each with where it begins; those of undefined length are passed over as a whole."""
    while offset < len(content):
        element = _Element(*_element(content, offset, is_implicit))
        yield offset, element
        if element.end >= 0:
            offset = element.end
        else:
            offset = _nested(content, element.begin, -1, {}, is_implicit=is_implicit, depth=_LARGEST_DEPTH)


def _element(content: bytes, offset: int, is_implicit: bool) -> tuple[int, int, int]:
    """Tag, begin and end of the value of the element at ``offset``; end -1 when the length is undefined."""
    tag = _turned(int.from_bytes(content[offset : offset + 4], "little"))
    if is_implicit or tag >> 16 == 0xFFFE:
        (length,) = struct.unpack_from("<I", content, offset + 4)
        begin = offset + 8
    elif content[offset + 4 : offset + 6] in _LONG_VRS:
        (length,) = struct.unpack_from("<I", content, offset + 8)
        begin = offset + 12
    else:
        (length,) = struct.unpack_from("<H", content, offset + 6)
        begin = offset + 8
    return tag, begin, -1 if length == _UNDEFINED else begin + length


def _turned(tag: int) -> int:
    """Group and element, as they are written one after the other, as one number."""
    return (tag & 0xFFFF) << 16 | tag >> 16


def _data_set_start(content: bytes) -> int:
    """Behind the file meta information, whose first element states its length (PS3.10 section 7.1)."""
    if content[128:132] != b"DICM" or content[132:140] != b"\x02\x00\x00\x00UL\x04\x00":
        raise UnreadableImage("the file has no file meta information")
    return 144 + int(struct.unpack_from("<I", content, 140)[0])


def _is_implicit(content: bytes) -> bool:
    meta = content[144 : _data_set_start(content)]
    return ImplicitVRLittleEndian.encode() + b"\0" in meta
