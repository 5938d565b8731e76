"""Layers that lie in the archive for a volume: surfaces in its study, or the segmentation kept with it."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import cast
from urllib.parse import quote

from pydantic import BaseModel, Field, JsonValue

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.dicom.height_map import GIVEN_BY_CALLER, AlgorithmType, HeightMap
from ophtha_core.oct.dicom.volume import OctVolume
from ophtha_core.oct.layer_surfaces import LayerSurfaces
from plugin.service.errors import NotFound, Unprocessable
from plugin.service.oct.archive.kept_segmentation import ReadSegmentations
from plugin.service.oct.archive.loading import Level, read_files
from plugin.service.oct.archive.opening import read_layers
from plugin.service.oct.archive.requests import LayerReference, ReportRequest
from plugin.service.parts import Parts

KEPT = "kept with the volume"


class LayersUsed(BaseModel):
    """Where the layers of a report come from, when the request did not bring them."""

    instance: str | None = Field(description="SOP Instance UID of a height map; null for the segmentation that is kept")
    source: str = Field(description="Segment Algorithm Type, or that the segmentation is kept with the volume")
    algorithm: str = Field(description="Empty where a person drew them")
    version: str
    computed: bool = Field(description="Found by this service in the B-scans, and reviewed by nobody")

    @property
    def named(self) -> str:
        """Algorithm and version in one line."""
        return f"{self.algorithm} {self.version}".strip()


@dataclass(frozen=True, kw_only=True, eq=False)
class FoundLayers:
    """Layers of a volume, as surfaces or as outlines, and where they come from."""

    used: LayersUsed
    surfaces: LayerSurfaces | None = None
    outlines: list[object] | None = None

    def slices(self) -> list[object]:
        """The layers as polygons, one entry for each B-scan."""
        return list(self.surfaces.outlines()) if self.surfaces is not None else self.outlines or []


async def layers_of(
    parts: Parts,
    segmentations: ReadSegmentations,
    level: Level,
    resource_id: str,
    *,
    volume: OctVolume,
    request: ReportRequest,
) -> FoundLayers | None:
    """What the request points at, or the best that is stored where it brings none; None where it does, or nothing is.

    A person's surfaces come first, then corrected ones, the kept segmentation, and those of a device; what this service
    computed is used only where `computed` asks for it. Raises NotFound, InvalidInput naming the field.
    """
    if isinstance(request.layers, LayerReference):
        found = await read_files(parts, Level.INSTANCES, request.layers.instance, read_layers)
        if found[0] is None:
            raise InvalidInput("layers.instance", "is no height map of retinal surfaces")
        return _on(volume, found[0])
    if request.layers is not None:
        return None
    uids = {str(bscan.source.SOPInstanceUID) for bscan in volume.bscans}
    stored = [each for each in await height_maps(parts, level, resource_id, without=uids) if uids & each.source_uids]
    for kind in (AlgorithmType.MANUAL, AlgorithmType.SEMIAUTOMATIC):
        if best := _newest(each for each in stored if each.made_by.kind is kind):
            return _on(volume, best)
    kept = await _kept(parts, segmentations, level, resource_id)
    if kept is not None:
        return kept
    best = _newest(each for each in stored if not is_computed(each) or request.computed)
    return None if best is None else _on(volume, best)


def is_computed(found: HeightMap) -> bool:
    """Surfaces that this service found in the B-scans itself."""
    return (
        found.is_ours
        and found.made_by.kind is AlgorithmType.AUTOMATIC
        and found.made_by.algorithm != GIVEN_BY_CALLER.algorithm
    )


def _on(volume: OctVolume, found: HeightMap) -> FoundLayers:
    used = LayersUsed(
        instance=found.sop_instance_uid,
        source=found.made_by.kind.value,
        algorithm=found.made_by.algorithm,
        version=found.made_by.version,
        computed=is_computed(found),
    )
    return FoundLayers(used=used, surfaces=found.on(volume))


def _newest(found: Iterable[HeightMap]) -> HeightMap | None:
    return max(found, key=lambda each: (each.made_at, each.sop_instance_uid), default=None)


async def _kept(parts: Parts, segmentations: ReadSegmentations, level: Level, resource_id: str) -> FoundLayers | None:
    try:
        kept = await segmentations.read(parts, level, resource_id)
    except NotFound:
        return None
    if not isinstance(kept.layers, list):
        return None
    used = LayersUsed(instance=None, source=KEPT, algorithm="", version="", computed=False)
    return FoundLayers(used=used, outlines=kept.layers)


async def height_maps(parts: Parts, level: Level, resource_id: str, *, without: set[str]) -> list[HeightMap]:
    """Height maps of the study: in series of segmentations, and in the series of the volume beside its images."""
    series_id = resource_id
    if level is Level.INSTANCES:
        instance = await parts.orthanc.get_json(f"/instances/{quote(resource_id, safe='')}")
        series_id = str(cast("dict[str, JsonValue]", instance)["ParentSeries"])
    own = cast("dict[str, JsonValue]", await parts.orthanc.get_json(f"/series/{quote(series_id, safe='')}"))
    study = str(own["ParentStudy"])
    series = cast("list[dict[str, JsonValue]]", await parts.orthanc.get_json(f"/studies/{study}/series"))
    candidates = [str(each["ID"]) for each in series if _tag(each, "Modality") == "SEG" or each["ID"] == series_id]
    found: list[HeightMap] = []
    for identifier in candidates:
        listed = await parts.orthanc.get_json(f"/series/{identifier}/instances")
        for each in cast("list[dict[str, JsonValue]]", listed):
            if _tag(each, "SOPInstanceUID") in without:
                continue
            # An object of somebody else's that cannot be read is no reason to refuse the volume beside it.
            with suppress(NotFound, Unprocessable):
                read = await read_files(parts, Level.INSTANCES, str(each["ID"]), read_layers)
                found += [one for one in read if one is not None]
    return found


def _tag(resource: dict[str, JsonValue], name: str) -> str:
    tags = resource.get("MainDicomTags")
    return str(tags.get(name, "")).strip() if isinstance(tags, dict) else ""
