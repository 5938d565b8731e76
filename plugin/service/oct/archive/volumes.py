"""``/plugins/oct/series/{id}/volumes``: the volumes of a series, and where each of their B-scans lies."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, cast
from urllib.parse import quote

from fastapi import Path
from pydantic import BaseModel, Field, JsonValue

from ophtha_core.errors import InvalidInput, OphthaError
from ophtha_core.oct.dicom.volume import OctVolume
from plugin.service.effects import READS
from plugin.service.oct.archive.geometry import GeometryAnswer, geometry_answer
from plugin.service.oct.archive.kept_segmentation import has_segmentation
from plugin.service.oct.archive.loading import Level, load_volume
from plugin.service.oct.archive.stored_layers import height_maps
from plugin.service.oct.routing import oct_router
from plugin.service.pacs.orthanc import Orthanc
from plugin.service.parts import Parts, PartsOf

router = oct_router(effect=READS)

_SeriesId = Annotated[str, Path(description="Orthanc's identifier", pattern="^[0-9a-fA-F-]{1,64}$")]
_Object = dict[str, JsonValue]


class BScanPlace(BaseModel):
    """Where a B-scan is stored: its instance, and its frame in it from 0."""

    instance: str
    frame: int


class VolumeDescription(BaseModel):
    """One volume; its routes begin with ``/plugins/oct/{level}/{id}/``."""

    level: Level
    id: str
    geometry: GeometryAnswer
    segmentation_kept: bool = Field(description="A segmentation is kept with the volume, or its layers are stored")
    b_scans: list[BScanPlace] = Field(description="In the order of the volume, as segmentations name them")


class SeriesVolumes(BaseModel):
    """Multi-frame images are volumes of their own; single images of a series make one together."""

    volumes: list[VolumeDescription]
    unusable: list[str] = Field(description="Why the other images are no volume")


@dataclass(frozen=True, kw_only=True, eq=False)
class FoundVolume:
    """A volume, what Orthanc calls it, and Orthanc's identifiers of its images by SOP Instance UID."""

    level: Level
    id: str
    volume: OctVolume
    identifiers: Mapping[str, str]


@router.get("/series/{series_id}/volumes")
async def series_volumes(series_id: _SeriesId, parts: PartsOf) -> SeriesVolumes:
    """The volumes of a series, with their geometry. Images that make none are no error: `unusable` says why."""
    found, unusable = await volumes_of(parts, series_id)
    volumes = []
    for each in found:
        kept = await has_segmentation(parts.orthanc, each.level, each.id)
        volumes.append(_described(each, kept=kept or await _is_stored(parts, series_id, each.volume)))
    return SeriesVolumes(volumes=volumes, unusable=unusable)


async def volumes_of(parts: Parts, series_id: str) -> tuple[list[FoundVolume], list[str]]:
    """The volumes of a series, and why its other images are none. Raises NotFound."""
    instances = cast("list[_Object]", await parts.orthanc.get_json(f"/series/{quote(series_id, safe='')}/instances"))
    identifiers = {_tag(each, "SOPInstanceUID"): str(each["ID"]) for each in instances}
    whole = [
        str(each["ID"])
        for each in instances
        if len(instances) == 1 or _tag(each, "NumberOfFrames") not in ("", "0", "1")
    ]
    candidates = [(Level.INSTANCES, each) for each in sorted(whole)] or [(Level.SERIES, series_id)]
    found: list[FoundVolume] = []
    unusable: list[str] = []
    for level, resource_id in candidates:
        try:
            volume = await load_volume(parts, level, resource_id)
        except OphthaError as error:
            if isinstance(error, InvalidInput) and error.field == "ConcatenationUID" and level is Level.INSTANCES:
                return await _joined(parts, series_id, identifiers)
            unusable.append(str(error))
            continue
        if len(candidates) == 1 and level is Level.INSTANCES:
            level, resource_id = await _keeper(parts.orthanc, resource_id, series_id)
        found.append(FoundVolume(level=level, id=resource_id, volume=volume, identifiers=identifiers))
    return found, unusable


async def _joined(parts: Parts, series_id: str, identifiers: Mapping[str, str]) -> tuple[list[FoundVolume], list[str]]:
    """The volume that the parts of a concatenation make together."""
    try:
        volume = await load_volume(parts, Level.SERIES, series_id)
    except OphthaError as error:
        return [], [str(error)]
    return [FoundVolume(level=Level.SERIES, id=series_id, volume=volume, identifiers=identifiers)], []


async def _is_stored(parts: Parts, series_id: str, volume: OctVolume) -> bool:
    """Whether the study holds surfaces of the volume, computed ones included: the dashboard says which they are."""
    uids = {str(each.source.SOPInstanceUID) for each in volume.bscans}
    stored = await height_maps(parts, Level.SERIES, series_id, without=uids)
    return any(uids & each.source_uids for each in stored)


async def _keeper(orthanc: Orthanc, instance_id: str, series_id: str) -> tuple[Level, str]:
    """Of an instance that is alone in its series: the level at which a segmentation is kept; its own when at none."""
    if not await has_segmentation(orthanc, Level.INSTANCES, instance_id) and await has_segmentation(
        orthanc, Level.SERIES, series_id
    ):
        return Level.SERIES, series_id
    return Level.INSTANCES, instance_id


def _described(found: FoundVolume, *, kept: bool) -> VolumeDescription:
    return VolumeDescription(
        level=found.level,
        id=found.id,
        geometry=geometry_answer(found.volume.geometry),
        segmentation_kept=kept,
        b_scans=[
            BScanPlace(instance=found.identifiers[str(b_scan.source.SOPInstanceUID)], frame=b_scan.frame)
            for b_scan in found.volume.bscans
        ],
    )


def _tag(instance: _Object, name: str) -> str:
    tags = instance.get("MainDicomTags")
    return str(tags.get(name, "")).strip() if isinstance(tags, dict) else ""
