"""Runs jobs: durable records in, tasks on the cluster out; survives a restart in the middle of any of them."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from itertools import chain, repeat
from typing import TypeVar

from sqlalchemy.exc import OperationalError
from starlette.requests import Request

from plugin.service.errors import Conflict, NotFound
from plugin.service.jobs.cluster import Cluster
from plugin.service.jobs.kind import (
    CANCELED_JOB,
    INTERNAL_ERROR,
    FreshContent,
    JobCancelled,
    JobFailed,
    JobKind,
    JsonObject,
)
from plugin.service.jobs.record import JobRecord, JobRecords, JobState, JobWish
from plugin.service.jobs.running import RunningJob
from plugin.service.records import now

_LOG = logging.getLogger(__name__)
_FINISHED_JOBS_KEPT = 1000
_INTERACTIVE = 1000
"""Priority of what a client waits for."""
_Result = TypeVar("_Result")
_UNDO_WAITS_S = (0.5, 1, 2, 5, 10, 30, 60)
"""While Orthanc is away nothing can be removed: the roll-back is tried again, for as long as it takes."""


class JobEngine:
    """All jobs of the service. Lives in the service's event loop."""

    def __init__(self, records: JobRecords, cluster: Cluster, kinds: Sequence[JobKind]) -> None:
        self._records = records
        self._cluster = cluster
        self._kinds = {kind.name: kind for kind in kinds}
        self._running: dict[str, RunningJob] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._changed = asyncio.Condition()
        self._dispatching = asyncio.Lock()

    # -- life ----------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start the cluster, and go on with every job that the last service did not finish."""
        self._cluster.start()
        await self._dispatch()

    async def stop(self) -> None:
        """End without touching the jobs: they go on when the service is started again."""
        for running in self._running.values():
            running.abandon()
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._cluster.close()

    # -- what clients ask ----------------------------------------------------------------------------------------

    async def submit(
        self,
        kind: str,
        request: JsonObject,
        *,
        owner: str | None = None,
        priority: int = 0,
        content: JsonObject | None = None,
        plan: JsonObject | None = None,
    ) -> JobRecord:
        """Record a job, with its plan where there is one already, and see to it that it runs."""
        record = await asyncio.to_thread(
            self._records.add,
            kind=kind,
            request=request,
            owner=owner,
            priority=priority,
            content=content or {},
            plan=plan,
        )
        # Results that clients come back for would be lost with their job.
        lasting = [name for name, kind in self._kinds.items() if isinstance(kind, FreshContent)]
        await asyncio.to_thread(self._records.prune, keep=_FINISHED_JOBS_KEPT, kept_for_a_day=lasting)
        await self._dispatch()
        return record

    async def compute(self, function: Callable[..., _Result], *arguments: object) -> _Result:
        """Run one function on the cluster, outside any job: for answers that must not burden the service."""
        client = await self._cluster.client()
        result: _Result = await client.submit(function, *arguments, pure=False, priority=_INTERACTIVE)
        return result

    async def find(self, job_id: str) -> JobRecord:
        """The job with its latest progress. Raises NotFound."""
        record = await asyncio.to_thread(self._records.find, job_id)
        if record is None:
            raise NotFound("There is no such job")
        return self._live(record)

    async def list_all(self, *, owner: str | None = None) -> list[JobRecord]:
        records = await asyncio.to_thread(lambda: self._records.list_all(owner=owner))
        return [self._live(record) for record in records]

    async def wait(self, job_id: str) -> JobRecord:
        """The job once it is finished."""
        async with self._changed:
            while True:
                record = await self.find(job_id)
                if JobState(record.state).is_final:
                    return record
                await self._changed.wait()

    async def cancel(self, job_id: str) -> None:
        """Ask a job to stop; it is ``Failure`` once all it did is undone."""
        record = await self.find(job_id)
        if JobState(record.state).is_final:
            return
        await asyncio.to_thread(self._records.change, record.id, {"wish": JobWish.CANCEL})
        running = self._running.get(record.id)
        if running is not None:
            await running.cancel()
        else:
            await asyncio.to_thread(self._records.change, record.id, {"state": JobState.PENDING})
            await self._dispatch()

    async def pause(self, job_id: str) -> None:
        """Hand out no more of a job's tasks until it is resumed. Raises Conflict when it is finished."""
        record = await self._unfinished(job_id, "paused")
        running = self._running.get(record.id)
        if running is not None:
            await running.pause()
        await asyncio.to_thread(self._records.change, record.id, {"state": JobState.PAUSED})
        await self._tell()

    async def resume(self, job_id: str) -> None:
        """Go on with a paused job. Raises Conflict when it is finished."""
        record = await self._unfinished(job_id, "resumed")
        running = self._running.get(record.id)
        state = JobState.PENDING if running is None else JobState.RUNNING
        await asyncio.to_thread(self._records.change, record.id, {"state": state})
        if running is not None:
            await running.resume()
        await self._dispatch()

    async def resubmit(self, job_id: str) -> None:
        """Run a failed job once more from the start. Raises Conflict when it has not failed."""
        record = await self.find(job_id)
        if record.state != JobState.FAILURE:
            raise Conflict("Only a failed job can be resubmitted")
        values = {
            "state": JobState.PENDING,
            "wish": None,
            "plan": None,
            "progress": 0.0,
            "error_code": 0,
            "error_details": None,
            "completed_at": None,
        }
        await asyncio.to_thread(self._records.change, record.id, values)
        await self._dispatch()

    async def remove(self, job_id: str) -> None:
        """Forget a finished job. Raises Conflict while it is not."""
        record = await self.find(job_id)
        if not JobState(record.state).is_final:
            raise Conflict("Only a finished job can be removed")
        await asyncio.to_thread(self._records.remove, record.id)

    def content(self, record: JobRecord, request: Request) -> JsonObject:
        """Content of a job as the client of ``request`` gets it."""
        kind = self._kinds.get(record.kind)
        return kind.fresh_content(record, request) if isinstance(kind, FreshContent) else record.content

    @property
    def workers(self) -> int:
        """Tasks that can run at once; 0 while the cluster starts."""
        return self._cluster.workers

    # -- inside --------------------------------------------------------------------------------------------------

    async def _unfinished(self, job_id: str, what: str) -> JobRecord:
        record = await self.find(job_id)
        if JobState(record.state).is_final:
            raise Conflict(f"A finished job cannot be {what}")
        return record

    def _live(self, record: JobRecord) -> JobRecord:
        running = self._running.get(record.id)
        if running is not None and not JobState(record.state).is_final:
            record.progress = max(record.progress, running.fraction_done)
        return record

    async def _dispatch(self) -> None:
        """Start what may start: the most urgent jobs of each kind, up to its concurrency."""
        async with self._dispatching:
            # What is at work now may be finished, and start again, before the list of a moment ago is read.
            at_work = set(self._tasks)
            for record in await _persist(self._records.unfinished):
                if record.id not in at_work:
                    await self._start_if_free(record)
        await self._tell()

    async def _start_if_free(self, record: JobRecord) -> None:
        kind = self._kinds.get(record.kind)
        if kind is None or (record.state == JobState.PAUSED and record.wish is None):
            return
        busy = sum(1 for task in self._tasks.values() if task.get_name() == record.kind)
        # To end a waiting job takes no place among the running ones.
        if busy >= kind.concurrency and record.wish is None:
            return
        running = RunningJob(record, self._records, self._cluster)
        self._running[record.id] = running
        if record.wish == JobWish.CANCEL:
            await running.cancel()
        self._tasks[record.id] = asyncio.create_task(self._carry_out(kind, running), name=record.kind)

    async def _carry_out(self, kind: JobKind, job: RunningJob) -> None:
        started = time.monotonic()
        try:
            await _persist(lambda: self._records.change(job.id, {"state": JobState.RUNNING}))
            outcome = await self._outcome(kind, job)
            runtime = {"runtime_s": time.monotonic() - started, "completed_at": now()}
            await _persist(lambda: self._records.change(job.id, {**outcome, **runtime}))
        finally:
            self._running.pop(job.id, None)
            self._tasks.pop(job.id, None)
        await self._dispatch()

    async def _outcome(self, kind: JobKind, job: RunningJob) -> JsonObject:
        """Final values of the record; failure only when everything is undone."""
        try:
            job.check_cancelled()
            content = await kind.run(job)
            return {"state": JobState.SUCCESS, "progress": 1.0, "plan": None, "content": {**job.content, **content}}
        except JobCancelled:
            failure = JobFailed("This job was canceled", code=CANCELED_JOB)
        except JobFailed as error:
            failure = error
        except Exception as error:  # the one dispatcher: whatever happens, the job ends undone and says so
            _LOG.exception("job %s of kind %s failed", job.id, kind.name)
            failure = JobFailed(f"Internal error ({type(error).__name__})", code=INTERNAL_ERROR)
        await self._undo(kind, job)
        return {
            "state": JobState.FAILURE,
            "progress": job.fraction_done,
            "plan": None,
            "content": {**job.content, **failure.content},
            "error_code": failure.code,
            "error_details": failure.message,
        }

    async def _undo(self, kind: JobKind, job: RunningJob) -> None:
        for attempt in range(10**6):
            try:
                await kind.undo(job)
                return
            except Exception:  # nothing but a complete roll-back may end the job
                _LOG.exception("job %s of kind %s is not undone yet", job.id, kind.name)
                await asyncio.sleep(_UNDO_WAITS_S[min(attempt, len(_UNDO_WAITS_S) - 1)])

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


async def _persist(work: Callable[[], _Result]) -> _Result:
    """Do a piece of work on the database; while it is busy or away, again and again: no job is lost for that."""
    for wait_s in chain(_UNDO_WAITS_S, repeat(_UNDO_WAITS_S[-1])):
        try:
            return await asyncio.to_thread(work)
        except OperationalError:
            _LOG.exception("the database does not answer")
            await asyncio.sleep(wait_s)
    raise AssertionError("the waits never end")
