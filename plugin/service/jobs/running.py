"""A job at work: what the engine lends to ``JobKind.run``."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Iterator
from contextlib import suppress
from typing import TypeVar

from distributed import Client, Event, Future, KilledWorker, wait
from sqlalchemy.exc import OperationalError

from plugin.service.jobs.claim import Claim, ClaimLost, ClaimUncertain
from plugin.service.jobs.cluster import Cluster
from plugin.service.jobs.failures import JobCancelled, JobFailed
from plugin.service.jobs.granting import Leases
from plugin.service.jobs.persistence import persist
from plugin.service.jobs.presence import Presence
from plugin.service.jobs.record import JobRecord, JsonObject, Verdict
from plugin.service.jobs.records import JobRecords
from plugin.service.jobs.task import TaskControl
from plugin.service.pacs.error_numbers import TIMEOUT

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_SAVE_EVERY_S = 1.0
_TASKS_PER_WORKER = 2
"""Tasks handed out ahead: enough that no worker idles, few enough that cancel and pause take effect at once."""
_TICK_S = 0.2
_GRACE_S = 0.8
"""A job is to end within two seconds of being asked to, also in the middle of a library that asks nobody."""


class RunningJob:
    """One execution of a job that this service has claimed."""

    def __init__(
        self, record: JobRecord, records: JobRecords, cluster: Cluster, presence: Presence, leases: Leases
    ) -> None:
        self.id = record.id
        self.attempt = record.attempt
        self.claim = Claim(job_id=record.id, attempt=record.attempt, service_id=presence.id, number=record.claim_number)
        self.owner = record.owner
        self.request: JsonObject = record.request
        self.plan: JsonObject | None = record.plan
        self.verdict = None if record.verdict is None else Verdict(record.verdict)
        self.content: JsonObject = dict(record.content)
        self.fraction_done = record.progress
        self._priority = record.priority
        self._records = records
        self._cluster = cluster
        self._presence = presence
        self._leases = leases
        self._claimed_at = presence.clock()
        self._cancelled = asyncio.Event()
        self._resumed = asyncio.Event()
        self._resumed.set()
        self._abandoned = False
        self._is_lost = False
        self._saved_at = 0.0
        self._has_begun = False
        self._client: Client | None = None
        self._has_reconnected = False
        self._control = TaskControl(self.claim, presence.timing.lease_s)

    # -- what the engine asks ------------------------------------------------------------------------------------

    def cancel(self) -> None:
        self._cancelled.set()
        self._resumed.set()

    def abandon(self) -> None:
        """Nobody waits any more for tasks at work: the service ends, or another goes on with the job."""
        self._abandoned = True

    def lose(self) -> None:
        """Another service has claimed the job. May be called from any thread."""
        self._is_lost = self._abandoned = True

    def pause(self) -> None:
        if not self.is_cancelled:
            self._resumed.clear()

    def resume(self) -> None:
        self._resumed.set()

    @property
    def is_lost(self) -> bool:
        return self._is_lost

    @property
    def is_cancelled(self) -> bool:
        return self._cancelled.is_set()

    async def confirm(self) -> None:
        """Go on as soon as it is certain that the job is still this service's. Raises ClaimLost."""
        while True:
            await persist(lambda: self._records.require(self.claim))
            if self._is_lost:
                raise ClaimLost
            if self._presence.is_certain:
                return
            await asyncio.sleep(_TICK_S)

    async def give_up(self, values: JsonObject) -> None:
        """Settle that the attempt is undone, and note why; ``self.verdict`` says so, or why not. Raises ClaimLost."""
        self.verdict = await persist(lambda: self._records.decide(self.claim, Verdict.UNDO, values))

    async def tasks_over(self) -> bool:
        """Wait until no task of the attempt, here or elsewhere, can store anything; whether that took time."""
        over_at = self._leases.over_at(self.claim, present=await self._present_workers())
        if not self.claim.is_first:
            over_at = max(over_at, self._claimed_at + self._presence.timing.lease_s)
        waits = over_at > self._presence.clock()
        while over_at > self._presence.clock():
            await asyncio.sleep(min(_TICK_S, self._presence.timing.lease_s))
        return waits

    # -- what the kind of job uses -------------------------------------------------------------------------------

    def require_authority(self) -> None:
        """Asked, from any thread, right before anything is removed. Raises ClaimUncertain."""
        if self._is_lost or not self._presence.is_certain:
            raise ClaimUncertain

    async def save_plan(self, plan: JsonObject) -> None:
        """Make the plan durable: after a restart, or at another service, ``run`` finds it in ``plan``."""
        await asyncio.to_thread(self._records.change, self.claim, {"plan": plan})
        self.plan = plan

    async def keep(self, plan: JsonObject) -> None:
        """From here on the attempt only ever goes forward, by this plan: to be said before anything is removed.

        Raises ClaimLost, ClaimUncertain.
        """
        self.verdict = await persist(lambda: self._records.decide(self.claim, Verdict.KEEP, {"plan": plan}))
        if self.verdict is not Verdict.KEEP:
            raise ClaimUncertain
        self.plan = plan

    async def progress(self, fraction: float) -> None:
        """Tell how far the job is, 0 to 1."""
        self.fraction_done = min(max(fraction, self.fraction_done), 1.0)
        clock = asyncio.get_running_loop().time()
        if clock - self._saved_at >= _SAVE_EVERY_S:
            self._saved_at = clock
            with suppress(OperationalError):  # no reason to give up the work: told again in a moment
                await asyncio.to_thread(self._records.change, self.claim, {"progress": self.fraction_done})

    def check_cancelled(self) -> None:
        """Raises JobCancelled."""
        if self.is_cancelled:
            raise JobCancelled

    async def map(
        self,
        function: Callable[[TaskControl, _Item], _Result],
        items: Iterable[_Item],
        *,
        lost: Callable[[_Item], _Result] | None = None,
    ) -> AsyncGenerator[tuple[_Item, _Result], None]:
        """Run ``function(control, item)`` for every item on the cluster; results as they come, in any order.

        ``lost(item)`` stands for the result of a task whose workers ended again and again; without it that is an error.

        Tasks may run more than once. When one fails, or the job is cancelled, no more are handed out and the error is
        raised only after the last task at work has ended: what they stored can then be removed for good. Who may leave
        the loop early closes the generator (``contextlib.aclosing``): it waits for the same.
        """
        client = await self._connected()
        waiting = iter(items)
        at_work: dict[Future, _Item] = {}
        try:
            while True:
                await self._hand_out(client, function, waiting, at_work)
                if not at_work:
                    return
                ended = await wait(list(at_work), return_when="FIRST_COMPLETED")
                for future in ended.done:
                    item = at_work.pop(future)
                    yield item, await _result(future, item, lost)
                self.check_cancelled()
        finally:
            if not self._abandoned:
                await _let_end(at_work)

    async def run_long(self, function: Callable[..., _Result], *arguments: object, time_limit_s: float) -> _Result:
        """Run ``function(control, *arguments)`` as one task that reports progress and can be stopped in the middle.

        The time limit counts what the task works: neither its time in the queue nor that of a pause. A task that does
        not hear that it is to stop is ended with its worker. Raises JobCancelled, and JobFailed when the time is over.
        """
        client = await self._connected()
        stop, pause = Event(self._control.stop_name, client), Event(self._control.pause_name, client)
        await stop.clear()
        await pause.clear()
        client.subscribe_topic(self._control.topic, self._hear_progress)
        future = self._submit(client, function, *arguments)
        watch = asyncio.create_task(self._relay_signals(stop, pause))
        ended = asyncio.create_task(wait([future]))
        try:
            if not await self._ends_in_time(ended, time_limit_s):
                await stop.set()
                await self._end_by_force(client, future, ended)
                raise JobFailed(f"not done within the limit of {time_limit_s:g} s", code=TIMEOUT)
            if self.is_cancelled:
                await stop.set()
                await self._end_by_force(client, future, ended)
                raise JobCancelled
            result: _Result = await future.result()
            return result
        finally:
            watch.cancel()
            ended.cancel()
            if self._is_lost:
                with suppress(Exception):  # whoever has the job now runs a task of its own
                    await stop.set()
            with suppress(KeyError):
                client.unsubscribe_topic(self._control.topic)

    # -- inside --------------------------------------------------------------------------------------------------

    async def _connected(self) -> Client:
        client = await self._cluster.client()
        self._has_reconnected |= self._client not in (None, client)
        self._client = client
        self._leases.answer(client)
        return client

    def _submit(self, client: Client, function: Callable[..., object], *arguments: object) -> Future:
        """The one place where tasks are handed out."""
        return client.submit(function, self._control, *arguments, pure=False, priority=self._priority)

    async def _present_workers(self) -> Collection[str]:
        """Workers that store nothing more once their tasks are heard to have ended."""
        if self._client is None or self._client.cluster is not None:  # of this machine: a lost one is dead
            return self._leases.workers(self.claim)
        if self._has_reconnected:
            return ()
        try:
            # What the client itself knows of the scheduler names no workers.
            scheduler = await self._client.scheduler.identity(n_workers=-1)
        except OSError:  # the scheduler is gone: nobody knows what its workers do
            return ()
        return frozenset(scheduler["workers"])

    async def _hand_out(
        self,
        client: Client,
        function: Callable[[TaskControl, _Item], _Result],
        waiting: Iterator[_Item],
        at_work: dict[Future, _Item],
    ) -> None:
        while len(at_work) < max(1, self._cluster.workers) * _TASKS_PER_WORKER:
            if not self._resumed.is_set():
                if at_work:
                    return  # take the results of what is at work first
                await self._resumed.wait()
            self.check_cancelled()
            item = next(waiting, None)
            if item is None:
                return
            at_work[self._submit(client, function, item)] = item

    def _hear_progress(self, event: tuple[object, float]) -> None:
        self._has_begun = True
        self.fraction_done = max(self.fraction_done, float(event[1]))

    async def _relay_signals(self, stop: Event, pause: Event) -> None:
        """Carry cancel, pause and resume to the worker, and the progress it tells into the record."""
        paused = False
        while not self._cancelled.is_set():
            if paused == self._resumed.is_set():
                paused = not paused
                await (pause.set() if paused else pause.clear())
            await self.progress(self.fraction_done)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._cancelled.wait(), _TICK_S)
        await stop.set()

    async def _ends_in_time(self, ended: asyncio.Task[object], time_limit_s: float) -> bool:
        """Wait for a task, or for its job to be cancelled; False when the time is over."""
        cancelled = asyncio.create_task(self._cancelled.wait())
        clock = asyncio.get_running_loop().time
        worked_s, looked_at = 0.0, clock()
        try:
            while not ended.done() and not cancelled.done():
                await asyncio.wait([ended, cancelled], timeout=_TICK_S, return_when="FIRST_COMPLETED")
                if self._has_begun and self._resumed.is_set():
                    worked_s += clock() - looked_at
                looked_at = clock()
                if worked_s > time_limit_s and not ended.done():
                    return False
            return True
        finally:
            cancelled.cancel()

    async def _end_by_force(self, client: Client, future: Future, ended: asyncio.Task[object]) -> None:
        """Give the task a moment to hear ``stop``; end its worker when it does not."""
        if not self._has_begun:
            await future.cancel()  # still queued behind others: their worker is not to blame
            return
        await asyncio.wait([ended], timeout=_GRACE_S)
        if ended.done():
            return
        processing = await client.processing()
        workers = [name for name, keys in processing.items() if future.key in keys]
        await future.cancel()
        await self._cluster.end_workers(workers)


async def _result(future: Future, item: _Item, lost: Callable[[_Item], _Result] | None) -> _Result:
    try:
        result: _Result = await future.result()
    except KilledWorker:
        if lost is None:
            raise
        return lost(item)
    return result


async def _let_end(at_work: Iterable[Future]) -> None:
    """Wait for tasks whose result no longer matters."""
    for future in list(at_work):
        with suppress(Exception):
            await future.result()
