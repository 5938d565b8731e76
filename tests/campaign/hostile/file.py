"""A file, and the elements it is written of: byte by byte, since no library writes what is wrong."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import correct_ambiguous_vr, write_data_element, write_file_meta_info
from pydicom.uid import UID, ExplicitVRLittleEndian

_LONG_LENGTH = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"})
UNDEFINED_LENGTH = 0xFFFFFFFF

Tag = tuple[int, int]


@dataclass(frozen=True)
class HostileFile:
    """One file; ``family/name`` tells what is wrong with it."""

    name: str
    content: bytes = field(repr=False)


def element(tag: Tag, vr: str, value: bytes, *, length: int | None = None, big_endian: bool = False) -> bytes:
    """An explicit element; ``length`` is what it says of itself, by default the truth."""
    order = ">" if big_endian else "<"
    told = len(value) if length is None else length
    head = struct.pack(f"{order}HH", *tag) + vr.encode("latin-1")
    if vr in _LONG_LENGTH:
        return head + struct.pack(f"{order}HI", 0, told & 0xFFFFFFFF) + value
    return head + struct.pack(f"{order}H", told & 0xFFFF) + value


def item(content: bytes, *, length: int | None = None) -> bytes:
    """An item of a sequence or a fragment of encapsulated pixel data."""
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(content) if length is None else length) + content


SEQUENCE_END = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)


def meta(dataset: Dataset, syntax: str | None = None) -> bytes:
    """Preamble and file meta information; without ``syntax`` the data set's own."""
    dataset.ensure_file_meta()
    if syntax is None:
        syntax = dataset.file_meta.get("TransferSyntaxUID", ExplicitVRLittleEndian)
    dataset.file_meta.MediaStorageSOPClassUID = UID(str(dataset.SOPClassUID))
    dataset.file_meta.MediaStorageSOPInstanceUID = UID(str(dataset.SOPInstanceUID))
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    buffer = DicomBytesIO()
    write_file_meta_info(buffer, dataset.file_meta, enforce_standard=False)
    return bytes(128) + b"DICM" + buffer.getvalue()


def elements_of(dataset: Dataset) -> dict[Tag, bytes]:
    """The elements of a data set in explicit little endian, each by its tag."""
    content: dict[Tag, bytes] = {}
    for each in correct_ambiguous_vr(dataset, is_little_endian=True):
        buffer = DicomBytesIO()
        buffer.is_implicit_VR, buffer.is_little_endian = False, True
        write_data_element(buffer, each)
        content[(each.tag.group, each.tag.element)] = buffer.getvalue()
    return content


def written(dataset: Dataset, changes: Mapping[Tag, bytes] | None = None, *, syntax: str | None = None) -> bytes:
    """The file of a data set with some of its elements replaced, byte by byte."""
    body = {**elements_of(dataset), **(changes or {})}
    return meta(dataset, syntax) + b"".join(body[tag] for tag in sorted(body))
