"""Results into Orthanc: each object once, however often the same report is asked for."""

from collections.abc import Sequence

from pydantic import BaseModel
from pydicom.dataset import Dataset

from ophtha_core.dicom.writing import new_file_bytes
from plugin.service.audit import leave_unwritten
from plugin.service.disk import require_free_space
from plugin.service.oct.archive.loading import find_instance
from plugin.service.parts import Parts


class StoredObject(BaseModel):
    """An object in Orthanc."""

    ID: str
    SOPClassUID: str


async def store_once(parts: Parts, objects: Sequence[Dataset], *, source: str) -> list[StoredObject]:
    """Store what is not there yet; Orthanc's id of every object. Raises StorageFull before anything is stored.

    ``source`` is Orthanc's id of what the objects were made from; the audit log names it and what is new.
    """
    if not objects:
        leave_unwritten()
        return []
    known = [await find_instance(parts.orthanc, str(each.SOPInstanceUID)) for each in objects]
    files = [b"" if there else new_file_bytes(each) for there, each in zip(known, objects, strict=True)]
    require_free_space(parts.configuration.orthanc.storage_directory, sum(map(len, files)))
    identifiers = [
        there or str((await parts.orthanc.store(file))["ID"]) for there, file in zip(known, files, strict=True)
    ]
    new = [identifier for identifier in identifiers if identifier not in known]
    if new:
        parts.audit.write("oct report stored", user=None, resources=[source, *new])
    else:
        leave_unwritten()
    return [
        StoredObject(ID=identifier, SOPClassUID=str(each.SOPClassUID))
        for identifier, each in zip(identifiers, objects, strict=True)
    ]
