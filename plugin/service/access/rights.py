"""Which objects of the archive and which jobs a person may have: asked here, for every protocol and every route.

Whoever Orthanc knows sees what Orthanc shows. Whoever is known by a key alone sees the series of the own projects, and
the own jobs. What may not be seen does not exist (404).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, cast

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from plugin.service.access.person import KnownBy, People, Person
from plugin.service.access.profiles import Profiles
from plugin.service.access.senders import sender_of
from plugin.service.access.shapes import ErrorShapes
from plugin.service.errors import NotFound, ServiceError

_RESOURCE = re.compile(
    r"/plugins/(?:ophtha|oct|pixels-masker)/(?P<level>patients|studies|series|instances)/(?P<id>[^/]+)(?:/.*)?"
)
_NOT_THERE = "Orthanc has no such resource; it may have been deleted"


class Archive(Protocol):
    """Orthanc's REST API with the service's own rights, and with a caller's."""

    async def get_json(self, path: str) -> object:
        """Raises NotFound."""


class OwnedJob(Protocol):
    """What tells whose a job is."""

    @property
    def owner(self) -> str | None: ...


@dataclass(frozen=True)
class Resource:
    """Of Orthanc; ``level`` as in its addresses."""

    level: str
    id: str

    @property
    def path(self) -> str:
        return f"/{self.level}/{self.id}"


@dataclass(frozen=True)
class ObjectRights:
    """``series_of`` tells which series a user's projects show."""

    archive: Archive
    people: People
    series_of: Callable[[str], frozenset[str]]
    profiles: Profiles

    async def require(self, scope: Scope, person: Person, resources: Iterable[Resource]) -> None:
        """Raises NotFound for the first resource that the person who sends the request may not see."""
        if person.known_by is KnownBy.AUTHORIZATION:
            for each in resources:
                if not await self.profiles.shows(scope, each.path):
                    raise NotFound(_NOT_THERE)
            return
        shown = await self.shown_series(person)
        if shown is None:
            return
        for each in resources:
            series = await self._series_within(each)
            if not series or not series <= shown:
                raise NotFound(_NOT_THERE)

    async def shown_series(self, person: Person) -> frozenset[str] | None:
        """The series that somebody may see who is known by a key alone; None for those who see what Orthanc shows."""
        if person.sees_all or person.is_known_to_orthanc or person.known_by is KnownBy.AUTHORIZATION:
            return None
        return await run_in_threadpool(self.series_of, person.name or "")

    def may_see_job(self, person: Person, job: OwnedJob) -> bool:
        """Orthanc shows each job to everybody it knows, and so do we but for jobs of users with keys."""
        if person.sees_all or (person.name is not None and job.owner == person.name):
            return True
        if not person.is_known_to_orthanc or person.has_keys or person.known_by is KnownBy.AUTHORIZATION:
            return False
        return job.owner is None or not self.people.has_keys(job.owner)

    async def _series_within(self, resource: Resource) -> frozenset[str]:
        match resource.level:
            case "series":
                return frozenset({resource.id})
            case "instances":
                instance = cast("Mapping[str, object]", await self.archive.get_json(resource.path))
                return frozenset({str(instance["ParentSeries"])})
            case "studies":
                return frozenset(cast("Mapping[str, list[str]]", await self.archive.get_json(resource.path))["Series"])
            case _:
                await self.archive.get_json(resource.path)  # of the series of no patient, Orthanc 1.10 says "bad type"
                series = cast("list[Mapping[str, object]]", await self.archive.get_json(f"{resource.path}/series"))
                return frozenset(str(each["ID"]) for each in series)


def resource_of(path: str) -> Resource | None:
    """The resource of the archive that a route is about; None for other routes."""
    named = _RESOURCE.fullmatch(path)
    return None if named is None or named["id"] == "find" else Resource(named["level"], named["id"])


@dataclass(frozen=True)
class CheckRights:
    """ASGI middleware: no route about a resource of the archive is reached by who may not see it."""

    app: ASGIApp
    shapes: ErrorShapes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        resource = resource_of(scope["path"]) if scope["type"] == "http" else None
        person = sender_of(scope).person
        if resource is not None and person is not None:
            rights: ObjectRights = scope["app"].state.parts.rights
            try:
                await rights.require(scope, person, [resource])
            except ServiceError as refusal:
                await self.shapes.refuse(scope, refusal)(scope, receive, send)
                return
        await self.app(scope, receive, send)
