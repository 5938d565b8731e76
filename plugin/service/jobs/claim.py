"""Whose a job is: of several services on the same records one works on a job, and may remove what belongs to it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

Clock = Callable[[], float]


def running_clock() -> float:
    """Seconds since the machine started, those it slept included. Never compared with another machine's."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(frozen=True, kw_only=True)
class Timing:
    """How services on the same records learn of each other. All in seconds."""

    look_every_s: float = 1.0
    """How often a service looks for what others ask of it, and for jobs of nobody."""
    beat_every_s: float = 5.0
    still_s: float = 30.0
    """A service whose beat stood still that long has lost its jobs, and knows it."""
    lease_s: float = 60.0
    """How long a task may store things before it has to ask again."""
    post_timeout_s: float = 600.0
    """What was sent in the last moment of a lease may be stored that much later."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A service's right to a job. It ends with the attempt, and when another service claims the job."""

    job_id: str
    attempt: int
    service_id: str
    number: int
    """Counts the claims of an attempt, from 1."""

    @property
    def is_first(self) -> bool:
        """Whether no other service can have handed out tasks of this attempt."""
        return self.number == 1


class ClaimLost(Exception):
    """The job is another service's now, or gone: nothing more is done about it here."""


class ClaimUncertain(Exception):
    """This service was not heard for so long that the job may be another's: it has to look before it goes on."""
