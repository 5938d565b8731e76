"""``POST /plugins/oct/{instances|series}/{id}/compare``: what changed in an eye between two visits."""

import asyncio
from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from pydicom.dataset import Dataset

from ophtha_core.dicom.reading import known_text
from ophtha_core.errors import InvalidInput
from ophtha_core.oct.comparison import Comparison, compare_maps
from ophtha_core.oct.macula import AxisSource
from plugin.service.effects import COMPUTES
from plugin.service.errors import NotFound
from plugin.service.oct.answers import JsonAnswer, Meta
from plugin.service.oct.archive.examination import Examination, examine
from plugin.service.oct.archive.kept_segmentation import ReadSegmentations, ReadSegmentationsOf
from plugin.service.oct.archive.loading import Level, load_volume
from plugin.service.oct.archive.paths import ResourceId, ResourceLevel
from plugin.service.oct.archive.requests import ReportRequest
from plugin.service.oct.archive.results import NO_FOVEA
from plugin.service.oct.archive.stored_layers import FoundLayers, layers_of
from plugin.service.oct.arrays import as_rows
from plugin.service.oct.meta import ETDRS_LITERATURE, meta
from plugin.service.oct.routing import oct_router
from plugin.service.parts import Parts, PartsOf

router: APIRouter = oct_router(effect=COMPUTES)

_MAP_DECIMALS = 2


class CompareRequest(BaseModel):
    """The other visit."""

    model_config = ConfigDict(strict=True, extra="forbid")

    previous: str = Field(pattern="^[0-9a-fA-F-]{1,64}$", description="Orthanc's id of a series or an instance")
    computed: bool = Field(default=False, description="Use also layers that this service computed")


class SectorCoverage(BaseModel):
    """Share of a sector that each visit measured, 0 .. 1."""

    newer: float
    older: float


class ComparisonMeta(Meta):
    """How to read the changes."""

    newer: dict[str, object]
    older: dict[str, object]
    map_spacing_mm: float


class CompareAnswer(BaseModel):
    """Newer minus older, µm."""

    comparable: bool
    reason: str | None = Field(description="Why the numbers are not to be compared")
    etdrs: dict[str, dict[str, float | None]] = Field(description="By ring and sector, as get_etdrs names them")
    coverage: dict[str, dict[str, SectorCoverage]]
    map: list[list[float | None]] = Field(description="6 mm about the fovea, row 0 superior; null where not both")
    repeatability_um: dict[str, float] | None = Field(description="Change that two scans of one visit show by chance")
    days: int | None
    meta: ComparisonMeta


@dataclass(frozen=True, kw_only=True, eq=False)
class Visit:
    """A volume with its stored layers, and what it must have in common with another."""

    resource_id: str
    examination: Examination
    layers: FoundLayers

    @property
    def source(self) -> Dataset:
        """Header of the first image."""
        return self.examination.volume.source

    @property
    def day(self) -> date | None:
        """When it was scanned."""
        for keyword in ("AcquisitionDateTime", "AcquisitionDate", "StudyDate"):
            text = known_text(self.source, keyword)[:8]
            try:
                return date(int(text[:4]), int(text[4:6]), int(text[6:]))
            except ValueError:
                continue
        return None

    @property
    def device(self) -> tuple[str, str]:
        """Who made it."""
        return known_text(self.source, "Manufacturer"), known_text(self.source, "ManufacturerModelName")

    def described(self) -> dict[str, object]:
        """For `meta`."""
        found = self.examination
        return {
            "id": self.resource_id,
            "date": None if self.day is None else self.day.isoformat(),
            "device": " ".join(self.device).strip(),
            "layers": self.layers.used.model_dump(),
            "full_retina": None if found.retina is None or found.retina.border is None else found.retina.border.value,
            "centre": found.centre.source.value,
            "axis": found.axis.source.value,
            "assumed": list(found.geometry.assumed),
        }


@router.post("/{level}/{resource_id}/compare", response_model=CompareAnswer)
async def compare(
    parts: PartsOf,
    level: ResourceLevel,
    resource_id: ResourceId,
    segmentations: ReadSegmentationsOf,
    body: CompareRequest,
) -> JsonAnswer:
    """Change of retinal thickness between two visits of one eye, on the layers stored for each. For research only."""
    addressed = await _visit(parts, segmentations, level, resource_id, computed=body.computed)
    previous = await _previous(parts, segmentations, body)
    return await asyncio.to_thread(_compared, addressed, previous)


async def _visit(
    parts: Parts, segmentations: ReadSegmentations, level: Level, resource_id: str, *, computed: bool
) -> Visit:
    volume = await load_volume(parts, level, resource_id)
    request = ReportRequest(computed=computed)
    found = await layers_of(parts, segmentations, level, resource_id, volume=volume, request=request)
    if found is None:
        raise NotFound(f"No layers are stored for {resource_id}")
    return Visit(resource_id=resource_id, examination=examine(volume, request, found), layers=found)


async def _previous(parts: Parts, segmentations: ReadSegmentations, body: CompareRequest) -> Visit:
    """A series or an instance."""
    try:
        await parts.orthanc.get_json(f"/series/{body.previous}")
    except NotFound:
        return await _visit(parts, segmentations, Level.INSTANCES, body.previous, computed=body.computed)
    return await _visit(parts, segmentations, Level.SERIES, body.previous, computed=body.computed)


def _compared(addressed: Visit, previous: Visit) -> JsonAnswer:
    _require_one_eye(addressed, previous)
    newer, older = (previous, addressed) if _is_later(previous, addressed) else (addressed, previous)
    days = None if newer.day is None or older.day is None else (newer.day - older.day).days
    maps = [each.examination.thickness(_retina(each)) for each in (newer, older)]
    found = compare_maps(*maps, older_turn_deg=_turn_deg(newer, older))
    reason = _difference(newer, older, days=days)
    return JsonAnswer(
        {
            "comparable": reason is None,
            "reason": reason,
            **_rings(found),
            "map": as_rows(found.change_um.round(_MAP_DECIMALS)),
            "repeatability_um": None,
            "days": days or None,
            "meta": meta(
                names={"etdrs": "newer minus older"},
                units={"etdrs": "um", "map": "um", "days": "day"},
                parameters={"id": addressed.resource_id, "previous": previous.resource_id},
                references=ETDRS_LITERATURE,
                newer=newer.described(),
                older=older.described(),
                map_spacing_mm=found.grid.row_spacing_mm,
            ),
        }
    )


def _require_one_eye(addressed: Visit, previous: Visit) -> None:
    """Raise InvalidInput for another patient, eye or region."""
    if known_text(addressed.source, "PatientID") != known_text(previous.source, "PatientID"):
        raise InvalidInput("previous", "belongs to another patient")
    eyes = [each.examination.laterality for each in (addressed, previous)]
    if None in eyes or eyes[0] is not eyes[1]:
        raise InvalidInput("previous", "shows another eye, or one of both does not say which")
    regions = {each.examination.geometry.foreign_region for each in (addressed, previous)}
    if regions != {None}:
        raise InvalidInput("previous", "one of both shows neither macula nor optic disc")


def _is_later(one: Visit, other: Visit) -> bool:
    return one.day is not None and other.day is not None and one.day > other.day


def _retina(visit: Visit) -> tuple[str, ...]:
    retina = visit.examination.retina
    if retina is None or retina.border is None:
        reason = "no layers" if retina is None else retina.reason
        raise InvalidInput("layers", f"the full retina is compared, and {visit.resource_id} has none: {reason}")
    return retina.classes


def _turn_deg(newer: Visit, older: Visit) -> float:
    """How far the older eye is turned against the newer one, where both know fovea and disc."""
    axes = [each.examination.axis for each in (newer, older)]
    if any(axis.source is not AxisSource.FOVEA_DISC for axis in axes):
        return 0.0
    return axes[1].angle_deg - axes[0].angle_deg


def _difference(newer: Visit, older: Visit, *, days: int | None) -> str | None:
    """Why the numbers are not to be compared; None where they are."""
    if not days:
        return "the dates of the visits are missing or equal"
    if newer.device != older.device:
        return "the scans come from different devices"
    retinas = [each.examination.retina for each in (newer, older)]
    if len({None if each is None else each.border for each in retinas}) > 1:
        return "the retina ends at different borders"
    if (
        len(
            {(each.layers.used.source, each.layers.used.algorithm, each.layers.used.version) for each in (newer, older)}
        )
        > 1
    ):
        return "the layers come from different sources"
    assumed = sorted({name for each in (newer, older) for name in each.examination.geometry.assumed})
    if assumed:
        return f"assumed, not proven: {', '.join(assumed)}"
    if newer.examination.centre.is_assumed or older.examination.centre.is_assumed:
        return NO_FOVEA
    return None


def _rings(found: Comparison) -> dict[str, object]:
    return {
        "etdrs": {
            str(ring): {str(number): sector.change_um for number, sector in enumerate(sectors)}
            for ring, sectors in enumerate(found.rings)
        },
        "coverage": {
            str(ring): {
                str(number): {"newer": round(sector.newer_coverage, 9), "older": round(sector.older_coverage, 9)}
                for number, sector in enumerate(sectors)
            }
            for ring, sectors in enumerate(found.rings)
        },
    }
