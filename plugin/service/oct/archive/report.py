"""The report: geometry, every analysis the input allows, and what was stored of it."""

from dataclasses import dataclass
from typing import cast

from pydicom.dataset import Dataset

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.dicom.volume import OctVolume
from ophtha_core.oct.full_retina import columns_without
from ophtha_core.oct.thickness import ThicknessUnit
from plugin.service.oct.archive.analyses import Findings, analyse
from plugin.service.oct.archive.examination import Examination, examine
from plugin.service.oct.archive.geometry import ReportGeometry, geometry_values
from plugin.service.oct.archive.requests import CENTRE, ReportRequest
from plugin.service.oct.archive.results import NO_FOVEA, Results, results_of
from plugin.service.oct.archive.stored_layers import FoundLayers, LayersUsed
from plugin.service.oct.archive.storing import StoredObject
from plugin.service.oct.meta import meta

_UNITS = {
    "etdrs": "um",
    "gcc": "um",
    "hemispheres": "um",
    "areas": "mm2",
    "volumes": "mm3",
    "distance_to_fovea_center": "mm",
    "odn": "mm, mm2; points px",
    "rnfl": "mm",
    "geometry": "mm",
}


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report before anything is stored; ``results`` is None unless storing was asked for."""

    examination: Examination
    geometry: ReportGeometry
    findings: Findings
    results: Results | None
    layers: LayersUsed | None

    @property
    def objects(self) -> list[Dataset]:
        """What to store."""
        return [] if self.results is None else self.results.objects

    def content(self, stored: list[StoredObject]) -> dict[str, object]:
        """The answer; it says why an object asked for was not stored, whether or not `meta` was."""
        content: dict[str, object] = {
            "geometry": self.geometry.model_dump(mode="json"),
            **({} if self.layers is None else {"layers": self.layers.model_dump()}),
            **self.findings.sections,
            "stored": [each.model_dump() for each in stored],
        }
        withheld = {} if self.results is None else self.results.reasons
        if self.examination.request.include_meta or withheld:
            content["meta"] = self._meta(withheld)
        return content

    def _meta(self, withheld: dict[str, str]) -> dict[str, object]:
        request, retina = self.examination.request, self.examination.retina
        reasons = dict(self.findings.reasons)
        if self.results is None:
            reasons["stored"] = "store was not asked for"
        return meta(
            names={} if retina is None else {"etdrs": {"used_layers": list(retina.classes)}},
            units={"thickness_maps": ThicknessUnit(request.thickness_unit).value, **_UNITS},
            parameters={**request.parameters(), "laterality": self.geometry.laterality},
            coverage=_part(self.findings, "coverage"),
            areas_mm2=_part(self.findings, "areas_mm2"),
            references=_references(self.findings),
            reasons=reasons,
            not_stored=withheld,
            sections=self.findings.meta,
            centre=self.examination.centre.source.value,
            axis={"source": self.examination.axis.source.value, "axis_deg": self.examination.axis.angle_deg},
            operator_supplied=list(self.examination.supplied),
            zero_by_absence=self._zero_by_absence(),
            **({} if retina is None or not retina.reason else {"full_retina": retina.reason}),
        )

    def _zero_by_absence(self) -> dict[str, int]:
        """Of each class, the columns where it is 0 because another class was drawn there and it was not."""
        layers = self.examination.layers
        if layers is None or self.examination.surfaces is not None:
            return {}
        return {name: int(columns_without(layers, name).sum()) for name in layers.classes}


def make_report(volume: OctVolume, request: ReportRequest, stored: FoundLayers | None = None) -> Report:
    """Check, analyse and, where asked, build the objects to store. Raises InvalidInput naming the field.

    ``stored`` are layers of the archive for a request that brings none.
    """
    if stored is None and request.layers is request.pathologies is request.landmarks is None:
        raise InvalidInput("layers", "layers, pathologies or landmarks must be given: no layers are stored")
    examination = examine(volume, request, stored)
    return Report(
        examination=examination,
        geometry=_geometry(examination),
        findings=analyse(examination),
        results=results_of(examination) if request.store else None,
        layers=None if stored is None else stored.used,
    )


def _geometry(examination: Examination) -> ReportGeometry:
    """The geometry used; the centre is assumed where it is no more than the middle of the scan."""
    values, centre = geometry_values(examination.geometry), examination.centre
    values["exam_center_coordinate_xz"] = [centre.column, centre.slice_index]
    if centre.is_assumed:
        reasons = {**examination.geometry.reasons, CENTRE: NO_FOVEA}
        values |= {"reasons": reasons, "assumed": sorted(reasons)}
    return ReportGeometry.model_validate(values)


def _part(findings: Findings, key: str) -> dict[str, object] | None:
    parts = {section: each[key] for section, each in findings.meta.items() if each.get(key)}
    return parts or None


def _references(findings: Findings) -> list[str]:
    found = [
        reference for each in findings.meta.values() for reference in cast("list[str]", each.get("references", []))
    ]
    return list(dict.fromkeys(found))
