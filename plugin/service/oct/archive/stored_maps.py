"""Thickness maps that lie in the archive: given as such, or stored for an OCT volume by a report."""

from enum import StrEnum
from typing import Final, cast
from urllib.parse import quote

from pydantic import JsonValue

from ophtha_core.oct.dicom.codes import RetinalThickness
from plugin.service.errors import NotFound
from plugin.service.oct.archive.loading import Level, read_files
from plugin.service.oct.archive.opening import StoredMap, read_map
from plugin.service.parts import Parts


class MapKind(StrEnum):
    """What a picture shows."""

    RETINA = "retina"
    GANGLION_CELLS = "gcc"
    RNFL = "rnfl"


KINDS: Final = {
    RetinalThickness.ILM_TO_RPE: MapKind.RETINA,
    RetinalThickness.ILM_TO_BM: MapKind.RETINA,
    RetinalThickness.GANGLION_CELL_COMPLEX: MapKind.GANGLION_CELLS,
    RetinalThickness.RNFL: MapKind.RNFL,
}


async def find_map(parts: Parts, level: Level, resource_id: str, *, kind: MapKind | None) -> StoredMap:
    """The newest map of the kind (None: retina before ganglion cells before nerve fibres). Raises NotFound."""
    found = await read_files(parts, level, resource_id, read_map)
    maps = [each.map for each in found if each.map is not None]
    if not maps:
        sources = {each.sop_instance_uid for each in found}
        maps = [each for each in await _maps_of_study(parts, level, resource_id) if sources & each.sources]
    order = list(MapKind)
    wanted = [each for each in maps if kind is None or KINDS[each.measured] is kind]
    if not wanted:
        raise NotFound("No such thickness map is stored here: a report with store writes them")
    newest_first = sorted(wanted, key=lambda each: each.made_at, reverse=True)
    return min(newest_first, key=lambda each: order.index(KINDS[each.measured]))


async def _maps_of_study(parts: Parts, level: Level, resource_id: str) -> list[StoredMap]:
    series_id = resource_id
    if level is Level.INSTANCES:
        instance = await parts.orthanc.get_json(f"/instances/{quote(resource_id, safe='')}")
        series_id = str(cast("dict[str, JsonValue]", instance)["ParentSeries"])
    study = cast("dict[str, JsonValue]", await parts.orthanc.get_json(f"/series/{series_id}"))["ParentStudy"]
    series = cast("list[dict[str, JsonValue]]", await parts.orthanc.get_json(f"/studies/{study}/series"))
    modalities = {str(each["ID"]): cast("dict[str, str]", each["MainDicomTags"]).get("Modality") for each in series}
    maps: list[StoredMap] = []
    for identifier, modality in modalities.items():
        if modality == "OPM":
            found = await read_files(parts, Level.SERIES, identifier, read_map)
            maps += [each.map for each in found if each.map is not None]
    return maps
