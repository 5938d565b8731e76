"""What frame locations, planes and distances in a file prove of how its B-scans lie on the retina.

What counts, first to last: frame locations on the fundus image (PS3.3 C.8.17.10), plane orientation and position,
Spacing Between Slices, Slice Thickness. Positions ``[0, 0, i * step]`` are what devices and converters write that know
no position: neither their direction nor their distance is proven.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from ophtha_core.dicom.reading import integer_of, known_numbers
from ophtha_core.errors import InvalidInput, UnreadableImage
from ophtha_core.oct.dicom.bscans import BScan, FrameLocation, FrameShape
from ophtha_core.oct.enface import ScanOrientation
from ophtha_core.oct.scan_lines import ScanLines, is_horizontal, raster, rotation_deg

LOCATION_FIELD: Final = "OphthalmicFrameLocationSequence"
POSITION_FIELD: Final = "PlanePositionSequence"

_FACING: Final = 0.85
_STRAIGHT: Final = 0.02
_AGREEING_SHARE: Final = 0.03
_LOCALIZER_SHARE: Final = 0.1
_CONVERTER_DEFAULTS_MM: Final = (0.05, 0.01)
"""Distance of B-scans and of columns that a widespread converter writes where its source knows neither."""


@dataclass(frozen=True, kw_only=True)
class RasterEvidence:
    """What one kind of evidence says; None and False where it says nothing.

    ``doubt`` is why the distance is not to be believed, though it is the best there is.
    """

    orientation: ScanOrientation | None = None
    rotation_deg: float = 0.0
    slices_proven: bool = False
    step_mm: float | None = None
    doubt: str = ""
    lines_mm: ScanLines | None = None


def located(bscans: Sequence[BScan], localizers: Mapping[str, Dataset], column_mm: float) -> RasterEvidence | None:
    """What the frame locations say; None when not every frame is located on one image."""
    places = on_one_localizer(bscans, localizers)
    if places is None:
        return None
    if any(place.shape is FrameShape.TRANSVERSE for place in places):
        raise InvalidInput("OphthalmicImageOrientation", "the frames are parallel to the retina: they are no B-scans")
    spacing = localizer_spacing_mm(localizers.get(places[0].localizer_uid))
    scale = np.array(spacing or (1.0, 1.0))
    points = [_straight(place) * scale for place in places]
    ends = np.array([(line[0], line[-1]) for line in points])[:, :, ::-1]
    lines = ScanLines(starts=ends[:, 0], ends=ends[:, 1], field=LOCATION_FIELD, resolution=float(scale.max()))
    # A location runs from the first to the last A-scan.
    length_mm = column_mm * max(1, required(bscans[0].source, "Columns") - 1)
    doubt = ""
    if spacing is None:
        # Without the photograph's own scale, the B-scan's columns are the ruler along the line.
        lines = lines.scaled(length_mm / lines.length)
    elif abs(lines.length - length_mm) > _LOCALIZER_SHARE * length_mm:
        doubt = "on the fundus image the B-scans are not as long as their columns make them"
    return RasterEvidence(
        orientation=lines.orientation(),
        rotation_deg=lines.rotation_deg(),
        slices_proven=len(bscans) > 1,
        step_mm=lines.step() if len(bscans) > 1 else None,
        doubt=doubt,
        lines_mm=lines,
    )


def placed(bscans: Sequence[BScan], column_mm: float) -> RasterEvidence:
    """What plane orientation and positions say."""
    step_mm = _placed_step_mm(bscans)
    is_made_up = step_mm is not None and is_placeholder(bscans)
    doubt = "positions [0, 0, i * t] are a placeholder" if is_made_up else ""
    along = _row_direction(bscans)
    if along is None:
        return RasterEvidence(step_mm=step_mm, doubt=doubt)
    turn_deg = rotation_deg(along)
    if step_mm is None or is_made_up:
        horizontal = is_horizontal(along)
        flags = raster(horizontal=horizontal, backwards=bool(along[0 if horizontal else 1] < 0), upwards=False)
        return RasterEvidence(orientation=flags, rotation_deg=turn_deg, step_mm=step_mm, doubt=doubt)
    starts = np.array([bscan.position_mm for bscan in bscans], dtype=np.float64)[:, [0, 2]] * (1, -1)
    run = along * column_mm * max(1, required(bscans[0].source, "Columns") - 1)
    lines = ScanLines(starts=starts, ends=starts + run, field=POSITION_FIELD, resolution=0.0)
    return RasterEvidence(orientation=lines.orientation(), rotation_deg=turn_deg, slices_proven=True, step_mm=step_mm)


def slice_step_mm(
    bscans: Sequence[BScan], *, by_location: RasterEvidence | None, by_plane: RasterEvidence, column_mm: float
) -> tuple[float, str]:
    """Distance of the B-scans, and why it is not proven; no reason where it is.

    Real positions are mm and win over locations, which are pixels of a fundus image, where both agree within 3 %.
    """
    by_position = None if by_plane.doubt else by_plane.step_mm
    if by_location is not None and by_location.step_mm is not None:
        if by_position is None:
            return by_location.step_mm, by_location.doubt
        if abs(by_position - by_location.step_mm) <= _AGREEING_SHARE * by_location.step_mm:
            return by_position, ""
        return by_location.step_mm, "frame locations and positions contradict each other"
    spacing_mm = by_position or bscans[0].measure_mm("SpacingBetweenSlices")
    if spacing_mm is not None:
        is_default = np.allclose((spacing_mm, column_mm), _CONVERTER_DEFAULTS_MM, rtol=1e-3, atol=0)
        return spacing_mm, "0.05 mm with columns of 0.01 mm is what a converter writes" if is_default else ""
    if by_plane.step_mm is not None:
        return by_plane.step_mm, by_plane.doubt
    thickness_mm = bscans[0].measure_mm("SliceThickness")
    if thickness_mm is None:
        raise InvalidInput(
            "SliceThickness", "nothing says how far the B-scans lie apart: no frame locations, positions or spacing"
        )
    if abs(thickness_mm - column_mm) <= 1e-3 * column_mm:
        return thickness_mm, "SliceThickness repeats the spacing of the columns"
    return thickness_mm, "only SliceThickness is given, which need not be the distance"


def offsets_mm(bscans: Sequence[BScan]) -> NDArray[np.float64] | None:
    """Places along the common normal; along the way from first to last where no orientation is given."""
    positions = [bscan.position_mm for bscan in bscans]
    if any(position is None for position in positions):
        return None
    places = np.array(positions, dtype=np.float64)
    cosines = bscans[0].cosines
    normal = places[-1] - places[0] if cosines is None else np.cross(cosines[:3], cosines[3:])
    size = float(np.linalg.norm(normal))
    return None if size < 1e-9 else np.asarray(places @ (normal / size))


def is_placeholder(bscans: Sequence[BScan]) -> bool:
    """Positions [0, 0, i * t]."""
    places = np.array([bscan.position_mm for bscan in bscans], dtype=np.float64)
    expected = np.arange(len(places)) * (places[-1, 2] / max(len(places) - 1, 1))
    return bool(np.abs(places[:, :2]).max() < 1e-6 and np.abs(places[:, 2] - expected).max() < 1e-3)


def required(source: Dataset, keyword: str) -> int:
    """A positive integer. Raises UnreadableImage where there is none."""
    value = integer_of(source, keyword)
    if value is None or value < 1:
        raise UnreadableImage(f"{keyword} is missing or not positive")
    return value


def on_one_localizer(bscans: Sequence[BScan], localizers: Mapping[str, Dataset]) -> list[FrameLocation] | None:
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


def localizer_spacing_mm(localizer: Dataset | None) -> tuple[float, float] | None:
    """Distance of rows, then of columns, of a fundus image; None where it does not say it."""
    spacing = None if localizer is None else known_numbers(localizer, "PixelSpacing", count=2)
    if spacing is None or min(spacing) <= 0:
        return None
    return spacing[0], spacing[1]


def _row_direction(bscans: Sequence[BScan]) -> NDArray[np.float64] | None:
    """Unit vector (x right, y inferior) of the B-scans; None unless they are those of a patient looking ahead."""
    cosines = [bscan.cosines for bscan in bscans]
    if any(each is None for each in cosines):
        return None
    axes = np.array(cosines, dtype=np.float64).reshape(-1, 2, 3)
    rows, depths = axes[:, 0], axes[:, 1]
    if float((rows @ rows[0]).min()) < np.cos(np.radians(5.0)):
        raise InvalidInput("PlaneOrientationSequence", "the frames are not parallel: radial scans make no en face map")
    along = rows[0][[0, 2]] * (1, -1)
    size = float(np.hypot(*along))
    if abs(depths[0][1]) < _FACING or size < _FACING:
        # The axes are not those of a B-scan of a patient looking ahead: they say nothing about the eye.
        return None
    return np.asarray(along / size)


def _placed_step_mm(bscans: Sequence[BScan]) -> float | None:
    """Mean distance of the positions along the normal, where there is one."""
    offsets = offsets_mm(bscans)
    if offsets is None or len(offsets) < 2:
        return None
    steps = np.diff(offsets)
    mean = float(steps.mean())
    if abs(mean) < 1e-6 or np.abs(steps - mean).max() > 0.25 * abs(mean):
        return None
    return abs(mean)
