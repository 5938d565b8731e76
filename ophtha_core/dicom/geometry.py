"""Where the frames of an image lie in the patient (PS3.3 sections C.7.6.2, C.7.6.16 and C.8.4.15).

Pixel coordinates are ``(column, row)`` with the centre of the first pixel at (0, 0); its area spans -0.5 to 0.5.
Patient coordinates are LPS in mm.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import NuclearMedicineImageStorage

from ophtha_core.dicom.reading import first_item, items_of, numbers_of, value_of
from ophtha_core.errors import UnreadableImage

COSINE_TOLERANCE: Final = 0.02
"""How far direction cosines may be from unit length and from a right angle: devices round them to two digits. Only
their direction counts, distances are those of PixelSpacing."""

Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlicePlane:
    """Affine map of one frame: patient mm = origin + column x column_step + row x row_step."""

    origin_mm: Vector
    column_step_mm: Vector
    row_step_mm: Vector

    def moved_along_normal(self, distance_mm: float) -> "SlicePlane":
        """The parallel plane ``distance_mm`` away, towards the cross product of row and column direction."""
        normal = np.cross(self.column_step_mm, self.row_step_mm)
        shift = normal / np.linalg.norm(normal) * distance_mm
        x, y, z = (float(v) for v in np.asarray(self.origin_mm) + shift)
        return SlicePlane(origin_mm=(x, y, z), column_step_mm=self.column_step_mm, row_step_mm=self.row_step_mm)


def frame_planes(dataset: Dataset, *, frames: int) -> tuple[SlicePlane, ...]:
    """The plane of each frame, in stored order.

    Reads per-frame then shared functional groups; the single item of DetectorInformationSequence with
    SpacingBetweenSlices (nuclear medicine); GridFrameOffsetVector (dose grids); else the Image Plane module of a
    single frame. Raises UnreadableImage when the object has none of them or their values are impossible.
    """
    if "SharedFunctionalGroupsSequence" in dataset or "PerFrameFunctionalGroupsSequence" in dataset:
        return _functional_group_planes(dataset, frames)
    if value_of(dataset, "SOPClassUID") == NuclearMedicineImageStorage or "DetectorInformationSequence" in dataset:
        return _detector_planes(dataset, frames)
    plane = _plane(position=dataset, orientation=dataset, measures=dataset)
    if frames == 1:
        return (plane,)
    return tuple(plane.moved_along_normal(offset) for offset in _grid_offsets_mm(dataset, plane, frames))


def _functional_group_planes(dataset: Dataset, frames: int) -> tuple[SlicePlane, ...]:
    shared = items_of(dataset, "SharedFunctionalGroupsSequence")[:1]
    per_frame = items_of(dataset, "PerFrameFunctionalGroupsSequence")
    if per_frame and len(per_frame) != frames:
        raise UnreadableImage(f"PerFrameFunctionalGroupsSequence has {len(per_frame)} items for {frames} frames")

    def group(frame: int, keyword: str) -> Dataset:
        item = first_item([*per_frame[frame : frame + 1], *shared], keyword)
        if item is None:
            raise UnreadableImage(f"no {keyword} for frame {frame + 1}: the frame has no place in the patient")
        return item

    return tuple(
        _plane(
            position=group(frame, "PlanePositionSequence"),
            orientation=group(frame, "PlaneOrientationSequence"),
            measures=group(frame, "PixelMeasuresSequence"),
        )
        for frame in range(frames)
    )


def _detector_planes(dataset: Dataset, frames: int) -> tuple[SlicePlane, ...]:
    detectors = items_of(dataset, "DetectorInformationSequence")
    if len(detectors) != 1:
        raise UnreadableImage(f"DetectorInformationSequence has {len(detectors)} items, expected 1 to place the frames")
    detector = detectors[0]
    placed = detector if "ImagePositionPatient" in detector else dataset
    plane = _plane(
        position=placed,
        orientation=detector if "ImageOrientationPatient" in detector else dataset,
        measures=dataset,
    )
    if frames == 1:
        return (plane,)
    spacing_mm = numbers_of(dataset, "SpacingBetweenSlices", count=1)
    if spacing_mm is None or not math.isfinite(spacing_mm[0]) or spacing_mm[0] == 0:
        raise UnreadableImage("SpacingBetweenSlices is missing or no distance: the frames have no place in the patient")
    return tuple(plane.moved_along_normal(index * spacing_mm[0]) for index in _slice_indices(dataset, frames))


def _slice_indices(dataset: Dataset, frames: int) -> tuple[int, ...]:
    """Zero-based slice of each frame; gated volumes name it in SliceVector, others run through the slices once."""
    if value_of(dataset, "SliceVector") is None:
        return tuple(range(frames))
    numbers = numbers_of(dataset, "SliceVector", count=frames)
    if numbers is None or min(numbers) < 1:
        raise UnreadableImage("SliceVector does not name a slice for each frame")
    return tuple(int(number) - 1 for number in numbers)


def _grid_offsets_mm(dataset: Dataset, plane: SlicePlane, frames: int) -> tuple[float, ...]:
    offsets = numbers_of(dataset, "GridFrameOffsetVector", count=frames)
    if offsets is None:
        raise UnreadableImage(f"{frames} frames but nothing says where each lies in the patient")
    if not all(map(math.isfinite, offsets)):
        raise UnreadableImage("GridFrameOffsetVector is not finite")
    # PS3.3 C.8.8.3.2: offsets start at zero, or (only axial grids) are patient z coordinates.
    if offsets[0] == 0:
        return offsets
    towards_head = float(np.cross(plane.column_step_mm, plane.row_step_mm)[2])
    return tuple(math.copysign(1.0, towards_head) * (offset - offsets[0]) for offset in offsets)


def _plane(*, position: Dataset, orientation: Dataset, measures: Dataset) -> SlicePlane:
    origin = _finite(position, "ImagePositionPatient", count=3)
    cosines = _finite(orientation, "ImageOrientationPatient", count=6)
    spacing = _finite(measures, "PixelSpacing", count=2)
    if min(spacing) <= 0:
        raise UnreadableImage("PixelSpacing is not positive")
    along_row, along_column = np.asarray(cosines[:3]), np.asarray(cosines[3:])
    lengths = np.linalg.norm([along_row, along_column], axis=1)
    if np.abs(lengths - 1).max() > COSINE_TOLERANCE or abs(float(along_row @ along_column)) > COSINE_TOLERANCE:
        raise UnreadableImage("ImageOrientationPatient is not two perpendicular unit vectors")
    along_row, along_column = along_row / lengths[0], along_column / lengths[1]
    # PixelSpacing is the distance between rows, then between columns (PS3.3 section 10.7.1.3).
    row_spacing_mm, column_spacing_mm = spacing
    return SlicePlane(
        origin_mm=_vector(np.asarray(origin)),
        column_step_mm=_vector(along_row * column_spacing_mm),
        row_step_mm=_vector(along_column * row_spacing_mm),
    )


def _finite(dataset: Dataset, keyword: str, *, count: int) -> tuple[float, ...]:
    numbers = numbers_of(dataset, keyword, count=count)
    if numbers is None:
        raise UnreadableImage(f"{keyword} is missing: the image has no place in the patient")
    if not all(map(math.isfinite, numbers)):
        raise UnreadableImage(f"{keyword} is not finite")
    return numbers


def _vector(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Vector:
    x, y, z = (float(v) for v in values)
    return x, y, z
