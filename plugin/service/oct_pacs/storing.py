"""Results into Orthanc: each object once, however often the same report is asked for."""

from collections.abc import Sequence
from io import BytesIO

from pydantic import BaseModel
from pydicom.dataset import Dataset

from plugin.service.disk import require_free_space
from plugin.service.oct_pacs.loading import find_instance
from plugin.service.parts import Parts


class StoredObject(BaseModel):
    """An object in Orthanc."""

    ID: str
    SOPClassUID: str


async def store_once(parts: Parts, objects: Sequence[Dataset]) -> list[StoredObject]:
    """Store what is not there yet; Orthanc's id of every object. Raises StorageFull before anything is stored."""
    known = [await find_instance(parts.orthanc, str(each.SOPInstanceUID)) for each in objects]
    files = [b"" if there else _file(each) for there, each in zip(known, objects, strict=True)]
    require_free_space(parts.configuration.orthanc.storage_directory, sum(map(len, files)))
    stored = []
    for there, file, each in zip(known, files, objects, strict=True):
        identifier = there or str((await parts.orthanc.store(file))["ID"])
        stored.append(StoredObject(ID=identifier, SOPClassUID=str(each.SOPClassUID)))
    return stored


def _file(dataset: Dataset) -> bytes:
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()
