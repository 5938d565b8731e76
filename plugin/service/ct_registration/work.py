"""The worker's part of a registration: fetch, read, register, write, store."""

import asyncio
import errno
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import cast

from plugin.service.ct_registration.addresses import OwnFile, UrlPolicy
from plugin.service.ct_registration.display import write_display_volumes
from plugin.service.ct_registration.fetching import FetchLimits, FileFetcher, NamedFile
from plugin.service.ct_registration.outcome import Failed, Registered, WorkFailed
from plugin.service.ct_registration.storing import store_results
from plugin.service.ct_registration.submission import Source, Submission
from plugin.service.jobs.task import Lease, Permit, TaskControl, TaskSignals, TaskStopped
from plugin.service.pacs.borrowing import OrthancDesk
from registration.engine import register
from registration.errors import RegistrationCancelled, RegistrationError
from registration.progress import Stage
from registration.results.folder import write_results
from registration.results.identifiers import Identifiers
from registration.results.report import quality_report
from registration.settings import InputSettings, Settings
from registration.slices import Side
from registration.volume import CheckedVolume, read_series

INPUT = "input"
_ASK_EVERY_S = 0.2
_MOST_FILES = InputSettings().maximum_slices
_FETCHED, _READ, _REGISTERED, _WRITTEN, _SHOWN = 0.15, 0.25, 0.75, 0.88, 0.92
"""Shares of the whole at which the steps end."""
_DISK_IS_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True, kw_only=True)
class RegistrationWork:
    """All a worker needs to know. ``folder`` exists, on a disk that the service and its workers share."""

    seed: str
    """Of the identifiers of all results."""
    folder: Path
    submission: Submission
    created: datetime
    policy: UrlPolicy
    desk: OrthancDesk
    limits: FetchLimits


def carry_out(control: TaskControl, work: RegistrationWork) -> Registered | Failed:
    """Run a registration; what goes wrong is handed back. Raises TaskStopped, LeaseOver."""
    signals = TaskSignals(control)
    lease = Lease(control)
    if signals.stopped():
        raise TaskStopped
    try:
        return _register(signals, lease, work)
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
    reference, floating = _read_series(signals, work)
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


def _read_series(signals: TaskSignals, work: RegistrationWork) -> tuple[CheckedVolume, CheckedVolume]:
    if not work.folder.is_dir():
        raise WorkFailed("InternalError.Algo", "the worker does not see the folder of the results (setting Storage)")
    folder = work.folder / INPUT
    shutil.rmtree(folder, ignore_errors=True)  # of a worker that was killed
    folder.mkdir()
    reference_files, floating_files = asyncio.run(_fetch(signals, work, folder))
    reference = read_series(reference_files, side=Side.REFERENCE, select=work.submission.reference_select)
    signals.check((_FETCHED + _READ) / 2)
    floating = read_series(floating_files, side=Side.FLOATING, select=work.submission.floating_select)
    shutil.rmtree(folder)
    signals.check(_READ)
    return reference, floating


async def _fetch(signals: TaskSignals, work: RegistrationWork, folder: Path) -> tuple[list[Path], list[Path]]:
    """The files of both sides, on disk."""
    fetching = asyncio.create_task(_fetch_both(signals, work, folder))
    try:
        while not fetching.done():
            await asyncio.wait([fetching], timeout=_ASK_EVERY_S)
            if signals.stopped():
                raise TaskStopped
        return await fetching
    finally:
        fetching.cancel()
        await asyncio.gather(fetching, return_exceptions=True)


async def _fetch_both(signals: TaskSignals, work: RegistrationWork, folder: Path) -> tuple[list[Path], list[Path]]:
    async with FileFetcher(work.policy, work.desk.connection, work.limits) as fetcher:
        sides = [
            _side(Side.REFERENCE, await _files(work, fetcher, work.submission.reference, name="ReferenceSeries")),
            _side(Side.FLOATING, await _files(work, fetcher, work.submission.floating, name="FloatingSeries")),
        ]
        files = [file for side in sides for file in side]

        async def fetched(count: int) -> None:
            signals.progress(_FETCHED * count / len(files))

        paths = await fetcher.fetch_all(files, folder, fetched=fetched)
    return paths[: len(sides[0])], paths[len(sides[0]) :]


async def _files(
    work: RegistrationWork, fetcher: FileFetcher, given: tuple[str, ...], *, name: str
) -> tuple[str | OwnFile, ...]:
    if work.submission.source is Source.HTTP_FILES:
        return given
    return await fetcher.series_files(given[0], name=name)


def _side(side: Side, files: tuple[str | OwnFile, ...]) -> list[NamedFile]:
    # An Orthanc series may hold localizers beside its slices: the library counts what is left.
    most = _MOST_FILES if files and isinstance(files[0], str) else 2 * _MOST_FILES
    if len(files) > most:
        raise WorkFailed("InvalidFile.Content", f"{side} holds {len(files)} files, at most {_MOST_FILES} are accepted")
    return [NamedFile(f"{side}.{number}", file) for number, file in enumerate(files, start=1)]


def _part(signals: TaskSignals, start: float, end: float) -> Callable[[float], None]:
    """Progress of a part of the job; raises TaskStopped when the job is to stop."""
    return lambda share: signals.check(start + (end - start) * share)
