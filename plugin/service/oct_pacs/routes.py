"""``/plugins/oct/{instances|series}/{id}/{geometry|report}``."""

import asyncio

from pydantic import BaseModel, Field

from plugin.service.oct.answers import Meta
from plugin.service.oct.wire import JsonAnswer, oct_router
from plugin.service.oct_pacs.geometry import GeometryAnswer, geometry_answer
from plugin.service.oct_pacs.loading import load_volume
from plugin.service.oct_pacs.paths import ResourceId, ResourceLevel
from plugin.service.oct_pacs.report import make_report
from plugin.service.oct_pacs.requests import ReportRequest
from plugin.service.oct_pacs.storing import StoredObject, store_once
from plugin.service.parts import PartsOf

router = oct_router()


class ReportMeta(Meta):
    """How to read the report, and why a part of it is null."""

    reasons: dict[str, str] = Field(description="Why a section is null")
    not_stored: dict[str, str] = Field(description="Why an object was not stored")


class ReportAnswer(BaseModel):
    """Sections are answers of the endpoints of the same names; null where the input does not allow one."""

    geometry: GeometryAnswer
    thickness_maps: dict[str, list[list[float | None]]] | None
    etdrs: dict[str, object] | None
    gcc: dict[str, object] | None
    hemispheres: dict[str, object] | None
    glaucoma: dict[str, object] | None
    pathologies: dict[str, object] | None
    odn: dict[str, object] | None
    rnfl: dict[str, object] | None
    stored: list[StoredObject]
    meta: ReportMeta | None = Field(default=None, description="With include_meta, or where an object was not stored")


@router.get("/{level}/{resource_id}/geometry")
async def get_geometry(parts: PartsOf, level: ResourceLevel, resource_id: ResourceId) -> GeometryAnswer:
    """The parameters the analytic endpoints take, read from DICOM. Radial and circle scans: 422."""
    return geometry_answer((await load_volume(parts, level, resource_id)).geometry)


@router.post("/{level}/{resource_id}/report", response_model=ReportAnswer)
async def post_report(parts: PartsOf, level: ResourceLevel, resource_id: ResourceId, body: ReportRequest) -> JsonAnswer:
    """All analyses of one volume; `store` writes the results into its study. For research, not a diagnosis."""
    volume = await load_volume(parts, level, resource_id)
    report = await asyncio.to_thread(make_report, volume, body)
    stored = await store_once(parts, report.objects, source=resource_id) if report.objects else []
    return await asyncio.to_thread(JsonAnswer, report.content(stored))
