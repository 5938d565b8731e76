"""An OCT volume out of Orthanc: the image or the series asked for, and the fundus images its frames refer to."""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from typing import Final, TypeVar, cast
from urllib.parse import quote

from pydantic import JsonValue
from pydicom.dataset import Dataset

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.dicom.geometry import require_plausible
from ophtha_core.oct.dicom.patterns import PatternScan
from ophtha_core.oct.dicom.volume import OctVolume
from plugin.service.errors import NotFound
from plugin.service.oct.archive.opening import is_image, open_bscans, open_scan, open_volume, read_header
from plugin.service.pacs.lookup import Kind, look_up
from plugin.service.pacs.orthanc import Orthanc
from plugin.service.parts import Parts
from plugin.service.readers.stored import StoredInstance, read_file

FETCHED_AT_ONCE: Final = 4
"""Each may be as large as a reader takes."""

_Read = TypeVar("_Read")


class Level(StrEnum):
    """What an identifier names."""

    INSTANCES = "instances"
    SERIES = "series"

    @property
    def singular(self) -> str:
        return "instance" if self is Level.INSTANCES else "series"


async def load_volume(parts: Parts, level: Level, resource_id: str) -> OctVolume:
    """The volume, without its pixels. Raises NotFound, InvalidInput naming what makes it none or what no eye has."""
    volume = await load_any_volume(parts, level, resource_id)
    require_plausible(volume.geometry)
    return volume


async def load_any_volume(parts: Parts, level: Level, resource_id: str) -> OctVolume:
    """The same, whatever distances its file claims."""
    headers = await read_files(parts, level, resource_id, read_header)
    if not any(map(is_image, headers)):
        raise InvalidInput("SOPClassUID", f"the {level.singular} holds no image")
    return await volume_of(parts, level, resource_id, headers)


async def load_scan(parts: Parts, level: Level, resource_id: str) -> OctVolume | PatternScan:
    """A volume, whatever distances its file claims, or a circle or star. Raises NotFound, InvalidInput."""
    headers = await read_files(parts, level, resource_id, read_header)
    if not any(map(is_image, headers)):
        raise InvalidInput("SOPClassUID", f"the {level.singular} holds no image")
    what = f"{level.singular.capitalize()} {resource_id}"
    bscans = await parts.readers.ask(what, open_bscans, headers)
    uids = tuple(dict.fromkeys(place.localizer_uid for bscan in bscans for place in bscan.locations))
    return await parts.readers.ask(what, open_scan, headers, await _localizers(parts, uids))


async def volume_of(parts: Parts, level: Level, resource_id: str, headers: list[Dataset]) -> OctVolume:
    """The volume that these headers make, with the fundus images at hand. Raises InvalidInput."""
    what = f"{level.singular.capitalize()} {resource_id}"
    volume = await parts.readers.ask(what, open_volume, headers, {})
    if not volume.localizer_uids:
        return volume
    localizers = await _localizers(parts, volume.localizer_uids)
    return await parts.readers.ask(what, open_volume, headers, localizers)


async def read_files(parts: Parts, level: Level, resource_id: str, read: Callable[[bytes], _Read]) -> list[_Read]:
    """What a reader makes of every file of the resource. Raises NotFound, Unprocessable naming the instance."""
    gate = asyncio.Semaphore(FETCHED_AT_ONCE)

    async def one(instance: StoredInstance) -> _Read:
        async with gate:
            return await read_file(parts, instance, read)

    return list(await asyncio.gather(*map(one, await _stored(parts.orthanc, level, resource_id))))


async def find_instance(orthanc: Orthanc, sop_instance_uid: str) -> str | None:
    """Orthanc's id of an instance; None where it is not stored."""
    found = await orthanc.asked(lambda connection: look_up(connection, sop_instance_uid, Kind.INSTANCE))
    return found[0] if found else None


async def _stored(orthanc: Orthanc, level: Level, resource_id: str) -> list[StoredInstance]:
    path = f"/{level}/{quote(resource_id, safe='')}"
    found = await orthanc.get_json(path)
    if level is Level.SERIES:  # asked first: of the instances of no series, Orthanc 1.10 says "bad type"
        found = await orthanc.get_json(f"{path}/instances")
    listed = cast("list[dict[str, JsonValue]]", found if isinstance(found, list) else [found])
    return [StoredInstance.from_json(each) for each in listed]


async def _localizers(parts: Parts, uids: tuple[str, ...]) -> dict[str, Dataset]:
    """Fundus images that are stored here, by SOP Instance UID."""
    images: dict[str, Dataset] = {}
    for uid in uids:
        instance = await find_instance(parts.orthanc, uid)
        if instance is None:
            continue
        try:
            (images[uid],) = await read_files(parts, Level.INSTANCES, instance, read_header)
        except NotFound:
            continue
    return images
