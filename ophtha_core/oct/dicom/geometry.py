"""The geometry of an OCT volume: the parameters the analyses take, and which of them the file does not prove."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from pydicom.dataset import Dataset

from ophtha_core.dicom.reading import items_of, known_text, known_value
from ophtha_core.errors import InvalidInput
from ophtha_core.oct.dicom.anatomy import foreign_region, read_laterality, said_lateralities
from ophtha_core.oct.dicom.bscans import BScan
from ophtha_core.oct.dicom.evidence import RasterEvidence, located, offsets_mm, placed, required, slice_step_mm
from ophtha_core.oct.enface import EnFaceGrid, Laterality, ScanOrientation, require_field
from ophtha_core.oct.scan_lines import ScanLines, raster

RASTER_PATTERNS: Final = ("128279", "128280", "128281")
"""Cube, raster, line (CID 4272, DCM): the patterns whose B-scans are parallel."""

SHORTEST_BSCAN_MM: Final = 1.0
_SAME_ROTATION_DEG: Final = 1.0


@dataclass(frozen=True, kw_only=True)
class OctGeometry:
    """How the B-scans of a volume lie on the retina; ``reasons`` says of each parameter why nothing proves it.

    ``rotation_deg`` is how far the raster is turned against the nearest axis, clockwise on screen, in (-45, 45].
    ``foreign_region`` is the anatomic region where it holds neither macula nor optic disc.
    """

    orientation: ScanOrientation
    pixel_spacing_row_mm: float
    pixel_spacing_column_mm: float
    slice_spacing_mm: float
    rows: int
    columns: int
    num_slices: int
    laterality: Laterality | None
    rotation_deg: float = 0.0
    reasons: Mapping[str, str] = field(default_factory=dict)
    supplied: tuple[str, ...] = ()
    """Names of the parameters that a person gave, because the file does not prove them."""
    foreign_region: str | None = None
    lines_mm: ScanLines | None = field(default=None, compare=False, repr=False)
    """The scan lines on the fundus image, from its first corner, where the file has frame locations."""

    @property
    def assumed(self) -> tuple[str, ...]:
        """Names of the parameters that nothing in the file proves."""
        return tuple(sorted(self.reasons))

    def grid(self, *, centre: tuple[float, float] | None = None) -> EnFaceGrid:
        """Canonical en face grid; ``centre`` is (column, slice) as scanned."""
        return self.orientation.grid(
            shape=(self.num_slices, self.columns),
            slice_spacing_mm=self.slice_spacing_mm,
            column_spacing_mm=self.pixel_spacing_column_mm,
            laterality=self.laterality,
            centre=centre,
            rotation_deg=self.rotation_deg,
        )


def read_oct_geometry(bscans: Sequence[BScan], localizers: Mapping[str, Dataset]) -> OctGeometry:
    """Geometry of a volume; ``localizers`` are the fundus images at hand by SOP Instance UID (headers suffice).

    Raises InvalidInput naming the attribute for radial and circle patterns, frames that are no raster, and
    distances that are nowhere.
    """
    source = bscans[0].source
    refuse_other_patterns(source)
    row_mm, column_mm = bscans[0].pixel_spacing_mm()
    by_location, by_plane = located(bscans, localizers, column_mm), placed(bscans, column_mm)
    evidence = by_location or by_plane
    step_mm, doubt = slice_step_mm(bscans, by_location=by_location, by_plane=by_plane, column_mm=column_mm)
    reasons = _direction_reasons(evidence)
    if doubt:
        reasons["slice_thickness"] = doubt
    if len(set(said_lateralities(source))) > 1:
        reasons["laterality"] = "the image contradicts itself about the eye it shows"
    return OctGeometry(
        orientation=_orientation(evidence, source),
        rotation_deg=evidence.rotation_deg,
        pixel_spacing_row_mm=row_mm,
        pixel_spacing_column_mm=column_mm,
        slice_spacing_mm=step_mm,
        rows=required(source, "Rows"),
        columns=required(source, "Columns"),
        num_slices=len(bscans),
        laterality=read_laterality(source),
        reasons=reasons,
        foreign_region=foreign_region(source),
        lines_mm=evidence.lines_mm,
    )


def require_plausible(geometry: OctGeometry) -> None:
    """Raise InvalidInput naming the parameter where the distances are those of no eye, as µm taken for mm are."""
    along_mm = geometry.columns * geometry.pixel_spacing_column_mm
    if along_mm < SHORTEST_BSCAN_MM:
        raise InvalidInput(
            "pixel_spacing_column", f"makes B-scans of {along_mm:.6g} mm, expected {SHORTEST_BSCAN_MM:g} mm at least"
        )
    require_field(
        shape=(geometry.num_slices, geometry.columns),
        slice_spacing_mm=geometry.slice_spacing_mm,
        column_spacing_mm=geometry.pixel_spacing_column_mm,
    )


def planes_agree(bscans: Sequence[BScan], geometry: OctGeometry) -> bool:
    """Whether plane orientation and positions are real and say the same as the geometry."""
    by_plane = placed(bscans, geometry.pixel_spacing_column_mm)
    return (
        by_plane.slices_proven
        and by_plane.orientation == geometry.orientation
        and abs(by_plane.rotation_deg - geometry.rotation_deg) <= _SAME_ROTATION_DEG
    )


def in_spatial_order(bscans: tuple[BScan, ...]) -> tuple[BScan, ...]:
    """Single images whose numbers do not follow their places, sorted by place; anything else as it is."""
    if any(bscan.frame for bscan in bscans) or len(bscans) < 3:
        return bscans
    offsets = offsets_mm(bscans)
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


def _direction_reasons(evidence: RasterEvidence) -> dict[str, str]:
    reasons = {}
    if evidence.orientation is None:
        reasons = dict.fromkeys(("scan_protocol", "pixel_direction"), "no frame location and no plane says it")
    if not evidence.slices_proven:
        reasons["slice_direction"] = "no frame location and no real position says which B-scan comes first"
    return reasons


def _orientation(evidence: RasterEvidence, source: Dataset) -> ScanOrientation:
    """What is proven; of what is not, a habit of the device: Heidelberg scans a raster from below."""
    known = evidence.orientation or raster(horizontal=True, backwards=False, upwards=False)
    if evidence.slices_proven or known.is_vertical:
        return known
    upwards = "heidelberg" in known_text(source, "Manufacturer").lower()
    return raster(horizontal=True, backwards=known.flips_pixels, upwards=upwards)
