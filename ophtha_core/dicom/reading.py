"""Read a DICOM file and its values; what cannot be read becomes ``UnreadableImage``, whatever pydicom raises.

``value_of`` and its kin are for what an image cannot do without; ``known_value`` and its kin for what only describes
it, where a malformed value is as good as none.
"""

import math
import struct
import warnings
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import BinaryIO, Final, cast

from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.filereader import read_dataset as read_elements
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from ophtha_core.dicom.inflation import InflatedFile
from ophtha_core.dicom.writing import file_bytes
from ophtha_core.errors import UnreadableImage

LARGEST_INFLATED_BYTES: Final = 2**29
"""A deflated data set that grows beyond this is refused: ten times what a whole series of CT slices holds."""
LARGEST_INFLATED_HEADER_BYTES: Final = 2**26
"""The same for what lies before the pixels: the tiles of the largest slides need a quarter of it."""

_FILE_META_SEARCH_BYTES: Final = 4096
_PREFIX: Final = slice(128, 132)
_META_GROUP_START: Final = 144
"""Preamble, prefix and the element that holds the length of the file meta group (PS3.10 section 7.1)."""
_PIXELS: Final = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})

PARSE_ERRORS: Final = (
    ArithmeticError,
    AttributeError,
    BytesLengthException,
    EOFError,
    InvalidDicomError,
    LookupError,
    MemoryError,
    NotImplementedError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What pydicom and the codecs raise on broken content."""


@contextmanager
def unreadable(what: str) -> Iterator[None]:
    """Turn any parse error inside the block into ``UnreadableImage``, without the content (it may name a patient)."""
    try:
        with warnings.catch_warnings():
            # pydicom warns about content it accepts; the caller gets an answer or an error.
            warnings.simplefilter("ignore")
            yield
    except PARSE_ERRORS as error:
        raise _unreadable(what, error) from error


def read_dataset(dicom: bytes, *, headers_only: bool = False) -> FileDataset:
    """Parse a DICOM file held in memory; deflated ones no further than is asked for, and to a bounded size.

    Files without preamble and file meta information, as old devices and the core's storage know them, are read as the
    standard says of them. Raises UnreadableImage when it is no DICOM file, or states no transfer syntax.
    """
    with unreadable("the DICOM file"):
        dataset = _parsed(dicom, headers_only=headers_only)
        if "TransferSyntaxUID" not in dataset.file_meta:
            raise UnreadableImage("TransferSyntaxUID is missing")
    if not len(dataset):
        # pydicom drops every element, with a warning, when the file ends within one; it would pass for no image.
        raise UnreadableImage("the DICOM file cannot be read: it has no elements, or ends within one")
    # For values it puts off reading, of which there are none; it would keep the whole file beside its header.
    dataset.buffer = None
    return dataset


def _parsed(dicom: bytes, *, headers_only: bool) -> FileDataset:
    if dicom[_PREFIX] != b"DICM" and _begins_with_an_element(dicom):
        return _without_preamble(dicom, headers_only=headers_only)
    if DeflatedExplicitVRLittleEndian.encode() in dicom[:_FILE_META_SEARCH_BYTES]:
        meta_end = _META_GROUP_START + int.from_bytes(dicom[_META_GROUP_START - 4 : _META_GROUP_START], "little")
        start = dcmread(BytesIO(dicom[:meta_end]))
        if start.file_meta.get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian:
            return _inflated(start, memoryview(dicom)[meta_end:], headers_only=headers_only)
    return dcmread(BytesIO(dicom), stop_before_pixels=headers_only)


def _inflated(start: FileDataset, deflated: memoryview, *, headers_only: bool) -> FileDataset:
    """The data set behind the file meta information ``start`` (PS3.5 section A.5)."""
    file = InflatedFile(
        deflated, largest_bytes=LARGEST_INFLATED_HEADER_BYTES if headers_only else LARGEST_INFLATED_BYTES
    )
    stop_when = _is_pixel_data if headers_only else None
    elements = read_elements(cast("BinaryIO", file), False, True, stop_when=stop_when)
    dataset = FileDataset(BytesIO(), elements, start.preamble, start.file_meta, is_implicit_VR=False)
    dataset.set_original_encoding(False, True, elements.original_character_set)
    return dataset


def _without_preamble(dicom: bytes, *, headers_only: bool) -> FileDataset:
    dataset = dcmread(BytesIO(dicom), force=True, stop_before_pixels=headers_only)
    if "TransferSyntaxUID" not in dataset.file_meta:
        is_implicit, _ = dataset.original_encoding
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if is_implicit else ExplicitVRLittleEndian
    return dataset


def _begins_with_an_element(dicom: bytes) -> bool:
    """Whether the bytes look like a little-endian element of the groups 0002 or 0008 whose value is there."""
    if len(dicom) < 8:
        return False
    group, number, vr, short_length = struct.unpack_from("<HH2sH", dicom)
    (long_length,) = struct.unpack_from("<I", dicom, 4)
    length = short_length if vr.isalpha() and vr.isupper() else long_length
    return group in (0x0002, 0x0008) and number < 0x0100 and 0 < length < len(dicom)


def _is_pixel_data(tag: BaseTag, vr: str | None, length: int) -> bool:
    return tag in _PIXELS


def write_dataset(dataset: FileDataset) -> bytes:
    """Write a DICOM file; elements nobody touched keep their bytes."""
    with unreadable("the data set"):
        return file_bytes(dataset)


def value_of(dataset: Dataset, keyword: str) -> object | None:
    """Value of an attribute; None when it is absent or empty. Raises UnreadableImage when it cannot be parsed."""
    try:
        value = cast("object | None", dataset.get(keyword))
    except PARSE_ERRORS as error:
        raise _unreadable(keyword, error) from error
    return None if value == "" else value


def integer_of(dataset: Dataset, keyword: str) -> int | None:
    """Integer value of an attribute; None when absent or empty."""
    value = value_of(dataset, keyword)
    try:
        return None if value is None else int(_numeric(value))
    except PARSE_ERRORS as error:
        raise _unreadable(keyword, error) from error


def numbers_of(dataset: Dataset, keyword: str, *, count: int) -> tuple[float, ...] | None:
    """The ``count`` numbers of an attribute; None when absent or empty. Raises UnreadableImage on another count."""
    value = value_of(dataset, keyword)
    if value is None:
        return None
    try:
        values = cast("list[object]", value) if count > 1 else [value]
        numbers = tuple(float(_numeric(each)) for each in values)
    except PARSE_ERRORS as error:
        raise _unreadable(keyword, error) from error
    if len(numbers) != count:
        raise UnreadableImage(f"{keyword} has {len(numbers)} values, expected {count}")
    return numbers


def known_value(dataset: Dataset, keyword: str) -> object | None:
    """Value of an attribute; None when it is absent, empty, or cannot be parsed."""
    try:
        return value_of(dataset, keyword)
    except UnreadableImage:
        return None


def known_text(dataset: Dataset, keyword: str) -> str:
    """Text of an attribute without the spaces around it; empty when it is absent or cannot be parsed."""
    value = known_value(dataset, keyword)
    return "" if value is None else str(value).strip()


def known_integer(dataset: Dataset, keyword: str) -> int | None:
    """Integer value of an attribute; None when it is absent, empty, or none."""
    try:
        return integer_of(dataset, keyword)
    except UnreadableImage:
        return None


def known_numbers(dataset: Dataset, keyword: str, *, count: int) -> tuple[float, ...] | None:
    """The ``count`` numbers of an attribute; None when they are absent, not as many, not finite, or malformed."""
    try:
        numbers = numbers_of(dataset, keyword, count=count)
    except UnreadableImage:
        return None
    return numbers if numbers is not None and all(map(math.isfinite, numbers)) else None


def known_number(dataset: Dataset, keyword: str) -> float | None:
    """The first of one or more numbers of an attribute; None when there is none, or it is not finite."""
    value = known_value(dataset, keyword)
    try:
        number = float(_numeric(value[0] if isinstance(value, (MultiValue, list)) else value))
    except PARSE_ERRORS:
        return None
    return number if math.isfinite(number) else None


def _numeric(value: object) -> float | str:
    """What int and float may be asked of; of bytes they would take the digits, or each byte for a number."""
    if isinstance(value, (int, float, str)):
        return value
    raise TypeError(type(value).__name__)


def first_item(datasets: Iterable[Dataset], keyword: str) -> Dataset | None:
    """First item of a sequence in the first of ``datasets`` that has one, as a frame's own groups go before shared."""
    for dataset in datasets:
        if items := items_of(dataset, keyword):
            return items[0]
    return None


def items_of(dataset: Dataset, keyword: str) -> list[Dataset]:
    """Items of a sequence; empty when it is absent."""
    try:
        return list(cast("list[Dataset]", dataset.get(keyword) or []))
    except PARSE_ERRORS as error:
        raise _unreadable(keyword, error) from error


def _unreadable(what: str, error: Exception) -> UnreadableImage:
    return UnreadableImage(f"{what} cannot be read ({type(error).__name__})")
