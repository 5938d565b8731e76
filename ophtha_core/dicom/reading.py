"""Read a DICOM file and its values; what cannot be read becomes ``UnreadableImage``, whatever pydicom raises."""

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Final, cast

from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.uid import DeflatedExplicitVRLittleEndian

from ophtha_core.dicom.writing import file_bytes
from ophtha_core.errors import UnreadableImage

LARGEST_INFLATED_BYTES: Final = 2**31
"""A deflated data set that grows beyond this is refused before it is parsed."""

_FILE_META_SEARCH_BYTES: Final = 4096
_META_GROUP_START: Final = 144
"""Preamble, prefix and the element that holds the length of the file meta group (PS3.10 section 7.1)."""
_INFLATE_STEP_BYTES: Final = 2**20

PARSE_ERRORS: Final = (
    ArithmeticError,
    AttributeError,
    BytesLengthException,
    EOFError,
    InvalidDicomError,
    LookupError,
    NotImplementedError,
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
    """Parse a DICOM file held in memory.

    Raises UnreadableImage when it is no DICOM file, or states no transfer syntax.
    """
    with unreadable("the DICOM file"):
        _refuse_inflation_bomb(dicom)
        dataset = dcmread(BytesIO(dicom), stop_before_pixels=headers_only)
        if "TransferSyntaxUID" not in dataset.file_meta:
            raise UnreadableImage("TransferSyntaxUID is missing")
    return dataset


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
        return None if value is None else int(cast("int", value))
    except PARSE_ERRORS as error:
        raise _unreadable(keyword, error) from error


def numbers_of(dataset: Dataset, keyword: str, *, count: int) -> tuple[float, ...] | None:
    """The ``count`` numbers of an attribute; None when absent or empty. Raises UnreadableImage on another count."""
    value = value_of(dataset, keyword)
    if value is None:
        return None
    try:
        numbers = tuple(float(v) for v in cast("list[float]", value)) if count > 1 else (float(cast("float", value)),)
    except PARSE_ERRORS as error:
        raise _unreadable(keyword, error) from error
    if len(numbers) != count:
        raise UnreadableImage(f"{keyword} has {len(numbers)} values, expected {count}")
    return numbers


def items_of(dataset: Dataset, keyword: str) -> list[Dataset]:
    """Items of a sequence; empty when it is absent."""
    try:
        return list(cast("list[Dataset]", dataset.get(keyword) or []))
    except PARSE_ERRORS as error:
        raise _unreadable(keyword, error) from error


def _unreadable(what: str, error: Exception) -> UnreadableImage:
    return UnreadableImage(f"{what} cannot be read ({type(error).__name__})")


def _refuse_inflation_bomb(dicom: bytes) -> None:
    """Inflate a deflated data set piece by piece, keeping nothing, before pydicom inflates it at once."""
    if DeflatedExplicitVRLittleEndian.encode() not in dicom[:_FILE_META_SEARCH_BYTES]:
        return
    meta_end = _META_GROUP_START + int.from_bytes(dicom[_META_GROUP_START - 4 : _META_GROUP_START], "little")
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    pending, inflated_bytes = dicom[meta_end:], 0
    while pending and not inflater.eof:
        inflated_bytes += len(inflater.decompress(pending, _INFLATE_STEP_BYTES))
        pending = inflater.unconsumed_tail
        if inflated_bytes > LARGEST_INFLATED_BYTES:
            raise UnreadableImage(f"the deflated data set grows beyond {LARGEST_INFLATED_BYTES} bytes")
