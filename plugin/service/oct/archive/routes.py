"""``/plugins/oct/{instances|series}/{id}/{geometry|report}``."""

import asyncio

from ophtha_core.oct.dicom.geometry import require_plausible
from ophtha_core.oct.dicom.patterns import PatternScan
from plugin.service.effects import READS, WRITES
from plugin.service.oct.answers import JsonAnswer
from plugin.service.oct.archive.geometry import GeometryAnswer, geometry_answer
from plugin.service.oct.archive.kept_segmentation import ReadSegmentationsOf
from plugin.service.oct.archive.loading import load_scan
from plugin.service.oct.archive.paths import ResourceId, ResourceLevel
from plugin.service.oct.archive.patterns import (
    PatternGeometry,
    PatternReport,
    make_pattern_report,
    pattern_geometry,
)
from plugin.service.oct.archive.report import Report, make_report
from plugin.service.oct.archive.report_answer import ReportAnswer
from plugin.service.oct.archive.requests import ReportRequest
from plugin.service.oct.archive.stored_layers import layers_of
from plugin.service.oct.archive.storing import store_once
from plugin.service.oct.routing import oct_router
from plugin.service.parts import PartsOf

router = oct_router()


@router.get("/{level}/{resource_id}/geometry", dependencies=[READS])
async def get_geometry(
    parts: PartsOf, level: ResourceLevel, resource_id: ResourceId
) -> GeometryAnswer | PatternGeometry:
    """The parameters the analytic endpoints take, read from DICOM; of circle and radial scans, where they lie."""
    scan = await load_scan(parts, level, resource_id)
    if isinstance(scan, PatternScan):
        return pattern_geometry(scan)
    require_plausible(scan.geometry)
    return geometry_answer(scan.geometry)


@router.post("/{level}/{resource_id}/report", response_model=ReportAnswer, dependencies=[WRITES])
async def post_report(
    parts: PartsOf,
    level: ResourceLevel,
    resource_id: ResourceId,
    segmentations: ReadSegmentationsOf,
    body: ReportRequest,
) -> JsonAnswer:
    """All analyses of one volume; `store` writes the results into its study. For research, not a diagnosis."""
    scan = await load_scan(parts, level, resource_id)
    report: Report | PatternReport
    if isinstance(scan, PatternScan):
        report = await asyncio.to_thread(make_pattern_report, scan, body)
    else:
        layers = await layers_of(parts, segmentations, level, resource_id, volume=scan, request=body)
        report = await asyncio.to_thread(make_report, scan, body, layers)
    stored = await store_once(parts, report.objects, source=resource_id)
    return await asyncio.to_thread(JsonAnswer, report.content(stored))
