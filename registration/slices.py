"""One axial slice as its header describes it: a CT Image, or one frame of an Enhanced CT Image."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.errors import InvalidDicomError
from pydicom.uid import UID, CTImageStorage, EnhancedCTImageStorage, LegacyConvertedEnhancedCTImageStorage

from registration.decoding import stored_values
from registration.errors import InvalidContent, UndecodableFile

Vector = NDArray[np.float64]

_MULTI_FRAME = (EnhancedCTImageStorage, LegacyConvertedEnhancedCTImageStorage)
_PIXEL_KEYWORDS = ("Rows", "Columns", "BitsAllocated", "BitsStored", "PixelRepresentation", "SOPInstanceUID")


class Side(StrEnum):
    """Which of the two lists of a job a file came from; the value is the list's name in messages."""

    REFERENCE = "ReferenceList"
    FLOATING = "FloatingList"


@dataclass(frozen=True, kw_only=True)
class Slice:
    """One slice: where it lies in LPS millimetres, how its values become HU, and where its pixels are.

    ``header`` has no pixel data and is shared by the frames of one file; ``frame`` counts from 0.
    """

    name: str
    file: Path | bytes
    frame: int
    is_multi_frame: bool
    header: Dataset
    position_mm: Vector
    row_direction: Vector
    column_direction: Vector
    row_spacing_mm: float
    column_spacing_mm: float
    rescale_slope: float
    rescale_intercept_hu: float

    @property
    def normal(self) -> Vector:
        return np.cross(self.row_direction, self.column_direction)

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns) in pixels."""
        return int(self.header.Rows), int(self.header.Columns)

    @property
    def is_monochrome1(self) -> bool:
        return bool(self.header.get("PhotometricInterpretation") == "MONOCHROME1")


@dataclass(frozen=True, kw_only=True)
class ListedSlices:
    """Every slice of one side in the order given, and the names of the localizer images left out."""

    slices: tuple[Slice, ...]
    localizers: tuple[str, ...]


def list_slices(files: list[Path | bytes], *, side: Side) -> ListedSlices:
    """Read the headers of all ``files``. Raises :class:`UndecodableFile` and :class:`InvalidContent`."""
    slices: list[Slice] = []
    localizers: list[str] = []
    for number, file in enumerate(files, start=1):
        name = f"{side}.{number}"
        header = _open(file, name=name, with_pixels=False)
        _check_is_ct(header, name=name)
        for part in _slices_of(header, file=file, name=name):
            if part is None:
                localizers.append(name)
            else:
                slices.append(part)
    return ListedSlices(slices=tuple(slices), localizers=tuple(dict.fromkeys(localizers)))


class PixelReader:
    """Stored values of slices; keeps the last multi-frame file open, since its frames come one after the other."""

    def __init__(self) -> None:
        self._file: Path | bytes | None = None
        self._dataset: Dataset | None = None

    def stored(self, source: Slice) -> NDArray[np.int32]:
        """Stored values of ``source``, shape (rows, columns)."""
        if self._dataset is None or self._file is not source.file:
            self._dataset = _open(source.file, name=source.name, with_pixels=True)
            self._file = source.file
        if "PixelData" not in self._dataset:
            raise UndecodableFile(f"{source.name}: there are no pixel data")
        return stored_values(self._dataset, frame=source.frame, name=source.name)


def hu_values(stored: NDArray[np.int32], source: Slice, *, inverted: bool, air_hu: int) -> NDArray[np.int16]:
    """HU of ``stored``; padding and everything below air become ``air_hu``."""
    padding = _padding_mask(stored, source.header)
    if inverted:
        stored = _inverted(stored, source.header)
    hu = stored * np.float32(source.rescale_slope) + np.float32(source.rescale_intercept_hu)
    if padding is not None:
        hu[padding] = air_hu
    values: NDArray[np.int16] = np.rint(np.clip(hu, air_hu, np.iinfo(np.int16).max)).astype(np.int16)
    return values


def _padding_mask(stored: NDArray[np.int32], header: Dataset) -> NDArray[np.bool_] | None:
    """PS3.3 C.7.5.1.1.2: one value, or the range between value and limit."""
    value = header.get("PixelPaddingValue")
    if not isinstance(value, int):
        return None
    # pydicom may read the value as unsigned while the pixels are signed.
    if header.PixelRepresentation == 1 and value > np.iinfo(np.int16).max:
        value -= 1 << 16
    limit = header.get("PixelPaddingRangeLimit", value)
    limit = limit if isinstance(limit, int) else value
    if header.PixelRepresentation == 1 and limit > np.iinfo(np.int16).max:
        limit -= 1 << 16
    return (stored >= min(value, limit)) & (stored <= max(value, limit))


def _inverted(stored: NDArray[np.int32], header: Dataset) -> NDArray[np.int32]:
    bits = int(header.BitsStored)
    return -1 - stored if header.PixelRepresentation == 1 else (1 << bits) - 1 - stored


def _open(file: Path | bytes, *, name: str, with_pixels: bool) -> Dataset:
    source = BytesIO(file) if isinstance(file, bytes) else file
    try:
        dataset = dcmread(source, stop_before_pixels=not with_pixels)
    except (InvalidDicomError, OSError, EOFError, ValueError, KeyError, AttributeError, NotImplementedError) as error:
        raise UndecodableFile(f"{name} is no readable DICOM file") from error
    if "TransferSyntaxUID" not in dataset.file_meta:
        raise UndecodableFile(f"{name}: the file does not say its transfer syntax")
    return dataset


def _check_is_ct(header: Dataset, *, name: str) -> None:
    sop_class = UID(str(header.get("SOPClassUID", "")))
    if sop_class not in (CTImageStorage, *_MULTI_FRAME):
        raise InvalidContent(f"{name} is no CT image but {sop_class.name or 'of an unknown kind'}")
    missing = [keyword for keyword in _PIXEL_KEYWORDS if header.get(keyword) is None]
    if missing:
        raise InvalidContent(f"{name}: {', '.join(missing)} missing")
    if int(header.get("SamplesPerPixel", 1)) != 1:
        raise InvalidContent(f"{name} is a colour image")


def _slices_of(header: Dataset, *, file: Path | bytes, name: str) -> Iterator[Slice | None]:
    """Slices of one file; ``None`` for a localizer."""
    if header.SOPClassUID not in _MULTI_FRAME:
        groups = (header,)
        yield None if _is_localizer(header) else _slice(header, groups, file=file, frame=None, name=name)
        return
    shared = list(header.get("SharedFunctionalGroupsSequence") or [])
    for frame, own in enumerate(header.get("PerFrameFunctionalGroupsSequence") or []):
        frame_name = f"{name} frame {frame + 1}"
        frame_groups = (own, *shared)
        is_localizer = _is_localizer(header) or _is_localizer(_macro(frame_groups, "CTImageFrameTypeSequence"))
        yield None if is_localizer else _slice(header, frame_groups, file=file, frame=frame, name=frame_name)


def _is_localizer(dataset: Dataset) -> bool:
    image_type = dataset.get("ImageType") or dataset.get("FrameType") or []
    return "LOCALIZER" in [str(value).upper() for value in image_type]


def _macro(groups: tuple[Dataset, ...], keyword: str) -> Dataset:
    """First item of a functional group, the frame's own before the shared one; empty where there is none."""
    for group in groups:
        items = group.get(keyword)
        if items:
            item: Dataset = items[0]
            return item
    return Dataset()


def _slice(header: Dataset, groups: tuple[Dataset, ...], *, file: Path | bytes, frame: int | None, name: str) -> Slice:
    if frame is None:
        position = orientation = measures = rescale = header
    else:
        position = _macro(groups, "PlanePositionSequence")
        orientation = _macro(groups, "PlaneOrientationSequence")
        measures = _macro(groups, "PixelMeasuresSequence")
        rescale = _macro(groups, "PixelValueTransformationSequence")
    directions = _numbers(orientation, "ImageOrientationPatient", count=6, name=name)
    row_spacing_mm, column_spacing_mm = _numbers(measures, "PixelSpacing", count=2, name=name)
    if min(row_spacing_mm, column_spacing_mm) <= 0:
        raise InvalidContent(f"{name}: PixelSpacing is not positive")
    row, column = _unit(directions[:3], name=name), _unit(directions[3:], name=name)
    if abs(float(row @ column)) > 1e-3:
        raise InvalidContent(f"{name}: the two directions of ImageOrientationPatient are not perpendicular")
    return Slice(
        name=name,
        file=file,
        frame=frame or 0,
        is_multi_frame=frame is not None,
        header=header,
        position_mm=_numbers(position, "ImagePositionPatient", count=3, name=name),
        row_direction=row,
        column_direction=column,
        row_spacing_mm=float(row_spacing_mm),
        column_spacing_mm=float(column_spacing_mm),
        rescale_slope=float(_numbers(rescale, "RescaleSlope", count=1, name=name)[0]),
        rescale_intercept_hu=float(_numbers(rescale, "RescaleIntercept", count=1, name=name)[0]),
    )


def _numbers(dataset: Dataset, keyword: str, *, count: int, name: str) -> Vector:
    value = dataset.get(keyword)
    try:
        numbers = np.atleast_1d(np.array(value, dtype=np.float64))
    except (TypeError, ValueError) as error:
        raise InvalidContent(f"{name}: {keyword} is missing or no number") from error
    if numbers.shape != (count,) or not np.isfinite(numbers).all():
        raise InvalidContent(f"{name}: {keyword} is missing or does not hold {count} numbers")
    return numbers


def _unit(direction: Vector, *, name: str) -> Vector:
    length = float(np.linalg.norm(direction))
    if abs(length - 1) > 0.01:
        raise InvalidContent(f"{name}: ImageOrientationPatient holds no unit vectors")
    return direction / length
