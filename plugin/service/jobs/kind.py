"""What a capability tells the engine about its jobs."""

from typing import Protocol, runtime_checkable

from pydantic import JsonValue
from starlette.requests import Request

from plugin.service.jobs.record import JobRecord, JsonObject
from plugin.service.jobs.running import RunningJob


class Attempt(Protocol):
    """What a kind of job needs to know to take back all that an attempt may have stored."""

    @property
    def id(self) -> str:
        """Of the job."""

    @property
    def attempt(self) -> int: ...
    @property
    def request(self) -> JsonObject: ...
    @property
    def plan(self) -> JsonObject | None: ...

    def require_authority(self) -> None:
        """To be called right before each removal, from any thread. Raises ClaimUncertain."""


class JobKind(Protocol):
    """One kind of job. ``run`` may be called again for the same attempt after a restart, also by another service while
    tasks of the first are still at work: with the same plan it must arrive at the same result."""

    name: str
    """``Type`` of the job."""
    concurrency: int
    """How many of the kind run at once."""

    async def run(self, job: RunningJob) -> JsonObject:
        """Do the work; what is returned is merged into the job's content. Raises JobFailed, JobCancelled."""

    async def undo(self, attempt: Attempt) -> None:
        """Remove all that ``run`` may have left. The job is reported as failed once this returns.

        Called once more when the last thing on its way must have arrived, whatever was done with the job since.
        """


@runtime_checkable
class CarriesUserData(Protocol):
    """A kind of job that may come with a value of the client's own, which Orthanc's jobs hand back untouched."""

    def user_data(self, record: "JobRecord") -> JsonValue:
        """``UserData`` of a job; None where none was given."""


@runtime_checkable
class FreshContent(Protocol):
    """A kind of job whose content is made anew at every look, such as links that expire."""

    def fresh_content(self, record: JobRecord, request: Request) -> JsonObject:
        """Content of ``record`` for the client of ``request``."""
