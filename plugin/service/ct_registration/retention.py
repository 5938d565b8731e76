"""Deletes results that were kept long enough, and whatever belongs to no job."""

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path

from plugin.service.ct_registration.files import attempt_name, results_folder
from plugin.service.ct_registration.removal import finish_removals
from plugin.service.errors import NotFound
from plugin.service.jobs import JobRecord, JobState
from plugin.service.jobs.retention import JOB_ID_LENGTH, is_over
from plugin.service.parts import Parts


async def sweep(parts: Parts, keep: timedelta) -> None:
    """Delete the folders of jobs that ended longer than ``keep`` ago, failed, or are forgotten, and what a service that
    lost its job has left. Rejected results that a service could not remove before it ended are removed too."""
    await finish_removals(parts)
    for folder in await asyncio.to_thread(_folders, results_folder(parts.configuration)):
        name, _, claim = folder.name.partition(".")
        try:
            record = await parts.jobs.find(name[:JOB_ID_LENGTH])
        except NotFound:
            record = None
        if record is None or is_over(record, keep=keep) or _is_left(record, name, claim):
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
            parts.audit.write("registration results deleted", user=None, resources=[folder.name])


def _is_left(record: JobRecord, name: str, claim: str) -> bool:
    """Whether a folder is of an attempt or a claim before the present one. The record is the younger of the two."""
    if name != attempt_name(record.id, record.attempt):
        return True
    return bool(claim) and (JobState(record.state).is_final or claim != str(record.claim_number))


def _folders(folder: Path) -> list[Path]:
    return [each for each in folder.iterdir() if each.is_dir()] if folder.is_dir() else []
