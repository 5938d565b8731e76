"""The worker's part of following lesions: read both series and the field, outline and measure."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from plugin.service.ct_registration.outcome import Failed, WorkFailed
from plugin.service.ct_registration.reading import SeriesWork, read_both
from plugin.service.ct_registration.work import failure_or
from plugin.service.jobs.task import TaskControl, TaskSignals
from registration.lesions.follow_up import Followed, ScanPair, follow
from registration.lesions.scan import Scan
from registration.points import PointMapper

_READ = 0.7


@dataclass(frozen=True, kw_only=True)
class LesionSeed:
    """A point of a lesion in one of the scans, LPS millimetres."""

    point_mm: tuple[float, float, float]
    is_reference: bool


@dataclass(frozen=True, kw_only=True)
class LesionWork(SeriesWork):
    """All a worker needs to know. ``field`` is that of the registration."""

    field: Path
    seeds: tuple[LesionSeed, ...]


def follow_lesions(control: TaskControl, work: LesionWork) -> tuple[Followed, ...] | Failed:
    """Each lesion in both scans, in the order given. Raises TaskStopped."""
    return failure_or(lambda: _followed(TaskSignals(control), work))


def _followed(signals: TaskSignals, work: LesionWork) -> tuple[Followed, ...]:
    if not work.field.is_file():
        raise WorkFailed("InvalidFile.Content", "the results of the registration were deleted")
    mapper = PointMapper.read(work.field)
    reference, floating = read_both(signals, work, read_at=_READ)
    pair = ScanPair(reference=Scan.of(reference), floating=Scan.of(floating), mapper=mapper)
    found = []
    for number, seed in enumerate(work.seeds, start=1):
        # The error of a registration is not computed yet: what only one scan shows stays unclear.
        found.append(follow(pair, np.array(seed.point_mm), is_reference=seed.is_reference, expected_error_mm=None))
        signals.check(_READ + (1 - _READ) * number / len(work.seeds))
    return tuple(found)
