"""What a part of the campaign counted, and which of it must not be."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Figures:
    """Counts of one part."""

    calls: int = 0
    served: int = 0
    """Answers 2xx."""
    busy: int = 0
    """Answers 429 and 503 that say when to come back: legitimate."""
    jobs: int = 0
    kills: int = 0
    """Processes killed, stopped or restarted, disks filled, clocks moved."""
    failed: int = 0
    """Jobs that failed without a reason of their own."""
    lost: int = 0
    leaked: int = 0
    """Instances or files that nobody planned."""
    unmasked: int = 0
    stuck: int = 0
    errors: list[str] = field(default_factory=list)
    """Answers 5xx without excuse, answers that never came, processes that ended."""
    durations_s: list[float] = field(default_factory=list)
    memory_mb: float = 0.0
    """Highest of the service and its workers together."""
    not_done: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, other: "Figures") -> None:
        for name in ("calls", "served", "busy", "jobs", "kills", "failed", "lost", "leaked", "unmasked", "stuck"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("errors", "durations_s", "not_done", "notes"):
            getattr(self, name).extend(getattr(other, name))
        self.memory_mb = max(self.memory_mb, other.memory_mb)

    def quantile_s(self, share: float) -> float:
        """The duration of a call that ``share`` of all calls do not exceed; nan without calls."""
        if not self.durations_s:
            return math.nan
        ordered = sorted(self.durations_s)
        return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]

    def violations(self) -> Iterator[str]:
        """What must not have happened, a line each."""
        for name in ("failed", "lost", "leaked", "unmasked", "stuck"):
            count = getattr(self, name)
            if count:
                yield f"{name}: {count}"
        yield from self.errors
