"""The geometry of an OCT volume: the parameters the analyses take, and which of them the file does not prove.

What counts, first to last: frame locations on the fundus image (PS3.3 C.8.17.10), plane orientation and position,
Spacing Between Slices, Slice Thickness. Positions ``[0, 0, i * step]`` are what devices write that know no position:
they give a distance, never a direction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from ophtha_core.dicom.reading import integer_of, items_of, known_numbers, known_value
from ophtha_core.errors import InvalidInput, UnreadableImage
from ophtha_core.oct.dicom.bscans import BScan, FrameLocation, FrameShape
from ophtha_core.oct.enface import EnFaceGrid, Laterality, ScanOrientation
from ophtha_core.oct.scan_lines import ScanLines, raster

LOCATION_FIELD: Final = "OphthalmicFrameLocationSequence"
RASTER_PATTERNS: Final = ("128279", "128280", "128281")
"""Cube, raster, line (CID 4272, DCM): the patterns whose B-scans are parallel."""

_DEFAULT: Final = raster(horizontal=True, backwards=False, upwards=False)
_FACING: Final = 0.85
_STRAIGHT: Final = 0.02
_LATERALITY_CODES: Final = {"24028007": "R", "7771000": "L", "G-A100": "R", "G-A101": "L"}


@dataclass(frozen=True, kw_only=True)
class OctGeometry:
    """How the B-scans of a volume lie on the retina; ``assumed`` names the parameters nothing in the file proves."""

    orientation: ScanOrientation
    pixel_spacing_row_mm: float
    pixel_spacing_column_mm: float
    slice_spacing_mm: float
    rows: int
    columns: int
    num_slices: int
    laterality: Laterality | None
    assumed: tuple[str, ...]
    lines_mm: ScanLines | None = field(default=None, compare=False, repr=False)
    """The scan lines on the fundus image, from its first corner, where the file has frame locations."""

    def grid(self, *, centre: tuple[float, float] | None = None) -> EnFaceGrid:
        """Canonical en face grid; ``centre`` is (column, slice) as scanned."""
        return self.orientation.grid(
            shape=(self.num_slices, self.columns),
            slice_spacing_mm=self.slice_spacing_mm,
            column_spacing_mm=self.pixel_spacing_column_mm,
            laterality=self.laterality,
            centre=centre,
        )


@dataclass(frozen=True, kw_only=True)
class _Raster:
    """What one kind of evidence says; None and False where it says nothing."""

    orientation: ScanOrientation | None = None
    slices_proven: bool = False
    step_mm: float | None = None
    lines_mm: ScanLines | None = None


def read_oct_geometry(bscans: Sequence[BScan], localizers: Mapping[str, Dataset]) -> OctGeometry:
    """Geometry of a volume; ``localizers`` are the fundus images at hand by SOP Instance UID (headers suffice).

    Raises InvalidInput naming the attribute for radial and circle patterns, frames that are no raster, and
    distances that are nowhere.
    """
    refuse_other_patterns(bscans[0].source)
    row_mm, column_mm = bscans[0].pixel_spacing_mm()
    located = _located(bscans, localizers, column_mm)
    evidence = located or _placed(bscans)
    step_mm, step_proven = _slice_step_mm(bscans, (located, _placed_step(bscans) if located else evidence))
    orientation = evidence.orientation or _DEFAULT
    assumed = [] if evidence.orientation else ["scan_protocol", "pixel_direction"]
    assumed += [] if evidence.slices_proven else ["slice_direction"]
    assumed += [] if step_proven else ["slice_thickness"]
    source = bscans[0].source
    return OctGeometry(
        orientation=orientation,
        pixel_spacing_row_mm=row_mm,
        pixel_spacing_column_mm=column_mm,
        slice_spacing_mm=step_mm,
        rows=_required(source, "Rows"),
        columns=_required(source, "Columns"),
        num_slices=len(bscans),
        laterality=read_laterality(source),
        assumed=tuple(sorted(assumed)),
        lines_mm=evidence.lines_mm,
    )


def planes_agree(bscans: Sequence[BScan], geometry: OctGeometry) -> bool:
    """Whether plane orientation and positions are real and say the same as the geometry."""
    placed = _placed(bscans)
    return placed.slices_proven and placed.orientation == geometry.orientation


def in_spatial_order(bscans: tuple[BScan, ...]) -> tuple[BScan, ...]:
    """Single images whose numbers do not follow their places, sorted by place; anything else as it is."""
    if any(bscan.frame for bscan in bscans) or len(bscans) < 3:
        return bscans
    offsets = _offsets_mm(bscans)
    if offsets is None or len(set(offsets)) < len(offsets):
        return bscans
    steps = np.diff(offsets)
    if (steps > 0).all() or (steps < 0).all():
        return bscans
    order = np.argsort(offsets if offsets[-1] > offsets[0] else -offsets)
    return tuple(bscans[index] for index in order)


def refuse_other_patterns(source: Dataset) -> None:
    """Raise InvalidInput when the device says that the B-scans are no raster."""
    for code in items_of(source, "ScanPatternTypeCodeSequence"):
        if str(known_value(code, "CodeValue")) not in RASTER_PATTERNS:
            raise InvalidInput(
                "ScanPatternTypeCodeSequence", "radial, circle and mixed scan patterns make no en face map"
            )


def read_laterality(source: Dataset) -> Laterality | None:
    """Image, series, then frame laterality, then the modifier of the anatomic region; None when none says L or R."""
    groups = items_of(source, "SharedFunctionalGroupsSequence")[:1]
    groups += items_of(source, "PerFrameFunctionalGroupsSequence")[:1]
    frames = [anatomy for group in groups for anatomy in items_of(group, "FrameAnatomySequence")]
    said = [known_value(source, "ImageLaterality"), known_value(source, "Laterality")]
    said += [known_value(anatomy, "FrameLaterality") for anatomy in frames]
    regions = [region for part in (source, *frames) for region in items_of(part, "AnatomicRegionSequence")]
    modifiers = [code for region in regions for code in items_of(region, "AnatomicRegionModifierSequence")]
    said += [_LATERALITY_CODES.get(str(known_value(code, "CodeValue"))) for code in modifiers]
    for letter in said:
        if letter in list(Laterality):
            return Laterality(str(letter))
    return None


def _located(bscans: Sequence[BScan], localizers: Mapping[str, Dataset], column_mm: float) -> _Raster | None:
    """What the frame locations say; None when not every frame is located on one image."""
    places = _on_one_localizer(bscans, localizers)
    if places is None:
        return None
    if any(place.shape is FrameShape.TRANSVERSE for place in places):
        raise InvalidInput("OphthalmicImageOrientation", "the frames are parallel to the retina: they are no B-scans")
    spacing = _localizer_spacing_mm(localizers.get(places[0].localizer_uid))
    scale = np.array(spacing or (1.0, 1.0))
    points = [_straight(place) * scale for place in places]
    ends = np.array([(line[0], line[-1]) for line in points])[:, :, ::-1]
    lines = ScanLines(starts=ends[:, 0], ends=ends[:, 1], field=LOCATION_FIELD, resolution=float(scale.max()))
    if spacing is None:
        # Without the photograph's own scale, the B-scan's columns are the ruler along the line.
        intervals = _required(bscans[0].source, "Columns") - (places[0].shape is FrameShape.NONLINEAR)
        lines = lines.scaled(column_mm / (lines.length / intervals))
    orientation = lines.orientation()
    if len(bscans) == 1:
        return _Raster(orientation=orientation, lines_mm=lines)
    return _Raster(orientation=orientation, slices_proven=True, step_mm=lines.step(), lines_mm=lines)


def _on_one_localizer(bscans: Sequence[BScan], localizers: Mapping[str, Dataset]) -> list[FrameLocation] | None:
    """Locations of all frames on one image; points without extent, as some devices write them, are none."""
    candidates = sorted(bscans[0].locations, key=lambda place: place.localizer_uid not in localizers)
    for candidate in candidates:
        places = [
            place for bscan in bscans for place in bscan.locations if place.localizer_uid == candidate.localizer_uid
        ]
        if len(places) == len(bscans) and all(np.ptp(place.points_px, axis=0).max() > 0 for place in places):
            return places
    return None


def _straight(place: FrameLocation) -> NDArray[np.float64]:
    """The points of a line. Raises InvalidInput for a circle or another curve."""
    points = place.points_px
    run = points[-1] - points[0]
    length = float(np.hypot(*run))
    bow = np.abs((points - points[0]) @ np.array([-run[1], run[0]])) / max(length, 1e-9)
    if length <= 0 or bow.max() > max(_STRAIGHT * length, 1.5):
        raise InvalidInput(LOCATION_FIELD, "a frame follows a circle or a curve, which makes no en face map")
    return points


def _localizer_spacing_mm(localizer: Dataset | None) -> tuple[float, float] | None:
    spacing = None if localizer is None else known_numbers(localizer, "PixelSpacing", count=2)
    if spacing is None or min(spacing) <= 0:
        return None
    return spacing[0], spacing[1]


def _placed(bscans: Sequence[BScan]) -> _Raster:
    """What plane orientation and positions say."""
    cosines = [bscan.cosines for bscan in bscans]
    step_mm = _placed_step(bscans).step_mm
    if any(each is None for each in cosines):
        return _Raster(step_mm=step_mm)
    axes = np.array(cosines, dtype=np.float64).reshape(-1, 2, 3)
    rows, depths = axes[:, 0], axes[:, 1]
    if float((rows @ rows[0]).min()) < np.cos(np.radians(5.0)):
        raise InvalidInput("PlaneOrientationSequence", "the frames are not parallel: radial scans make no en face map")
    right, head = rows[0][0], rows[0][2]
    if abs(depths[0][1]) < _FACING or max(abs(right), abs(head)) < _FACING:
        # The axes are not those of a B-scan of a patient looking ahead: they say nothing about the eye.
        return _Raster(step_mm=step_mm)
    horizontal = abs(right) >= _FACING
    backwards = right < 0 if horizontal else head > 0
    upwards, proven = False, False
    if step_mm is not None and not _is_placeholder(bscans):
        first, last = bscans[0].position_mm, bscans[-1].position_mm
        assert first is not None
        assert last is not None
        upwards = last[2] > first[2] if horizontal else last[0] < first[0]
        proven = True
    orientation = raster(horizontal=horizontal, backwards=bool(backwards), upwards=upwards)
    return _Raster(orientation=orientation, slices_proven=proven, step_mm=step_mm)


def _placed_step(bscans: Sequence[BScan]) -> _Raster:
    """Mean distance of the positions along the normal, where there is one."""
    offsets = _offsets_mm(bscans)
    if offsets is None or len(offsets) < 2:
        return _Raster()
    steps = np.diff(offsets)
    mean = float(steps.mean())
    if abs(mean) < 1e-6 or np.abs(steps - mean).max() > 0.25 * abs(mean):
        return _Raster()
    return _Raster(step_mm=abs(mean))


def _offsets_mm(bscans: Sequence[BScan]) -> NDArray[np.float64] | None:
    """Places along the common normal; along the way from first to last where no orientation is given."""
    positions = [bscan.position_mm for bscan in bscans]
    if any(position is None for position in positions):
        return None
    places = np.array(positions, dtype=np.float64)
    cosines = bscans[0].cosines
    normal = places[-1] - places[0] if cosines is None else np.cross(cosines[:3], cosines[3:])
    size = float(np.linalg.norm(normal))
    return None if size < 1e-9 else np.asarray(places @ (normal / size))


def _is_placeholder(bscans: Sequence[BScan]) -> bool:
    places = np.array([bscan.position_mm for bscan in bscans], dtype=np.float64)
    expected = np.arange(len(places)) * (places[-1, 2] / max(len(places) - 1, 1))
    return bool(np.abs(places[:, :2]).max() < 1e-6 and np.abs(places[:, 2] - expected).max() < 1e-3)


def _slice_step_mm(bscans: Sequence[BScan], evidence: Sequence[_Raster | None]) -> tuple[float, bool]:
    for each in evidence:
        if each is not None and each.step_mm is not None:
            return each.step_mm, True
    spacing_mm = bscans[0].measure_mm("SpacingBetweenSlices")
    if spacing_mm is not None:
        return spacing_mm, True
    thickness_mm = bscans[0].measure_mm("SliceThickness")
    if thickness_mm is None:
        raise InvalidInput(
            "SliceThickness", "nothing says how far the B-scans lie apart: no frame locations, positions or spacing"
        )
    return thickness_mm, False


def _required(source: Dataset, keyword: str) -> int:
    value = integer_of(source, keyword)
    if value is None or value < 1:
        raise UnreadableImage(f"{keyword} is missing or not positive")
    return value
