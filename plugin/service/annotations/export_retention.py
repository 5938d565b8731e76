"""Deletes archives that were kept long enough, and what exports that failed or were killed have left."""

import asyncio
from datetime import timedelta
from pathlib import Path

from plugin.service.annotations.export_job import archives_folder, is_unfinished_of
from plugin.service.errors import NotFound
from plugin.service.jobs import JobRecord, JobState
from plugin.service.jobs.retention import JOB_ID_LENGTH, is_over
from plugin.service.parts import Parts


async def sweep(parts: Parts, keep: timedelta) -> None:
    """Delete the archives of jobs that ended longer than ``keep`` ago, failed, or are forgotten, and the beginnings of
    archives that nobody goes on with."""
    for path in await asyncio.to_thread(_files, archives_folder(parts.configuration.storage)):
        try:
            record = await parts.jobs.find(path.name[:JOB_ID_LENGTH])
        except NotFound:
            record = None
        if record is None or is_over(record, keep=keep) or _is_left(record, path):
            await asyncio.to_thread(path.unlink, missing_ok=True)


def _is_left(record: JobRecord, path: Path) -> bool:
    """Whether a file was begun before the present claim of its job. The record is the younger of the two."""
    if path.suffix != ".part":
        return False
    return JobState(record.state).is_final or not is_unfinished_of(path, record.attempt, record.claim_number)


def _files(folder: Path) -> list[Path]:
    return [each for each in folder.iterdir() if each.is_file()] if folder.is_dir() else []
