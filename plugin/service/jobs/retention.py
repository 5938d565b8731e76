"""How long the results of jobs stay on disk, and the rounds in which the others are removed."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

from fastapi import FastAPI

from plugin.service.jobs.record import JobRecord, JobState
from plugin.service.parts import Parts
from plugin.service.records import now

JOB_ID_LENGTH = 36
"""Of the names of files and folders that belong to a job, which begin with its id."""
_LOG = logging.getLogger(__name__)
_LONGEST_WAIT_S = 600.0
_SHORTEST_WAIT_S = 1.0


Sweep = Callable[[Parts, timedelta], Awaitable[None]]
"""Removes what is not to be kept, or longer than so."""


def swept_while_served(sweep: Sweep, *, what: str) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Lifespan of a router: sweeps at once and then again and again, for ``ResultRetentionH``."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        sweeping = asyncio.create_task(_sweep_forever(sweep, app.state.parts, what))
        yield
        sweeping.cancel()
        await asyncio.gather(sweeping, return_exceptions=True)

    return lifespan


async def _sweep_forever(sweep: Sweep, parts: Parts, what: str) -> None:
    keep = timedelta(hours=parts.configuration.ophtha.result_retention_h)
    wait_s = min(max(keep.total_seconds() / 4, _SHORTEST_WAIT_S), _LONGEST_WAIT_S)
    while True:
        try:
            await sweep(parts, keep)
        except Exception:  # the next round may do better, and nothing else depends on this one
            _LOG.exception("%s could not be swept", what)
        await asyncio.sleep(wait_s)


def is_over(record: JobRecord, *, keep: timedelta) -> bool:
    """Whether nothing of a job is to be kept any more: it failed, or its results were there for long enough."""
    if not JobState(record.state).is_final or record.completed_at is None:
        return False
    return record.state == JobState.FAILURE or record.completed_at + keep < now()
