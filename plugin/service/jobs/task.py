"""The worker's side of a long task: tells how far it is, hears when it is to pause or stop."""

import time
from dataclasses import dataclass

from distributed import Event, get_worker

_ASK_EVERY_S = 0.25


class TaskStopped(Exception):
    """The job was cancelled, or its time is over."""


@dataclass(frozen=True)
class TaskControl:
    """Picklable handle on a job, given to a long task by ``RunningJob.run_long``."""

    job_id: str

    @property
    def topic(self) -> str:
        return f"ophtha-progress-{self.job_id}"

    @property
    def stop_name(self) -> str:
        return f"ophtha-stop-{self.job_id}"

    @property
    def pause_name(self) -> str:
        return f"ophtha-pause-{self.job_id}"


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
