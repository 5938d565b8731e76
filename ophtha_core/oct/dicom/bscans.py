"""The B-scans of an OCT examination as DICOM tells of them, frame by frame, before anything is concluded.

Ophthalmic Tomography (PS3.3 A.52) keeps what it knows in functional groups, per frame or shared; a legacy series of
single-frame images keeps the same attributes at the top of each image.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import OphthalmicTomographyImageStorage

from ophtha_core.dicom.reading import (
    integer_of,
    items_of,
    known_integer,
    known_numbers,
    known_text,
    numbers_of,
    unreadable,
    value_of,
)
from ophtha_core.errors import InvalidInput, UnreadableImage

LARGEST_BSCAN_COUNT: Final = 2**14
"""Many times what a device takes in one volume; what a broken header claims is no reason to make so many objects."""

Vector = tuple[float, float, float]
_GROUPS: Final = {
    "PixelSpacing": "PixelMeasuresSequence",
    "SliceThickness": "PixelMeasuresSequence",
    "SpacingBetweenSlices": "PixelMeasuresSequence",
    "ImagePositionPatient": "PlanePositionSequence",
    "ImageOrientationPatient": "PlaneOrientationSequence",
}


class FrameShape(StrEnum):
    """Ophthalmic Image Orientation (0022,0039)."""

    LINEAR = "LINEAR"
    NONLINEAR = "NONLINEAR"
    TRANSVERSE = "TRANSVERSE"


@dataclass(frozen=True, kw_only=True)
class FrameLocation:
    """Where a frame lies on a fundus image: points (n, 2) as (row, column), 0 at the corner of the first pixel.

    ``LINEAR`` has the first and the last A-scan, ``NONLINEAR`` one point for each column of the B-scan.
    """

    localizer_uid: str
    localizer_class: str
    shape: FrameShape
    points_px: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class BScan:
    """One frame: the object it comes from, its place in it (from 0) and what is said of its position."""

    source: Dataset
    frame: int
    position_mm: Vector | None
    cosines: tuple[float, ...] | None
    locations: tuple[FrameLocation, ...]

    def measure_mm(self, keyword: str) -> float | None:
        """Slice Thickness or Spacing Between Slices; None when absent or no positive number."""
        numbers = known_numbers(_holder(self.source, self.frame, keyword), keyword, count=1)
        return numbers[0] if numbers is not None and numbers[0] > 0 else None

    def pixel_spacing_mm(self) -> tuple[float, float]:
        """Distance of rows (axial), then of columns. Raises InvalidInput (`PixelSpacing`)."""
        spacing = numbers_of(_holder(self.source, self.frame, "PixelSpacing"), "PixelSpacing", count=2)
        if spacing is None:
            raise InvalidInput("PixelSpacing", "the image does not say how large its pixels are")
        if not all(np.isfinite(spacing)) or min(spacing) <= 0:
            raise InvalidInput("PixelSpacing", "must be two finite numbers above 0")
        return spacing[0], spacing[1]


def bscans_of(images: Sequence[Dataset]) -> tuple[BScan, ...]:
    """The B-scans of one multi-frame image, of a concatenation of them, or of single frames by instance number.

    Raises InvalidInput (`series`) when the images are no single volume of equal frames, (`ConcatenationUID`) when parts
    of a concatenation are missing.
    """
    scans = _bscan_images(images)
    parts = _concatenated(scans)
    if parts:
        return tuple(_bscan(part, frame) for part in parts for frame in range(_frame_count(part)))
    if len(scans) == 1:
        return tuple(_bscan(scans[0], frame) for frame in range(_frame_count(scans[0])))
    if any(_frame_count(image) > 1 for image in scans):
        raise InvalidInput("series", f"holds {len(scans)} volumes: name one of its instances")
    ordered = sorted(
        scans, key=lambda image: (known_integer(image, "InstanceNumber") or 0, known_text(image, "SOPInstanceUID"))
    )
    if len({_size(image) for image in ordered}) > 1:
        raise InvalidInput("series", "its images differ in size: they are no volume")
    return tuple(_bscan(image, 0) for image in ordered)


def _bscan_images(images: Sequence[Dataset]) -> list[Dataset]:
    """Images that can be B-scans: only Ophthalmic Tomography ones where there are any."""
    pictures = [image for image in images if "Rows" in image and "Columns" in image]
    tomography = [image for image in pictures if image.get("SOPClassUID") == OphthalmicTomographyImageStorage]
    if not (tomography or pictures):
        raise InvalidInput("series", "holds no image")
    return tomography or pictures


def _concatenated(scans: Sequence[Dataset]) -> list[Dataset]:
    """Parts of one concatenation (PS3.3 C.7.6.16) in their order; none where the images are no parts."""
    uids = {known_text(image, "ConcatenationUID") for image in scans}
    total = max((known_integer(image, "InConcatenationTotalNumber") or 1) for image in scans)
    if len(uids) != 1 or uids == {""} or (total == 1 and len(scans) == 1):
        return []
    if len(scans) < total:
        raise InvalidInput("ConcatenationUID", f"{len(scans)} of {total} parts are here: name the series of all")
    return sorted(scans, key=lambda image: known_integer(image, "InConcatenationNumber") or 0)


def _size(image: Dataset) -> tuple[int | None, int | None]:
    return integer_of(image, "Rows"), integer_of(image, "Columns")


def _frame_count(image: Dataset) -> int:
    frames = integer_of(image, "NumberOfFrames")
    if frames is None:
        return 1
    if not 1 <= frames <= LARGEST_BSCAN_COUNT:
        raise UnreadableImage(f"NumberOfFrames is {frames}, expected 1 to {LARGEST_BSCAN_COUNT}")
    described = len(items_of(image, "PerFrameFunctionalGroupsSequence"))
    if described not in (0, frames):
        raise UnreadableImage(f"NumberOfFrames is {frames}, {described} frames are described")
    return frames


def _bscan(image: Dataset, frame: int) -> BScan:
    position = known_numbers(_holder(image, frame, "ImagePositionPatient"), "ImagePositionPatient", count=3)
    cosines = known_numbers(_holder(image, frame, "ImageOrientationPatient"), "ImageOrientationPatient", count=6)
    located = _group_items(image, frame, "OphthalmicFrameLocationSequence")
    return BScan(
        source=image,
        frame=frame,
        position_mm=cast("Vector | None", position),
        cosines=cosines,
        locations=tuple(_location(item) for item in located[0]) if located else (),
    )


def _holder(image: Dataset, frame: int, keyword: str) -> Dataset:
    """The data set that holds an attribute of a frame: its functional group, or the image itself."""
    for items in _group_items(image, frame, _GROUPS[keyword]):
        if keyword in items[0]:
            return items[0]
    return image


def _group_items(image: Dataset, frame: int, keyword: str) -> list[list[Dataset]]:
    """Items of a functional group, the frame's own before the shared ones."""
    per_frame = items_of(image, "PerFrameFunctionalGroupsSequence")[frame : frame + 1]
    groups = [*per_frame, *items_of(image, "SharedFunctionalGroupsSequence")[:1]]
    return [items for group in groups if (items := items_of(group, keyword))]


def _location(item: Dataset) -> FrameLocation:
    with unreadable("ReferenceCoordinates"):
        points = np.array(item.ReferenceCoordinates, dtype=np.float64).reshape(-1, 2)
    shape = str(value_of(item, "OphthalmicImageOrientation") or FrameShape.LINEAR).strip()
    if shape not in list(FrameShape):
        raise InvalidInput("OphthalmicImageOrientation", "is none of LINEAR, NONLINEAR, TRANSVERSE")
    if len(points) < 2 or not np.isfinite(points).all():
        raise InvalidInput("ReferenceCoordinates", "must hold at least two finite points")
    return FrameLocation(
        localizer_uid=str(value_of(item, "ReferencedSOPInstanceUID") or ""),
        localizer_class=str(value_of(item, "ReferencedSOPClassUID") or ""),
        shape=FrameShape(shape),
        points_px=points,
    )
