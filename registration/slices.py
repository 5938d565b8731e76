"""One axial slice as its header describes it: a CT Image, or one frame of an Enhanced CT Image."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from ophtha_core.dicom.frame_pixels import ImageFrames
from ophtha_core.dicom.geometry import COSINE_TOLERANCE
from ophtha_core.dicom.reading import first_item, items_of, known_integer, known_text, numbers_of, value_of
from ophtha_core.errors import UnreadableImage
from registration.acquisition import Acquisition
from registration.ct_file import CtFile, read_frames, read_header, undecodable
from registration.errors import InvalidContent, NotCt, UndecodableFile
from registration.padding import Plane, unmeasured
from registration.settings import InputSettings

Vector = NDArray[np.float64]

_LARGEST_NUMBER = 1e6
"""Of positions and spacings in mm, and of what turns values into HU: beyond, a header is broken."""
_SMALLEST_SPACING_MM = 0.001


class Side(StrEnum):
    """Which of the two lists of a job a file came from; the value is the list's name in messages."""

    REFERENCE = "ReferenceList"
    FLOATING = "FloatingList"


@dataclass(frozen=True, kw_only=True)
class Slice:
    """One slice: where it lies in LPS millimetres, how its values become HU, and where its pixels are.

    The frames of one file share ``file``; ``frame`` counts from 0.
    """

    name: str
    file: CtFile
    frame: int
    position_mm: Vector
    row_direction: Vector
    column_direction: Vector
    row_spacing_mm: float
    column_spacing_mm: float
    rescale_slope: float
    rescale_intercept_hu: float
    acquisition: Acquisition

    @property
    def header(self) -> Dataset:
        """Header of the file, without pixel data."""
        return self.file.header

    @property
    def normal(self) -> Vector:
        return np.cross(self.row_direction, self.column_direction)

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns) in pixels."""
        return self.file.layout.rows, self.file.layout.columns

    @property
    def taken(self) -> tuple[str, int]:
        """When, as far as the header says it: of two slices the later one is greater."""
        moment = known_text(self.header, "AcquisitionDateTime") or (
            known_text(self.header, "AcquisitionDate") + known_text(self.header, "AcquisitionTime")
        )
        return moment, self.number

    @property
    def number(self) -> int:
        """InstanceNumber, and the frame behind it."""
        return (known_integer(self.header, "InstanceNumber") or 0) + self.frame

    @property
    def is_monochrome1(self) -> bool:
        return self.file.layout.photometric == "MONOCHROME1"


@dataclass(frozen=True, kw_only=True)
class ListedSlices:
    """Every slice of one side in the order given, and what was left out, in words."""

    slices: tuple[Slice, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Pixels:
    """Values of one slice, shape (rows, columns)."""

    hu: NDArray[np.int16]
    unmeasured: Plane


def list_slices(files: Sequence[Path | bytes], *, side: Side) -> ListedSlices:
    """Read the headers of all ``files``. Raises :class:`UndecodableFile` and :class:`InvalidContent`."""
    slices: list[Slice] = []
    left_out: list[str] = []
    foreign: list[NotCt] = []
    for number, content in enumerate(files, start=1):
        try:
            file = read_header(content, name=f"{side}.{number}")
        except NotCt as error:
            foreign.append(error)
            continue
        found = _slices_of(file)
        slices += [part for part in found if part is not None]
        if None in found:
            left_out.append(f"{file.name} is a localizer and was left out")
    if foreign and not slices:
        raise foreign[0]
    return ListedSlices(slices=tuple(slices), left_out=(*left_out, *(f"{error}: left out" for error in foreign)))


class PixelReader:
    """Stored values of slices; keeps the last file open, since the frames of one come one after the other."""

    def __init__(self) -> None:
        self._file: CtFile | None = None
        self._frames: ImageFrames | None = None

    def stored(self, source: Slice) -> NDArray[np.int32]:
        """Stored values of ``source``, shape (rows, columns). Raises :class:`UndecodableFile`."""
        try:
            if self._frames is None or self._file is not source.file:
                self._file = self._frames = None
                self._frames = read_frames(source.file)
                self._file = source.file
            return self._frames.values(source.frame)[:, :, 0].astype(np.int32)
        except UnreadableImage as error:
            raise UndecodableFile(f"{source.name}: the pixel data cannot be decoded ({error})") from error


def read_pixels(
    stored: NDArray[np.int32], source: Slice, *, inverted: bool, settings: InputSettings | None = None
) -> Pixels:
    """HU of ``stored``; what was not measured and everything below air become ``air_hu``."""
    settings = settings or InputSettings()
    padding = source.file.padding
    stated = np.zeros(stored.shape, dtype=bool)
    if padding is not None:
        stated = (stored >= padding[0]) & (stored <= padding[1])
    if inverted:
        lowest, highest = source.file.layout.value_range
        stored = lowest + highest - stored

    def rescaled(values: NDArray[np.int32]) -> NDArray[np.float32]:
        return values * np.float32(source.rescale_slope) + np.float32(source.rescale_intercept_hu)

    hu = rescaled(stored)
    signed = hu if source.file.layout.signed else rescaled(np.where(stored >= 1 << 15, stored - (1 << 16), stored))
    outside = unmeasured(stored, hu, signed, stated=stated, settings=settings.padding)
    hu[outside | stated] = settings.air_hu
    values = np.rint(np.clip(hu, settings.air_hu, np.iinfo(np.int16).max)).astype(np.int16)
    return Pixels(hu=values, unmeasured=outside)


def _slices_of(file: CtFile) -> list[Slice | None]:
    """Slices of one file; ``None`` for a localizer."""
    with undecodable(file.name):
        is_localizer = _is_localizer(file.header, "ImageType")
        if not file.is_multi_frame:
            return [None if is_localizer else _slice(file, (), frame=0, name=file.name)]
        shared = items_of(file.header, "SharedFunctionalGroupsSequence")
        per_frame = items_of(file.header, "PerFrameFunctionalGroupsSequence")
        if len(per_frame) != file.layout.frames:
            raise InvalidContent(f"{file.name}: {len(per_frame)} of its {file.layout.frames} frames are described")
        slices: list[Slice | None] = []
        for frame, own in enumerate(per_frame):
            groups = (own, *shared)
            if is_localizer or _is_localizer(_macro(groups, "CTImageFrameTypeSequence"), "FrameType"):
                slices.append(None)
            else:
                slices.append(_slice(file, groups, frame=frame, name=f"{file.name} frame {frame + 1}"))
        return slices


def _is_localizer(dataset: Dataset, keyword: str) -> bool:
    value = value_of(dataset, keyword)
    return "LOCALIZER" in str(value).upper()


def _macro(groups: tuple[Dataset, ...], keyword: str) -> Dataset:
    """First item of a functional group, the frame's own before the shared one; empty where there is none."""
    return first_item(groups, keyword) or Dataset()


def _slice(file: CtFile, groups: tuple[Dataset, ...], *, frame: int, name: str) -> Slice:
    def described(keyword: str) -> Dataset:
        return _macro(groups, keyword) if file.is_multi_frame else file.header

    directions = _numbers(described("PlaneOrientationSequence"), "ImageOrientationPatient", count=6, name=name)
    spacings_mm = _numbers(described("PixelMeasuresSequence"), "PixelSpacing", count=2, name=name)
    if spacings_mm.min() < _SMALLEST_SPACING_MM:
        raise InvalidContent(f"{name}: PixelSpacing is below {_SMALLEST_SPACING_MM} mm")
    row, column = _unit(directions[:3], name=name), _unit(directions[3:], name=name)
    if abs(float(row @ column)) > 1e-3:
        raise InvalidContent(f"{name}: the two directions of ImageOrientationPatient are not perpendicular")
    rescale = described("PixelValueTransformationSequence")
    return Slice(
        name=name,
        file=file,
        frame=frame,
        position_mm=_numbers(described("PlanePositionSequence"), "ImagePositionPatient", count=3, name=name),
        row_direction=row,
        column_direction=column,
        row_spacing_mm=float(spacings_mm[0]),
        column_spacing_mm=float(spacings_mm[1]),
        rescale_slope=float(_numbers(rescale, "RescaleSlope", count=1, name=name)[0]),
        rescale_intercept_hu=float(_numbers(rescale, "RescaleIntercept", count=1, name=name)[0]),
        acquisition=(
            Acquisition.of_frame(file.header, groups) if file.is_multi_frame else Acquisition.of_image(file.header)
        ),
    )


def _numbers(dataset: Dataset, keyword: str, *, count: int, name: str) -> Vector:
    try:
        numbers = numbers_of(dataset, keyword, count=count)
    except UnreadableImage as error:
        raise InvalidContent(f"{name}: {error}") from error
    if numbers is None:
        raise InvalidContent(f"{name}: {keyword} is missing")
    # Not a number is not below anything.
    if not all(abs(number) <= _LARGEST_NUMBER for number in numbers):
        raise InvalidContent(f"{name}: {keyword} holds no numbers of a chest")
    return np.array(numbers)


def _unit(direction: Vector, *, name: str) -> Vector:
    length = float(np.linalg.norm(direction))
    if abs(length - 1) > COSINE_TOLERANCE:
        raise InvalidContent(f"{name}: ImageOrientationPatient holds no unit vectors")
    return direction / length
