"""DICOM files with elements as no library writes them."""

import struct
from collections.abc import Iterator

from pydicom.valuerep import EXPLICIT_VR_LENGTH_32

_META_LENGTH_AT = 140
_META_GROUP_START = 144
_UNDEFINED = 0xFFFFFFFF


def with_element(dicom: bytes, tag: int, vr: str, value: bytes) -> bytes:
    """An explicit little-endian file with an element put in its place, or in the place of the one it has."""
    start = _META_GROUP_START + int.from_bytes(dicom[_META_LENGTH_AT:_META_GROUP_START], "little")
    begin = end = next((place for found, place, _ in _elements(dicom, start) if found >= tag), len(dicom))
    end = next((stop for found, _, stop in _elements(dicom, start) if found == tag), begin)
    return dicom[:begin] + element(tag, vr, value) + dicom[end:]


def element(tag: int, vr: str, value: bytes) -> bytes:
    """Tag, VR, length and value (PS3.5 section 7.1.2), whatever they are."""
    if vr in EXPLICIT_VR_LENGTH_32:
        return struct.pack("<HH2sHI", tag >> 16, tag & 0xFFFF, vr.encode(), 0, len(value)) + value
    return struct.pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr.encode(), len(value)) + value


def _elements(dicom: bytes, place: int) -> Iterator[tuple[int, int, int]]:
    """Tag, begin and end of the elements outside sequences, up to the first of undefined length."""
    while place + 8 <= len(dicom):
        group, number, vr, length = struct.unpack_from("<HH2sH", dicom, place)
        begin, head = place, 8
        if vr.decode("ascii", "replace") in EXPLICIT_VR_LENGTH_32:
            (length,), head = struct.unpack_from("<I", dicom, place + 8), 12
        place = len(dicom) if length == _UNDEFINED else begin + head + length
        yield group << 16 | number, begin, place
