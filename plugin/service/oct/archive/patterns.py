"""Geometry and report of circle and radial scans, which make no en face map."""

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
from pydantic import BaseModel, Field
from pydicom.dataset import Dataset

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.circle_scan import CircleScan, garway_heath, tsnit
from ophtha_core.oct.circles import ETDRS, SectorStatistics
from ophtha_core.oct.dicom.measurements import RnflThickness, write_rnfl_report
from ophtha_core.oct.dicom.patterns import PatternScan
from ophtha_core.oct.enface import Laterality
from ophtha_core.oct.full_retina import retina_layers, without_gaps
from ophtha_core.oct.rnfl import CircleProfile, RnflAnalysis
from ophtha_core.oct.segmented_scan import SegmentedScan, reached_columns
from ophtha_core.oct.star_scan import StarScan
from ophtha_core.oct.thickness import UM_PER_MM
from plugin.service.oct.archive.requests import ReportRequest
from plugin.service.oct.arrays import Floats, as_rows
from plugin.service.oct.instances import outlines_by_slice
from plugin.service.oct.meta import ETDRS_LITERATURE, RNFL_LITERATURE, meta
from plugin.service.oct.profile_content import profile_content, profile_meta
from plugin.service.oct.sectors import ring_means, ring_meta

NO_MAP: Final = "a circle or radial scan makes no en face map"
NO_RNFL: Final = "the layer rnfl is needed"
NO_EYE: Final = "the image does not say which eye it shows and laterality was not given"
_SECTIONS: Final = ("thickness_maps", "etdrs", "gcc", "hemispheres", "glaucoma", "pathologies", "odn", "rnfl")
_QUADRANTS: Final = ("nasal", "inferior", "temporal", "superior")
_LEAST_COVERAGE: Final = 0.5


class PatternGeometry(BaseModel):
    """A circle or star on the fundus image: mm from its first corner, angles clockwise on screen from image right."""

    scan_protocol: Literal["CIRCLE", "RADIAL"]
    center_mm: list[float] = Field(description="[x, y]")
    radius_mm: float | None = Field(description="Of the circle")
    start_deg: float = Field(description="Direction of the first A-scan, or in which the first spoke runs")
    sense: Literal["CLOCKWISE", "COUNTERCLOCKWISE"] | None = Field(description="Of the circle, on screen")
    spoke_angles_deg: list[float] | None = Field(description="Directions in which the columns of each spoke run")
    pixel_spacing_row: float = Field(description="mm")
    pixel_spacing_column: float = Field(description="mm")
    pixel_image_height: int
    pixel_image_width: int
    num_slices: int
    laterality: Laterality | None
    assumed: list[str]
    reasons: dict[str, str]


def pattern_geometry(scan: PatternScan) -> PatternGeometry:
    """What the frame locations say of the scan."""
    pattern = scan.pattern
    values: dict[str, object] = {
        "center_mm": list(pattern.center_mm),
        "pixel_spacing_row": scan.pixel_spacing_row_mm,
        "pixel_spacing_column": scan.pixel_spacing_column_mm,
        "pixel_image_height": scan.rows,
        "pixel_image_width": scan.columns,
        "num_slices": len(scan.bscans),
        "laterality": scan.laterality,
        "assumed": sorted(scan.reasons),
        "reasons": dict(scan.reasons),
    }
    if isinstance(pattern, CircleScan):
        values |= {
            "scan_protocol": "CIRCLE",
            "radius_mm": pattern.radius_mm,
            "start_deg": pattern.start_deg,
            "sense": "CLOCKWISE" if pattern.is_clockwise else "COUNTERCLOCKWISE",
            "spoke_angles_deg": None,
        }
    else:
        angles = [float(each) % 360 for each in pattern.angles_deg]
        values |= {"scan_protocol": "RADIAL", "radius_mm": None, "start_deg": angles[0], "sense": None}
        values["spoke_angles_deg"] = angles
    return PatternGeometry.model_validate(values)


class PatternReport:
    """A report on a circle or star before anything is stored."""

    def __init__(self, scan: PatternScan, request: ReportRequest) -> None:
        self.scan, self.request = scan, request
        self.geometry = pattern_geometry(scan)
        self.sections: dict[str, object] = dict.fromkeys(_SECTIONS)
        self.reasons: dict[str, str] = dict.fromkeys(_SECTIONS, NO_MAP)
        self.meta: dict[str, dict[str, object]] = {}
        self.not_stored: dict[str, str] = {}
        self.objects: list[Dataset] = []

    def content(self, stored: Sequence[BaseModel]) -> dict[str, object]:
        """The answer, in the shape of the report on a volume."""
        content: dict[str, object] = {
            "geometry": self.geometry.model_dump(mode="json"),
            **self.sections,
            "stored": [each.model_dump() for each in stored],
        }
        if self.request.include_meta or self.not_stored:
            content["meta"] = meta(
                units={"etdrs": "um", "rnfl": "mm", "thickness_maps": "px"},
                parameters=self.request.parameters(),
                coverage={name: each["coverage"] for name, each in self.meta.items()},
                references=(*ETDRS_LITERATURE, *RNFL_LITERATURE),
                reasons=self.reasons,
                not_stored=self.not_stored,
                centre="frame locations",
                axis={"source": "image horizontal", "axis_deg": 0.0},
                operator_supplied=[],
                zero_by_absence={},
                sections=self.meta,
            )
        return content

    def put(self, section: str, content: object, how: dict[str, object]) -> None:
        """A section, and how to read it."""
        self.sections[section], self.meta[section] = content, how
        self.reasons.pop(section)


def make_pattern_report(scan: PatternScan, request: ReportRequest) -> PatternReport:
    """What a circle or star allows. Raises InvalidInput naming the field."""
    report = PatternReport(scan, request)
    if not isinstance(request.layers, list):
        raise InvalidInput("layers", "must be given for a circle or radial scan, one entry for each B-scan")
    if len(request.layers) != len(scan.bscans):
        raise InvalidInput("layers", f"has {len(request.layers)} entries, the scan {len(scan.bscans)} B-scans")
    laterality = _laterality(scan, request)
    layers = SegmentedScan(
        slices=outlines_by_slice(request.layers, field="layers"), width=scan.columns, height=scan.rows
    )
    maps = without_gaps(layers, layers.thickness_px(layers.classes))
    report.sections["thickness_maps"] = {name: as_rows(values) for name, values in maps.items()}
    report.reasons.pop("thickness_maps")
    if isinstance(scan.pattern, CircleScan):
        _nerve_fibres(report, scan.pattern, layers, laterality)
    else:
        _subfields(report, scan.pattern, layers, maps, laterality)
    return report


def _laterality(scan: PatternScan, request: ReportRequest) -> Laterality | None:
    if scan.laterality and request.laterality and scan.laterality is not request.laterality:
        raise InvalidInput("laterality", f"contradicts the image, which shows the eye {scan.laterality.value}")
    return scan.laterality or request.laterality


def _nerve_fibres(
    report: PatternReport, circle: CircleScan, layers: SegmentedScan, laterality: Laterality | None
) -> None:
    name = next((each for each in layers.classes if each.strip().lower() == "rnfl"), None)
    if name is None or laterality is None:
        report.reasons["rnfl"] = NO_RNFL if name is None else NO_EYE
        report.not_stored["rnfl_report"] = report.reasons["rnfl"]
        return
    drawn = [[each for each in layers.slices[0] if each.name == name]]
    thickness_mm = layers.thickness_px([name])[name][0] * report.scan.pixel_spacing_row_mm
    known = np.where(reached_columns(drawn, width=layers.width)[0], thickness_mm, np.nan)
    profile = circle.profile(known, laterality=laterality)
    kinds = tuple(RnflAnalysis)
    sectors = garway_heath(profile)
    content = {
        "rnfl_thickness_statistics": profile_content(profile, kinds),
        "tsnit": tsnit(profile),
        "garway_heath": {name: mean for name, (mean, _) in sectors.items()},
    }
    how = profile_meta(profile, kinds, is_nested=True, parameters={"axis": "image horizontal"})
    report.put("rnfl", content, how)
    _store_nerve_fibres(report, profile, laterality)


def _store_nerve_fibres(report: PatternReport, profile: CircleProfile, laterality: Laterality) -> None:
    scan, supplied = report.scan, ("laterality",) if report.scan.laterality is None else ()
    open_facts = sorted(set(scan.reasons) - set(supplied))
    if not report.request.store:
        return
    if scan.foreign_region is not None or open_facts:
        report.not_stored["rnfl_report"] = (
            f"assumed, not proven: {', '.join(open_facts)}" if open_facts else f"its region is {scan.foreign_region}"
        )
        return
    (average,) = _arcs_um(profile, RnflAnalysis.SINGLE_SEGMENT)
    nerve = RnflThickness(
        laterality=laterality,
        circle_diameter_um=2 * profile.radius_mm * UM_PER_MM,
        average_um=average,
        quadrants_um=dict(zip(_QUADRANTS, _arcs_um(profile, RnflAnalysis.QUADRANT), strict=True)),
    )
    report.objects.append(write_rnfl_report(scan, nerve, supplied=supplied))


def _arcs_um(profile: CircleProfile, analysis: RnflAnalysis) -> list[float | None]:
    return [
        mean * UM_PER_MM if mean is not None and share >= _LEAST_COVERAGE else None
        for mean, share in zip(profile.sectors(analysis), profile.coverage(analysis), strict=True)
    ]


def _subfields(
    report: PatternReport,
    star: StarScan,
    layers: SegmentedScan,
    maps: dict[str, Floats],
    laterality: Laterality | None,
) -> None:
    if not layers.classes:
        report.reasons["etdrs"] = "no layer is outlined on any B-scan"
        return
    retina = retina_layers(layers, maps)
    total_um = sum((maps[name] for name in retina.classes), start=np.zeros(layers.shape)) * (
        report.scan.pixel_spacing_row_mm * UM_PER_MM
    )
    rings: list[list[SectorStatistics]] = star.statistics(total_um, circle=ETDRS)
    parameters = {"used_layers": list(retina.classes)}
    how = ring_meta(rings, ETDRS, laterality, parameters=parameters, references=ETDRS_LITERATURE)
    report.put("etdrs", ring_means(rings), how)
    if report.request.store:
        report.not_stored["macular_report"] = (
            "the common centre of the spokes is aimed at the fovea, which nothing in the file proves"
        )
