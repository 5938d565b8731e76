"""Thickness maps that lie in the archive: given as such, or stored for an OCT volume by a report."""

from enum import StrEnum
from typing import Final, cast
from urllib.parse import quote

from pydantic import JsonValue
from pydicom.dataset import Dataset
from pydicom.uid import OphthalmicThicknessMapStorage

from ophtha_core.dicom.reading import items_of
from ophtha_core.oct.dicom.codes import RetinalThickness
from ophtha_core.oct.dicom.thickness_map import measured_thickness
from plugin.service.errors import NotFound
from plugin.service.oct_pacs.loading import Level, load_images
from plugin.service.orthanc_client import Orthanc


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


async def find_map(orthanc: Orthanc, level: Level, resource_id: str, *, kind: MapKind | None) -> Dataset:
    """The newest map of the kind (None: retina before ganglion cells before nerve fibres). Raises NotFound."""
    images = await load_images(orthanc, level, resource_id, headers_only=False)
    maps = [image for image in images if _is_map(image)]
    if not maps:
        sources = {str(image.SOPInstanceUID) for image in images}
        maps = [each for each in await _maps_of_study(orthanc, level, resource_id) if sources & _sources_of(each)]
    order = list(MapKind)
    wanted = [each for each in maps if kind is None or KINDS[measured_thickness(each)] is kind]
    if not wanted:
        raise NotFound("No such thickness map is stored here: a report with store writes them")
    return min(wanted, key=lambda each: (order.index(KINDS[measured_thickness(each)]), _newest_first(each)))


def _newest_first(image: Dataset) -> tuple[int, ...]:
    return tuple(-ord(letter) for letter in f"{image.get('ContentDate', '')}{image.get('ContentTime', '')}")


def _is_map(image: Dataset) -> bool:
    return bool(image.get("SOPClassUID") == OphthalmicThicknessMapStorage)


def _sources_of(image: Dataset) -> set[str]:
    return {str(item.ReferencedSOPInstanceUID) for item in items_of(image, "SourceImageSequence")}


async def _maps_of_study(orthanc: Orthanc, level: Level, resource_id: str) -> list[Dataset]:
    series_id = resource_id
    if level is Level.INSTANCES:
        instance = cast("dict[str, JsonValue]", await orthanc.get_json(f"/instances/{quote(resource_id, safe='')}"))
        series_id = str(instance["ParentSeries"])
    study = cast("dict[str, JsonValue]", await orthanc.get_json(f"/series/{series_id}"))["ParentStudy"]
    series = cast("list[dict[str, JsonValue]]", await orthanc.get_json(f"/studies/{study}/series"))
    modalities = {str(each["ID"]): cast("dict[str, str]", each["MainDicomTags"]).get("Modality") for each in series}
    maps: list[Dataset] = []
    for identifier, modality in modalities.items():
        if modality == "OPM":
            maps += await load_images(orthanc, Level.SERIES, identifier, headers_only=False)
    return [each for each in maps if _is_map(each)]
