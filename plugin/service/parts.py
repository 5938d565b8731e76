"""The parts that requests work with, made once when the service starts."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from plugin.service.access.keys import KeyRing
from plugin.service.access.person import People
from plugin.service.access.rights import ObjectRights
from plugin.service.audit import AuditLog
from plugin.service.config import Configuration
from plugin.service.jobs import JobEngine
from plugin.service.pacs.borrowing import OrthancDesk
from plugin.service.pacs.inventory import StudyInventory
from plugin.service.pacs.orthanc import Orthanc
from plugin.service.readers.pool import Readers
from plugin.service.records import Sessions


@dataclass(frozen=True)
class Parts:
    """Everything a route may need; routes take it as ``parts: PartsOf``."""

    configuration: Configuration
    orthanc: Orthanc
    orthanc_desk: OrthancDesk
    """Where tasks that answer a client find Orthanc."""
    studies: StudyInventory
    sessions: Sessions
    jobs: JobEngine
    audit: AuditLog
    keys: KeyRing
    people: People
    rights: ObjectRights
    readers: Readers


async def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


PartsOf = Annotated[Parts, Depends(_parts)]
