"""An OCT volume out of Orthanc: the image or the series asked for, and the fundus images its frames refer to."""

import asyncio
from enum import StrEnum
from typing import cast
from urllib.parse import quote

from pydantic import JsonValue
from pydicom.dataset import Dataset
from pydicom.uid import OphthalmicTomographyImageStorage

from ophtha_core.dicom.reading import read_dataset, value_of
from ophtha_core.errors import InvalidInput
from ophtha_core.oct.dicom.volume import OctVolume, read_oct_volume
from plugin.service.errors import NotFound
from plugin.service.orthanc_client import Orthanc

FETCHED_AT_ONCE = 8
_MODALITIES = frozenset({"OPT", "OP", "OT", "OCT", "SC", "XC"})
"""What devices call a B-scan; a legacy series names no SOP class of its own."""


class Level(StrEnum):
    """What an identifier names."""

    INSTANCES = "instances"
    SERIES = "series"


async def load_volume(orthanc: Orthanc, level: Level, resource_id: str) -> OctVolume:
    """The volume, without its pixels. Raises NotFound, InvalidInput naming what makes it none."""
    images = [image for image in await load_images(orthanc, level, resource_id) if is_image(image)]
    if not images:
        raise InvalidInput("SOPClassUID", f"the {_SINGULAR[level]} holds no image")
    for image in images:
        _require_oct(image)
    volume = read_oct_volume(images)
    if not volume.localizer_uids:
        return volume
    localizers = await _localizers(orthanc, volume.localizer_uids)
    return read_oct_volume(images, localizers=localizers)


async def load_images(orthanc: Orthanc, level: Level, resource_id: str, *, headers_only: bool = True) -> list[Dataset]:
    """Every instance of the resource. Raises NotFound."""
    instances = [resource_id]
    if level is Level.SERIES:
        series = cast("dict[str, JsonValue]", await orthanc.get_json(f"/series/{quote(resource_id, safe='')}"))
        instances = [str(each) for each in cast("list[str]", series["Instances"])]
    gate = asyncio.Semaphore(FETCHED_AT_ONCE)

    async def fetch(instance: str) -> Dataset:
        async with gate:
            dicom = await orthanc.get_bytes(f"/instances/{quote(instance, safe='')}/file")
        return await asyncio.to_thread(read_dataset, dicom, headers_only=headers_only)

    return list(await asyncio.gather(*(fetch(each) for each in instances)))


def is_image(dataset: Dataset) -> bool:
    """Objects with pixels; a series may hold presentation states and reports besides."""
    return "Rows" in dataset and "Columns" in dataset


def _require_oct(image: Dataset) -> None:
    if image.get("SOPClassUID") == OphthalmicTomographyImageStorage:
        return
    modality = str(value_of(image, "Modality") or "OT")
    if modality not in _MODALITIES:
        raise InvalidInput("Modality", "the image is no optical coherence tomography of the eye")


async def find_instance(orthanc: Orthanc, sop_instance_uid: str) -> str | None:
    """Orthanc's id of an instance; None where it is not stored."""
    found = await orthanc.request("POST", "/tools/lookup", content=sop_instance_uid.encode())
    matches = [each["ID"] for each in found.json() if each["Type"] == "Instance"]
    return str(matches[0]) if matches else None


async def _localizers(orthanc: Orthanc, uids: tuple[str, ...]) -> dict[str, Dataset]:
    """Fundus images that are stored here, by SOP Instance UID."""
    images: dict[str, Dataset] = {}
    for uid in uids:
        instance = await find_instance(orthanc, uid)
        if instance is None:
            continue
        try:
            images[uid] = read_dataset(await orthanc.get_bytes(f"/instances/{instance}/file"), headers_only=True)
        except NotFound:
            continue
    return images


_SINGULAR = {Level.INSTANCES: "instance", Level.SERIES: "series"}
