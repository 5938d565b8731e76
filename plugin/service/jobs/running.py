"""A job at work: what the engine lends to ``JobKind.run``."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import suppress
from typing import TypeVar

from distributed import Client, Event, Future, wait
from sqlalchemy.exc import OperationalError

from plugin.service.jobs.cluster import Cluster
from plugin.service.jobs.kind import TIMEOUT, JobCancelled, JobFailed, JsonObject
from plugin.service.jobs.record import JobRecord, JobRecords
from plugin.service.jobs.task import TaskControl

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_SAVE_EVERY_S = 1.0
_TASKS_PER_WORKER = 2
"""Tasks handed out ahead: enough that no worker idles, few enough that cancel and pause take effect at once."""
_TICK_S = 0.2
_GRACE_S = 0.8
"""A job is to end within two seconds of being asked to, also in the middle of a library that asks nobody."""


class RunningJob:
    """One execution of a job."""

    def __init__(self, record: JobRecord, records: JobRecords, cluster: Cluster) -> None:
        self.id = record.id
        self.owner = record.owner
        self.request: JsonObject = record.request
        self.plan: JsonObject | None = record.plan
        self.content: JsonObject = dict(record.content)
        self.fraction_done = record.progress
        self._priority = record.priority
        self._records = records
        self._cluster = cluster
        self._cancelled = asyncio.Event()
        self._resumed = asyncio.Event()
        self._resumed.set()
        self._abandoned = False
        self._saved_at = 0.0
        self._has_begun = False
        self._control = TaskControl(self.id)

    # -- what the engine asks ------------------------------------------------------------------------------------

    async def cancel(self) -> None:
        self._cancelled.set()
        self._resumed.set()

    def abandon(self) -> None:
        """The service ends, and its workers with it: nobody waits for tasks at work. The next service goes on."""
        self._abandoned = True

    async def pause(self) -> None:
        self._resumed.clear()

    async def resume(self) -> None:
        self._resumed.set()

    @property
    def is_cancelled(self) -> bool:
        return self._cancelled.is_set()

    # -- what the kind of job uses -------------------------------------------------------------------------------

    async def save_plan(self, plan: JsonObject) -> None:
        """Make the plan durable: after a restart ``run`` finds it in ``plan``."""
        self.plan = plan
        await asyncio.to_thread(self._records.change, self.id, {"plan": plan})

    async def progress(self, fraction: float) -> None:
        """Tell how far the job is, 0 to 1."""
        self.fraction_done = min(max(fraction, self.fraction_done), 1.0)
        clock = asyncio.get_running_loop().time()
        if clock - self._saved_at >= _SAVE_EVERY_S:
            self._saved_at = clock
            with suppress(OperationalError):  # no reason to give up the work: told again in a moment
                await asyncio.to_thread(self._records.change, self.id, {"progress": self.fraction_done})

    def check_cancelled(self) -> None:
        """Raises JobCancelled."""
        if self.is_cancelled:
            raise JobCancelled

    async def map(
        self, function: Callable[[_Item], _Result], items: Iterable[_Item]
    ) -> AsyncGenerator[tuple[_Item, _Result], None]:
        """Run ``function`` on every item on the cluster; results as they come, in any order.

        Tasks may run more than once. When one fails, or the job is cancelled, no more are handed out and the error is
        raised only after the last task at work has ended: what they stored can then be removed for good. Who may leave
        the loop early closes the generator (``contextlib.aclosing``): it waits for the same.
        """
        client = await self._cluster.client()
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
                    yield item, await future.result()
                self.check_cancelled()
        finally:
            if not self._abandoned:
                await _let_end(at_work)

    async def run_long(self, function: Callable[..., _Result], *arguments: object, time_limit_s: float) -> _Result:
        """Run ``function(control, *arguments)`` as one task that reports progress and can be stopped in the middle.

        The time limit counts what the task works: neither its time in the queue nor that of a pause. A task that does
        not hear that it is to stop is ended with its worker. Raises JobCancelled, and JobFailed when the time is over.
        """
        client = await self._cluster.client()
        stop, pause = Event(self._control.stop_name, client), Event(self._control.pause_name, client)
        await stop.clear()
        await pause.clear()
        client.subscribe_topic(self._control.topic, self._hear_progress)
        future = client.submit(function, self._control, *arguments, pure=False, priority=self._priority)
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
            with suppress(KeyError):
                client.unsubscribe_topic(self._control.topic)

    # -- inside --------------------------------------------------------------------------------------------------

    async def _hand_out(
        self,
        client: Client,
        function: Callable[[_Item], _Result],
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
            at_work[client.submit(function, item, pure=False, priority=self._priority)] = item

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


async def _let_end(at_work: Iterable[Future]) -> None:
    """Wait for tasks whose result no longer matters."""
    for future in list(at_work):
        with suppress(Exception):
            await future.result()
