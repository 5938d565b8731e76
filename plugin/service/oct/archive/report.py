"""The report: geometry, every analysis the input allows, and what was stored of it."""

from dataclasses import dataclass

from pydicom.dataset import Dataset

from ophtha_core.oct.dicom.volume import OctVolume
from ophtha_core.oct.thickness import ThicknessUnit
from plugin.service.oct.archive.analyses import Findings, analyse
from plugin.service.oct.archive.examination import Examination, examine
from plugin.service.oct.archive.geometry import GeometryAnswer, geometry_answer
from plugin.service.oct.archive.requests import ReportRequest
from plugin.service.oct.archive.results import Results, results_of
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
    geometry: GeometryAnswer
    findings: Findings
    results: Results | None

    @property
    def objects(self) -> list[Dataset]:
        """What to store."""
        return [] if self.results is None else self.results.objects

    def content(self, stored: list[StoredObject]) -> dict[str, object]:
        """The answer; it says why an object asked for was not stored, whether or not `meta` was."""
        content: dict[str, object] = {
            "geometry": self.geometry.model_dump(mode="json"),
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
            **({} if retina is None or not retina.reason else {"full_retina": retina.reason}),
        )


def make_report(volume: OctVolume, request: ReportRequest) -> Report:
    """Check, analyse and, where asked, build the objects to store. Raises InvalidInput naming the field."""
    examination = examine(volume, request)
    geometry = geometry_answer(volume.geometry)
    return Report(
        examination=examination,
        geometry=geometry.model_copy(update={"laterality": examination.laterality}),
        findings=analyse(examination),
        results=results_of(examination) if request.store else None,
    )


def _part(findings: Findings, key: str) -> dict[str, object] | None:
    parts = {section: each[key] for section, each in findings.meta.items() if isinstance(each, dict) and each.get(key)}
    return parts or None


def _references(findings: Findings) -> list[str]:
    found = [
        reference
        for each in findings.meta.values()
        if isinstance(each, dict)
        for reference in each.get("references", [])
    ]
    return list(dict.fromkeys(found))
