"""What an undone attempt may still bring: a request of one of its tasks that was long on its way is stored at last.

Every such attempt is remembered with its plan, also when its job is forgotten or has been resubmitted, and undone once
more when nothing can be on its way any longer.
"""

import asyncio
import logging
from collections.abc import Mapping

from plugin.service.jobs.claim import ClaimUncertain
from plugin.service.jobs.kind import JobKind
from plugin.service.jobs.presence import Others, Presence
from plugin.service.jobs.record import JsonObject
from plugin.service.jobs.undone import UndoneAttempt, UndoneAttempts

_LOG = logging.getLogger(__name__)
_Key = tuple[str, int]


class PastAttempt:
    """An attempt that has ended, as ``JobKind.undo`` gets it."""

    def __init__(self, undone: UndoneAttempt, presence: Presence) -> None:
        self.id = undone.job_id
        self.attempt = undone.attempt
        self.request: JsonObject = undone.request
        self.plan: JsonObject | None = undone.plan
        self._presence = presence

    def require_authority(self) -> None:
        """Raises ClaimUncertain."""
        if not self._presence.is_certain:
            raise ClaimUncertain


class Aftermath:
    """Undoes once more what this service, or one that is gone, has undone."""

    def __init__(self, attempts: UndoneAttempts, kinds: Mapping[str, JobKind], presence: Presence) -> None:
        self._attempts = attempts
        self._kinds = kinds
        self._presence = presence
        self._due_at: dict[_Key, float] = {}
        self._tasks: dict[_Key, asyncio.Task[None]] = {}

    async def look(self, others: Others) -> None:
        """Begin what is due. Counts from when this service first heard of an attempt."""
        for undone in await asyncio.to_thread(self._attempts.list_all):
            key = (undone.job_id, undone.attempt)
            if undone.service_id in others.alive or undone.kind not in self._kinds or key in self._tasks:
                continue
            if undone.service_id != self._presence.id:
                await asyncio.to_thread(self._attempts.adopt, undone, self._presence.id)
            timing = self._presence.timing
            now = self._presence.clock()
            if self._due_at.setdefault(key, now + timing.lease_s + timing.post_timeout_s) <= now:
                self._tasks[key] = asyncio.create_task(self._undo(key, undone))

    async def stop(self) -> None:
        """What is not done is done by the next service."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _undo(self, key: _Key, undone: UndoneAttempt) -> None:
        try:
            whole = await asyncio.to_thread(self._attempts.recall, undone)
            if whole is not None:
                await self._kinds[whole.kind].undo(PastAttempt(whole, self._presence))
                await asyncio.to_thread(self._attempts.forget, whole)
            del self._due_at[key]
        except Exception:  # Orthanc may be away: nothing is forgotten before it is done
            _LOG.exception("attempt %d of job %s is not looked after yet", undone.attempt, undone.job_id)
            self._due_at[key] = self._presence.clock() + self._presence.timing.lease_s
        finally:
            del self._tasks[key]
