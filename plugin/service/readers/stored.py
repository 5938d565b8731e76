"""Files in Orthanc on their way to a reader: the service only carries them, and only when a reader can take them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, TypeVar, cast
from urllib.parse import quote

from pydantic import JsonValue

from plugin.service.parts import Parts

_Read = TypeVar("_Read")


@dataclass(frozen=True)
class StoredInstance:
    """An instance by Orthanc's identifier, and the size of its file."""

    id: str
    size_bytes: int

    @classmethod
    def from_json(cls, description: object) -> Self:
        """Of Orthanc's answer about an instance."""
        told = cast("dict[str, JsonValue]", description)
        return cls(str(told["ID"]), int(cast("int", told["FileSize"])))


async def find_stored(parts: Parts, instance_id: str) -> StoredInstance:
    """Raises NotFound."""
    return StoredInstance.from_json(await parts.orthanc.get_json(f"/instances/{quote(instance_id, safe='')}"))


async def read_file(parts: Parts, instance: StoredInstance, read: Callable[..., _Read], *arguments: object) -> _Read:
    """What a reader makes of a file. Raises NotFound, Unprocessable naming the instance."""
    what = f"Instance {instance.id}"
    parts.readers.refuse_size(what, instance.size_bytes)
    dicom = await parts.orthanc.get_bytes(f"/instances/{instance.id}/file")
    return await parts.readers.ask(what, read, dicom, *arguments)
