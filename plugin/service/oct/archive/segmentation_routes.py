"""``/plugins/oct/{instances|series}/{id}/segmentation``: keep a segmentation, show it, report on it."""

import asyncio
from contextlib import suppress
from typing import Annotated, Final, cast

import numpy as np
from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.dicom.volume import OctVolume
from ophtha_core.oct.thickness import ThicknessUnit
from plugin.service.effects import READS, WRITES
from plugin.service.errors import NotFound
from plugin.service.oct.answers import JsonAnswer
from plugin.service.oct.archive.kept_segmentation import (
    ReadSegmentations,
    ReadSegmentationsOf,
    has_segmentation,
    write_segmentation,
)
from plugin.service.oct.archive.loading import Level, load_any_volume
from plugin.service.oct.archive.paths import ResourceId, ResourceLevel
from plugin.service.oct.archive.report import make_report
from plugin.service.oct.archive.report_answer import ReportAnswer
from plugin.service.oct.archive.requests import LayerReference, ReportRequest
from plugin.service.oct.archive.stored_layers import FoundLayers, layers_of
from plugin.service.oct.archive.storing import store_once
from plugin.service.oct.arrays import as_rows
from plugin.service.oct.routing import oct_router
from plugin.service.parts import Parts, PartsOf

router = oct_router()

_MAP_DECIMALS: Final = 2


class KeptSegmentation(BaseModel):
    """Whether a segmentation is kept for a volume."""

    kept: bool


class SliceAnswer(BaseModel):
    """The segmentation of one B-scan, in the shapes it was given in."""

    layers: object | None
    pathologies: object | None


class StoredReportRequest(BaseModel):
    """What to do with the report on the segmentation that is kept."""

    model_config = ConfigDict(extra="forbid")

    store: bool = Field(default=False, description="Write SR, thickness maps and segmentation into the study")


@router.put("/{level}/{resource_id}/segmentation", dependencies=[WRITES])
async def keep(
    request: Request, parts: PartsOf, level: ResourceLevel, resource_id: ResourceId, body: ReportRequest
) -> KeptSegmentation:
    """Keep what a segmentation model found in a volume; the body is that of `report`, without `store`."""
    volume = await load_any_volume(parts, level, resource_id)
    if isinstance(body.layers, LayerReference):
        raise InvalidInput("layers", "what is stored as a height map need not be kept once more")
    await asyncio.to_thread(make_report, volume, body.model_copy(update={"store": False}))
    await write_segmentation(parts.orthanc, level, resource_id, await request.body())
    parts.audit.write("oct segmentation kept", user=None, resources=[resource_id])
    return KeptSegmentation(kept=True)


@router.get("/{level}/{resource_id}/segmentation", dependencies=[READS])
async def is_kept(parts: PartsOf, level: ResourceLevel, resource_id: ResourceId) -> KeptSegmentation:
    """Whether a segmentation is kept for a volume."""
    return KeptSegmentation(kept=await has_segmentation(parts.orthanc, level, resource_id))


@router.get("/{level}/{resource_id}/segmentation/slice", response_model=SliceAnswer, dependencies=[READS])
async def one_slice(
    parts: PartsOf,
    level: ResourceLevel,
    resource_id: ResourceId,
    segmentations: ReadSegmentationsOf,
    index: Annotated[int, Query(ge=0, description="B-scan, in the order of the volume")],
) -> JsonAnswer:
    """What the kept segmentation, or the stored one that goes before it, says of one B-scan."""
    volume = await load_any_volume(parts, level, resource_id)
    kept, found = await _known(parts, segmentations, level, resource_id, volume)
    layers = None if found is None else found.slices()
    return JsonAnswer({"layers": _entry(layers, index), "pathologies": _entry(kept.pathologies, index)})


@router.post("/{level}/{resource_id}/segmentation/report", response_model=ReportAnswer, dependencies=[WRITES])
async def report(
    parts: PartsOf,
    level: ResourceLevel,
    resource_id: ResourceId,
    segmentations: ReadSegmentationsOf,
    wish: StoredReportRequest,
) -> JsonAnswer:
    """The report on what is kept or stored, with `meta`; maps in µm to a hundredth. For research only.

    What this service computed is used where nothing better is stored; `layers.computed` says so.
    """
    volume = await load_any_volume(parts, level, resource_id)
    kept, found = await _known(parts, segmentations, level, resource_id, volume)
    changes = {"store": wish.store, "include_meta": True, "thickness_unit": ThicknessUnit.UM}
    if found is not None and found.outlines is not None:
        # What is kept is as good as given, and is stored as such.
        changes["layers"], found = found.outlines, None
    made = await asyncio.to_thread(make_report, volume, kept.model_copy(update=changes), found)
    stored = await store_once(parts, made.objects, source=resource_id)
    return await asyncio.to_thread(_answer, made.content(stored))


async def _known(
    parts: Parts, segmentations: ReadSegmentations, level: Level, resource_id: str, volume: OctVolume
) -> tuple[ReportRequest, FoundLayers | None]:
    """What is kept beside the layers, and the best layers there are. Raises NotFound where there is nothing."""
    kept: ReportRequest | None = None
    with suppress(NotFound):
        kept = await segmentations.read(parts, level, resource_id)
    changes = {"layers": None, "computed": True}
    request = ReportRequest(computed=True) if kept is None else kept.model_copy(update=changes)
    found = await layers_of(parts, segmentations, level, resource_id, volume=volume, request=request)
    if kept is None and found is None:
        raise NotFound("No segmentation is kept or stored for this volume; PUT one")
    return request, found


def _answer(content: dict[str, object]) -> JsonAnswer:
    """Of a map of micrometres, digits beyond the hundredth are noise, and three quarters of the bytes."""
    maps = cast("dict[str, list[list[float]]] | None", content["thickness_maps"])
    if maps is not None:
        content["thickness_maps"] = {layer: as_rows(np.round(rows, _MAP_DECIMALS)) for layer, rows in maps.items()}
    return JsonAnswer(content)


def _entry(slices: object, index: int) -> object | None:
    if slices is None:
        return None
    if not isinstance(slices, list) or index >= len(slices):
        raise InvalidInput("index", "there is no such B-scan in the segmentation")
    entry: object = slices[index]
    return entry
