"""The worker's side of a task: asks whether it may store, tells how far it is, hears when it is to pause or stop."""

import threading
import time
from dataclasses import dataclass
from typing import Protocol
from uuid import uuid4

from distributed import Event, Variable, get_client, get_worker

from plugin.service.jobs.claim import Claim, running_clock

_ASK_EVERY_S = 0.25


class TaskStopped(Exception):
    """The job was cancelled, or its time is over."""


class LeaseOver(Exception):
    """The service that handed the task out does not answer for it any more: nothing may be stored."""


@dataclass(frozen=True)
class TaskControl:
    """Picklable handle on a job at work, given to every task when it is handed out."""

    claim: Claim
    lease_s: float

    @property
    def topic(self) -> str:
        return f"ophtha-progress-{self._name}"

    @property
    def stop_name(self) -> str:
        return f"ophtha-stop-{self._name}"

    @property
    def pause_name(self) -> str:
        return f"ophtha-pause-{self._name}"

    @property
    def _name(self) -> str:
        return f"{self.claim.job_id}-{self.claim.attempt}-{self.claim.number}"


def lease_topic(service_id: str) -> str:
    """What a service listens to for tasks that ask for their lease."""
    return f"ophtha-leases-{service_id}"


class Permit(Protocol):
    """The right to store something, or to remove it."""

    def require(self) -> None:
        """Called right before the request. Raises LeaseOver."""


class Lease:
    """The right to store things for a job. Made inside the task; may be asked from any thread.

    It counts from the moment it was asked for, on the worker's own clock, so it never outlasts what the service thinks.
    The tasks of one worker share it.
    """

    def __init__(self, control: TaskControl) -> None:
        self._control = control
        self._worker = get_worker()
        self._client = get_client()

    def require(self) -> None:
        """See that the lease holds; ask for it anew when half of it is over. Raises LeaseOver."""
        with _renewing:
            left_s = _ends_at.get(self._control.claim, 0.0) - running_clock()
            if left_s > self._control.lease_s / 2:
                return
            asked_at = running_clock()
            if not self._is_granted():
                raise LeaseOver
            _forget_over()
            _ends_at[self._control.claim] = asked_at + self._control.lease_s
            if running_clock() >= _ends_at[self._control.claim]:
                raise LeaseOver  # the answer took too long

    def _is_granted(self) -> bool:
        claim = self._control.claim
        answer = Variable(f"ophtha-lease-{uuid4().hex}", client=self._client)
        question = (claim.job_id, claim.attempt, claim.number, self._worker.address, answer.name)
        self._worker.log_event(lease_topic(claim.service_id), question)
        try:
            return bool(answer.get(timeout=self._control.lease_s / 2))
        except TimeoutError:
            return False
        finally:
            answer.delete()


_ends_at: dict[Claim, float] = {}
"""The leases of this worker, on its own clock."""
_renewing = threading.Lock()


def _forget_over() -> None:
    for claim in [claim for claim, end in _ends_at.items() if end < running_clock()]:
        del _ends_at[claim]


class TaskSignals:
    """Made inside the task; cheap to ask at every iteration."""

    def __init__(self, control: TaskControl) -> None:
        self._control = control
        self._stop = Event(control.stop_name)
        self._pause = Event(control.pause_name)
        self._asked_at = 0.0
        self._told = -1.0
        self.progress(0.0)

    def progress(self, fraction: float) -> None:
        """Tell how far the task is, 0 to 1."""
        if fraction - self._told >= 0.01:
            self._told = fraction
            get_worker().log_event(self._control.topic, fraction)

    def stopped(self) -> bool:
        """True when the task must end; waits here while the job is paused."""
        if time.monotonic() - self._asked_at < _ASK_EVERY_S:
            return False
        self._asked_at = time.monotonic()
        while self._pause.is_set() and not self._stop.is_set():
            self._stop.wait(timeout=_ASK_EVERY_S)
        return bool(self._stop.is_set())

    def check(self, fraction: float) -> None:
        """Both at once. Raises TaskStopped."""
        self.progress(fraction)
        if self.stopped():
            raise TaskStopped
