"""How the work of a job ends early."""

from plugin.service.jobs.record import JsonObject
from plugin.service.pacs.error_numbers import INTERNAL_ERROR


class JobFailed(Exception):
    """The job cannot succeed. ``message`` names the offending thing, without patient data."""

    def __init__(self, message: str, *, code: int = INTERNAL_ERROR, content: JsonObject | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.content = content or {}


class JobCancelled(Exception):
    """A user cancelled the job; raised inside ``JobKind.run`` once no task of it is at work any more."""
