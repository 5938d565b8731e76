"""The worker's part of a registration: fetch, read, register, write, store."""

import errno
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar, cast

from plugin.service.ct_registration.display import write_display_volumes
from plugin.service.ct_registration.outcome import Failed, Registered, WorkFailed
from plugin.service.ct_registration.reading import SeriesWork, read_both
from plugin.service.ct_registration.storing import store_results
from plugin.service.jobs.task import Lease, Permit, TaskControl, TaskSignals, TaskStopped
from registration.engine import register
from registration.errors import RegistrationCancelled, RegistrationError
from registration.progress import Stage
from registration.results.folder import write_results
from registration.results.identifiers import Identifiers
from registration.results.report import quality_report
from registration.settings import Settings

_READ, _REGISTERED, _WRITTEN, _SHOWN = 0.25, 0.75, 0.88, 0.92
"""Shares of the whole at which the steps end."""
_Outcome = TypeVar("_Outcome")
_DISK_IS_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True, kw_only=True)
class RegistrationWork(SeriesWork):
    """All a worker needs to know."""

    seed: str
    """Of the identifiers of all results."""
    created: datetime


def carry_out(control: TaskControl, work: RegistrationWork) -> Registered | Failed:
    """Run a registration; what goes wrong is handed back. Raises TaskStopped, LeaseOver."""
    signals = TaskSignals(control)
    lease = Lease(control)
    if signals.stopped():
        raise TaskStopped
    return failure_or(lambda: _register(signals, lease, work))


def failure_or(work: Callable[[], _Outcome]) -> _Outcome | Failed:
    """What ``work`` arrives at, or in the protocol's words why it does not. Raises TaskStopped, LeaseOver."""
    try:
        return work()
    except RegistrationCancelled:
        raise TaskStopped from None
    except WorkFailed as error:
        return Failed(code=error.code, message=error.message)
    except RegistrationError as error:
        return Failed(code=error.code, message=str(error))
    except MemoryError:
        return Failed(code="InternalError.Algo", message="the worker's memory does not suffice for these series")
    except OSError as error:
        if error.errno not in _DISK_IS_FULL:
            raise
        return Failed(code="InternalError.Algo", message="the disk of the results is full", disk_is_full=True)


def _register(signals: TaskSignals, lease: Permit, work: RegistrationWork) -> Registered:
    reference, floating = read_both(signals, work, read_at=_READ)
    registration = register(
        reference,
        floating,
        settings=replace(Settings(), allow_different_patients=work.submission.allow_different_patients),
        progress=_part(signals, _READ, _REGISTERED),
        cancelled=signals.stopped,
    )
    write_results(
        registration,
        work.folder,
        identifiers=Identifiers(work.seed),
        created=work.created,
        progress=_part(signals, _REGISTERED, _WRITTEN),
        cancelled=signals.stopped,
    )
    write_display_volumes(registration, work.folder, stage=Stage(signals.progress, signals.stopped, _WRITTEN, _SHOWN))
    stored_series = None
    if work.submission.store:
        with work.desk.connection() as orthanc:
            stored_series = store_results(orthanc, work.folder, lease, progress=_part(signals, _SHOWN, 1.0))
    return Registered(
        quality=cast("dict[str, object]", quality_report(registration)),
        verdict=registration.judgement.verdict.value,
        reasons=registration.judgement.reasons,
        warnings=tuple(registration.warnings),
        stored_series=stored_series,
    )


def _part(signals: TaskSignals, start: float, end: float) -> Callable[[float], None]:
    """Progress of a part of the job; raises TaskStopped when the job is to stop."""
    return lambda share: signals.check(start + (end - start) * share)
