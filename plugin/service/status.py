"""``GET /plugins/ophtha/status``: is everything there, in which version, how much is there to do."""

from importlib.metadata import version
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from ophtha_core import __version__
from plugin.service.effects import READS
from plugin.service.errors import ServiceError
from plugin.service.jobs import JobState
from plugin.service.parts import Parts, PartsOf

router = APIRouter(tags=["status"], dependencies=[READS])


class OrthancStatus(BaseModel):
    """The Orthanc the service works for."""

    reachable: bool
    version: str | None
    name: str | None


class QueueStatus(BaseModel):
    """Jobs by what they wait for."""

    pending: int
    running: int
    paused: int


class EngineStatus(BaseModel):
    """Where tasks run."""

    kind: Literal["local", "remote"]
    state: Literal["starting", "ready"]
    workers: int = Field(ge=0)


class Status(BaseModel):
    """Health and versions."""

    version: str
    service: Literal["ready"]
    orthanc: OrthancStatus
    queue: QueueStatus
    engine: EngineStatus
    capabilities: list[str]
    libraries: dict[str, str]


@router.get("/plugins/ophtha/status")
async def status(parts: PartsOf) -> Status:
    """Versions, service state, queue and engine."""
    states = [record.state for record in await parts.jobs.list_all()]
    workers = parts.jobs.workers
    return Status(
        version=__version__,
        service="ready",
        orthanc=await _orthanc(parts),
        queue=QueueStatus(
            pending=states.count(JobState.PENDING),
            running=states.count(JobState.RUNNING),
            paused=states.count(JobState.PAUSED),
        ),
        engine=EngineStatus(
            kind="local" if parts.configuration.ophtha.dask == "local" else "remote",
            state="ready" if workers else "starting",
            workers=workers,
        ),
        capabilities=capabilities(parts),
        libraries={name: version(name) for name in ("dask", "fastapi", "pydicom", "SimpleITK", "sqlalchemy")},
    )


def capabilities(parts: Parts) -> list[str]:
    """What this installation offers."""
    masking = ["pixels-masker"] if parts.configuration.orthanc.masking_enabled else []
    return [*masking, "oct", "registration", "annotations"]


async def _orthanc(parts: Parts) -> OrthancStatus:
    try:
        system = await parts.orthanc.get_json("/system")
    except ServiceError:
        return OrthancStatus(reachable=False, version=None, name=None)
    assert isinstance(system, dict)
    return OrthancStatus(reachable=True, version=system.get("Version"), name=system.get("Name"))
