"""Telling how far a job is, and stopping it."""

from collections.abc import Callable
from dataclasses import dataclass

from registration.errors import RegistrationCancelled


@dataclass(frozen=True)
class Stage:
    """A part of a job, from ``start`` to ``end`` of its progress (0 to 1)."""

    progress: Callable[[float], None]
    cancelled: Callable[[], bool]
    start: float = 0.0
    end: float = 1.0

    def reached(self, share: float) -> None:
        """Report ``share`` (0 to 1) of this stage. Raises :class:`RegistrationCancelled`."""
        if self.cancelled():
            raise RegistrationCancelled
        self.progress(self.start + (self.end - self.start) * min(1.0, share))

    def part(self, start: float, end: float) -> "Stage":
        """The part between two shares of this stage."""
        width = self.end - self.start
        return Stage(self.progress, self.cancelled, self.start + width * start, self.start + width * end)
