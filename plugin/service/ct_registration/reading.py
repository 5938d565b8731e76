"""Fetches and reads the two series of a registration, in a worker."""

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path

from plugin.service.ct_registration.addresses import OwnFile, UrlPolicy
from plugin.service.ct_registration.fetching import FetchLimits, FileFetcher, NamedFile
from plugin.service.ct_registration.outcome import WorkFailed
from plugin.service.ct_registration.submission import Source, Submission
from plugin.service.jobs.task import TaskSignals, TaskStopped
from plugin.service.pacs.borrowing import OrthancDesk
from registration.settings import InputSettings
from registration.slices import Side
from registration.volume import CheckedVolume, read_series

_INPUT = "input"
_ASK_EVERY_S = 0.2
_MOST_FILES = InputSettings().maximum_slices
_FETCHING = 0.6
"""Share of the reading that is fetching."""


@dataclass(frozen=True, kw_only=True)
class SeriesWork:
    """What a worker needs to read both series. ``folder`` exists, on a disk that the service and its workers share."""

    folder: Path
    submission: Submission
    policy: UrlPolicy
    desk: OrthancDesk
    limits: FetchLimits


def read_both(signals: TaskSignals, work: SeriesWork, *, read_at: float) -> tuple[CheckedVolume, CheckedVolume]:
    """Reference and floating image; progress is told up to ``read_at``.

    Raises WorkFailed, RegistrationError, TaskStopped.
    """
    if not work.folder.is_dir():
        raise WorkFailed("InternalError.Algo", "the worker does not see the folder of the results (setting Storage)")
    folder = work.folder / _INPUT
    shutil.rmtree(folder, ignore_errors=True)  # of a worker that was killed
    folder.mkdir()
    fetched_at = _FETCHING * read_at
    reference_files, floating_files = asyncio.run(_fetch(signals, work, folder, fetched_at))
    reference = read_series(reference_files, side=Side.REFERENCE, select=work.submission.reference_select)
    signals.check((fetched_at + read_at) / 2)
    floating = read_series(floating_files, side=Side.FLOATING, select=work.submission.floating_select)
    shutil.rmtree(folder)
    signals.check(read_at)
    return reference, floating


async def _fetch(
    signals: TaskSignals, work: SeriesWork, folder: Path, fetched_at: float
) -> tuple[list[Path], list[Path]]:
    """The files of both sides, on disk."""
    fetching = asyncio.create_task(_fetch_both(signals, work, folder, fetched_at))
    try:
        while not fetching.done():
            await asyncio.wait([fetching], timeout=_ASK_EVERY_S)
            if signals.stopped():
                raise TaskStopped
        return await fetching
    finally:
        fetching.cancel()
        await asyncio.gather(fetching, return_exceptions=True)


async def _fetch_both(
    signals: TaskSignals, work: SeriesWork, folder: Path, fetched_at: float
) -> tuple[list[Path], list[Path]]:
    async with FileFetcher(work.policy, work.desk.connection, work.limits) as fetcher:
        sides = [
            _side(Side.REFERENCE, await _files(work, fetcher, work.submission.reference, name="ReferenceSeries")),
            _side(Side.FLOATING, await _files(work, fetcher, work.submission.floating, name="FloatingSeries")),
        ]
        files = [file for side in sides for file in side]

        async def fetched(count: int) -> None:
            signals.progress(fetched_at * count / len(files))

        paths = await fetcher.fetch_all(files, folder, fetched=fetched)
    return paths[: len(sides[0])], paths[len(sides[0]) :]


async def _files(
    work: SeriesWork, fetcher: FileFetcher, given: tuple[str, ...], *, name: str
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
