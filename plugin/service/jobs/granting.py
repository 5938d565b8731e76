"""The service's side of leases: answers tasks that ask whether they may go on storing."""

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress

from distributed import Client, Variable

from plugin.service.jobs.claim import Claim
from plugin.service.jobs.presence import Presence
from plugin.service.jobs.task import lease_topic

_Question = tuple[str, int, int, str, str]
"""Job, attempt, number of the claim, address of the worker, name of the variable that takes the answer."""


class Leases:
    """What this service grants its tasks, as long as it is sure that their job is its own."""

    def __init__(self, presence: Presence, is_at_work: Callable[[Claim], bool]) -> None:
        self._presence = presence
        self._is_at_work = is_at_work
        self._client: Client | None = None
        self._granted_at: dict[Claim, dict[str, float]] = {}
        """By worker."""
        self._answering: set[asyncio.Task[None]] = set()

    def answer(self, client: Client) -> None:
        """Answer whoever asks by way of this client's scheduler."""
        if client is not self._client:
            self._client = client
            client.subscribe_topic(lease_topic(self._presence.id), self._hear)

    def over_at(self, claim: Claim, *, present: Collection[str]) -> float:
        """When the last lease of workers that are not ``present`` any more ends, on the service's own clock."""
        granted = self._granted_at.get(claim, {})
        times = [at for worker, at in granted.items() if worker not in present]
        return max(times, default=float("-inf")) + self._presence.timing.lease_s

    def workers(self, claim: Claim) -> Collection[str]:
        """Whoever was granted a lease."""
        return frozenset(self._granted_at.get(claim, {}))

    def forget(self, claim: Claim) -> None:
        self._granted_at.pop(claim, None)

    def _hear(self, event: tuple[object, _Question]) -> None:
        answering = asyncio.create_task(self._answer(*event[1]))
        self._answering.add(answering)
        answering.add_done_callback(self._answering.discard)

    async def _answer(self, job_id: str, attempt: int, number: int, worker: str, variable: str) -> None:
        claim = Claim(job_id=job_id, attempt=attempt, service_id=self._presence.id, number=number)
        granted = self._presence.is_certain and self._is_at_work(claim)
        if granted:
            self._granted_at.setdefault(claim, {})[worker] = self._presence.clock()
        with suppress(OSError):  # who asked hears nothing, which is a no
            await Variable(variable, client=self._client).set(granted)
