"""Runs jobs: durable records in, tasks on the cluster out; survives a restart in the middle of any of them.

Several services may share the records. Each runs what it has claimed, goes on with the jobs of one that is gone, and
hears what is asked of its jobs at another.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from contextvars import Context
from itertools import chain, repeat
from typing import TypeVar

from pydantic import JsonValue
from sqlalchemy.exc import OperationalError
from starlette.requests import Request

from plugin.service.errors import Conflict, NotFound, Unavailable
from plugin.service.jobs.aftermath import Aftermath
from plugin.service.jobs.claim import Claim, ClaimLost, ClaimUncertain
from plugin.service.jobs.cluster import CONNECTION_LOST, Cluster
from plugin.service.jobs.failures import JobCancelled, JobFailed
from plugin.service.jobs.granting import Leases
from plugin.service.jobs.kind import CarriesUserData, FreshContent, JobKind
from plugin.service.jobs.persistence import WAITS_S, persist
from plugin.service.jobs.presence import Others, Presence
from plugin.service.jobs.record import JobRecord, JobState, JobWish, JsonObject, OpenJob, Verdict
from plugin.service.jobs.records import JobRecords
from plugin.service.jobs.running import RunningJob
from plugin.service.jobs.task import LeaseOver
from plugin.service.pacs.error_numbers import CANCELED_JOB, INTERNAL_ERROR
from plugin.service.records import now

_LOG = logging.getLogger(__name__)
_FINISHED_JOBS_KEPT = 1000
_ATTEMPTS = 3
_INTERACTIVE = 1000
"""Priority of what a client waits for."""
_Result = TypeVar("_Result")
_End = Callable[[Claim, Mapping[str, object]], None]
"""Writes the end of a job."""


class JobEngine:
    """The jobs of this service. Lives in the service's event loop."""

    def __init__(self, records: JobRecords, cluster: Cluster, kinds: Sequence[JobKind], presence: Presence) -> None:
        self._records = records
        self._cluster = cluster
        self._kinds = {kind.name: kind for kind in kinds}
        self._presence = presence
        self._leases = Leases(presence, self._is_at_work)
        self._aftermath = Aftermath(records.undone, self._kinds, presence)
        self._running: dict[str, RunningJob] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._changed = asyncio.Condition()
        self._acting = asyncio.Lock()
        """Held while records are read and acted upon: what was read is not yet out of date."""
        self._others = Others()
        """As of the last look."""
        self._looking: asyncio.Task[None] | None = None

    # -- life ----------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start the cluster, and go on with every job that the last service did not finish."""
        await persist(self._presence.enter)
        self._cluster.start()
        self._looking = asyncio.create_task(self._look_forever())

    async def stop(self) -> None:
        """End without touching the jobs: they go on when the service is started again, or at another."""
        self._presence.falter()
        for running in self._running.values():
            running.abandon()
        tasks = [*self._tasks.values(), *([] if self._looking is None else [self._looking])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._aftermath.stop()
        await self._cluster.close()
        with suppress(OperationalError):  # then the others will see that this one is gone
            await asyncio.to_thread(self._leave)

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
        """Run one function on the cluster, outside any job: for answers that must not burden the service.

        Raises what the function raises, KilledWorker, and Unavailable when the workers are lost again and again.
        """
        for _ in range(_ATTEMPTS):
            client = await self._cluster.client()
            with suppress(*CONNECTION_LOST):
                result: _Result = await client.submit(function, *arguments, pure=False, priority=_INTERACTIVE)
                return result
        raise Unavailable("The workers are being started again; ask again in a moment")

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

    async def wait_for_answer(self, job_id: str) -> JobRecord:
        """As ``wait``, for a client: once the job is cancelled it is not kept until all is undone. Raises Conflict."""
        async with self._changed:
            while True:
                record = await self.find(job_id)
                if JobState(record.state).is_final:
                    return record
                if record.wish == JobWish.CANCEL:
                    raise Conflict("This job was canceled")
                await self._changed.wait()

    async def cancel(self, job_id: str) -> None:
        """Ask a job to stop; it is ``Failure`` once all it did is undone."""
        record = await self.find(job_id)
        async with self._acting:
            if not await asyncio.to_thread(self._records.cancel, record.id):
                return
            if record.id in self._running:
                self._running[record.id].cancel()
        await self._dispatch()

    async def pause(self, job_id: str) -> None:
        """Hand out no more of a job's tasks until it is resumed. Raises Conflict when it is finished."""
        record = await self.find(job_id)
        async with self._acting:
            if not await asyncio.to_thread(self._records.pause, record.id):
                raise Conflict("A finished job cannot be paused")
            if record.id in self._running:
                self._running[record.id].pause()
        await self._tell()

    async def resume(self, job_id: str) -> None:
        """Go on with a paused job. Raises Conflict when it is finished."""
        record = await self.find(job_id)
        async with self._acting:
            if not await asyncio.to_thread(self._records.resume, record.id):
                raise Conflict("A finished job cannot be resumed")
            if record.id in self._running:
                self._running[record.id].resume()
        await self._dispatch()

    async def resubmit(self, job_id: str) -> None:
        """Run a failed job once more from the start, as a new attempt. Raises Conflict when it has not failed."""
        record = await self.find(job_id)
        if not await asyncio.to_thread(lambda: self._records.resubmit(record.id, attempt=record.attempt)):
            raise Conflict("Only a failed job can be resubmitted")
        await self._dispatch()

    async def note(self, job_id: str, key: str, value: object) -> bool:
        """Add to the content of a job that succeeded, once; False when it has that key already."""
        return await asyncio.to_thread(self._records.note, job_id, key, value)

    async def remove(self, job_id: str) -> None:
        """Forget a finished job. Raises Conflict while it is not."""
        record = await self.find(job_id)
        if not await asyncio.to_thread(self._records.remove, record.id):
            raise Conflict("Only a finished job can be removed")

    def content(self, record: JobRecord, request: Request) -> JsonObject:
        """Content of a job as the client of ``request`` gets it."""
        kind = self._kinds.get(record.kind)
        return kind.fresh_content(record, request) if isinstance(kind, FreshContent) else record.content

    def user_data(self, record: JobRecord) -> JsonValue:
        """What the client gave along with a job; None where it gave nothing."""
        kind = self._kinds.get(record.kind)
        return kind.user_data(record) if isinstance(kind, CarriesUserData) else None

    @property
    def workers(self) -> int:
        """Tasks that can run at once; 0 while the cluster starts."""
        return self._cluster.workers

    # -- inside --------------------------------------------------------------------------------------------------

    def _live(self, record: JobRecord) -> JobRecord:
        running = self._running.get(record.id)
        if running is not None and not JobState(record.state).is_final:
            record.progress = max(record.progress, running.fraction_done)
        return record

    def _is_at_work(self, claim: Claim) -> bool:
        running = self._running.get(claim.job_id)
        return running is not None and running.claim == claim and not running.is_lost

    def _leave(self) -> None:
        with self._presence.leave() as session:
            self._records.release(session, self._presence.id)

    async def _look_forever(self) -> None:
        while True:
            try:
                await self._look()
            except OperationalError:
                _LOG.warning("the database does not answer")
            except Exception:  # the next look may do better, and every job depends on it
                _LOG.exception("the jobs could not be looked at")
            await asyncio.sleep(self._presence.timing.look_every_s)

    async def _look(self) -> None:
        """Be heard, hear what is asked of this service's jobs, and start what may start."""
        async with self._acting:
            is_due = self._presence.must_beat
            if is_due:
                await asyncio.to_thread(self._beat)
                self._drop_lost()
            self._others = await asyncio.to_thread(self._presence.others)
            jobs = await asyncio.to_thread(self._records.open_jobs)
            for job in jobs:
                if job.id in self._running:
                    _pass_on(job, self._running[job.id])
            await self._start_some(jobs)
            await asyncio.to_thread(self._strike_off, {job.service_id for job in jobs})
        if is_due:
            await self._aftermath.look(self._others)
        await self._tell()

    def _drop_lost(self) -> None:
        for job_id, running in self._running.items():
            if running.is_lost:
                _LOG.warning("job %s is another service's now", job_id)
                self._tasks[job_id].cancel()

    def _strike_off(self, holding: Collection[str | None]) -> None:
        self._presence.forget({each: beat for each, beat in self._others.gone.items() if each not in holding})

    def _beat(self) -> None:
        with self._presence.beating() as session:
            held = self._records.claims(session, self._presence.id)
            for running in list(self._running.values()):
                if running.claim not in held:
                    running.lose()

    async def _dispatch(self) -> None:
        """Start what may start: the most urgent jobs of each kind, up to its concurrency."""
        async with self._acting:
            await self._start_some(await persist(self._records.open_jobs))
        await self._tell()

    async def _start_some(self, jobs: Sequence[OpenJob]) -> None:
        for job in jobs:
            if job.id not in self._tasks and job.service_id not in self._others.alive:
                await self._start_if_free(job)

    async def _start_if_free(self, job: OpenJob) -> None:
        kind = self._kinds.get(job.kind)
        if kind is None or (job.state == JobState.PAUSED and job.wish is None) or not self._presence.is_certain:
            return
        busy = sum(1 for task in self._tasks.values() if task.get_name() == job.kind)
        # To end a waiting job takes no place among the running ones.
        if busy >= kind.concurrency and job.wish is None:
            return
        beat = self._others.gone.get(job.service_id or "")
        record = await persist(lambda: self._records.claim(job, service_id=self._presence.id, beat_of_holder=beat))
        if record is None:
            return
        running = RunningJob(record, self._records, self._cluster, self._presence, self._leases)
        if record.wish == JobWish.CANCEL:
            running.cancel()
        self._running[record.id] = running
        # Whatever request happens to start it is not who asked for it.
        work = self._carry_out(kind, running)
        self._tasks[record.id] = asyncio.create_task(work, name=record.kind, context=Context())

    async def _carry_out(self, kind: JobKind, job: RunningJob) -> None:
        started = time.monotonic()
        try:
            end, outcome = await self._outcome(kind, job)
            runtime = {"runtime_s": time.monotonic() - started, "completed_at": now()}
            await persist(lambda: end(job.claim, {**outcome, **runtime}))
        except ClaimLost:
            _LOG.warning("job %s is not this service's any more", job.id)
        finally:
            self._running.pop(job.id, None)
            self._tasks.pop(job.id, None)
            self._leases.forget(job.claim)
        await self._dispatch()

    async def _outcome(self, kind: JobKind, job: RunningJob) -> tuple[_End, JsonObject]:
        """How the job ends, with values of its record; as a failure only when everything is undone.

        Raises ClaimLost.
        """
        for wait_s in chain(WAITS_S, repeat(WAITS_S[-1])):
            if job.verdict is Verdict.UNDO:
                await self._undo(kind, job)
                return self._records.fail, {"progress": job.fraction_done}
            try:
                if job.verdict is None:
                    job.check_cancelled()
                content = await kind.run(job)
                return self._records.succeed, {"progress": 1.0, "content": {**job.content, **content}}
            except ClaimLost:
                raise
            except (ClaimUncertain, LeaseOver):
                await job.confirm()
            except CONNECTION_LOST:  # with tasks at work: the job goes on by its plan once there are workers again
                _LOG.warning("job %s lost the connection to its workers", job.id)
                await asyncio.sleep(wait_s)
                await job.confirm()
            except Exception as error:  # the one dispatcher: whatever happens, the job ends undone and says so
                failure = _failure(error, kind, job)
                if job.verdict is Verdict.KEEP:  # some of it is removed already: the rest follows, sooner or later
                    await asyncio.sleep(wait_s)
                else:
                    await job.give_up(failure)
        raise AssertionError("the waits never end")

    async def _undo(self, kind: JobKind, job: RunningJob) -> None:
        """All of it, and once more when a task may have stored something meanwhile. Raises ClaimLost."""
        await self._undo_now(kind, job)
        if await job.tasks_over():
            await self._undo_now(kind, job)

    async def _undo_now(self, kind: JobKind, job: RunningJob) -> None:
        for wait_s in chain(WAITS_S, repeat(WAITS_S[-1])):
            try:
                await kind.undo(job)
                return
            except ClaimUncertain:
                await job.confirm()
            except Exception:  # nothing but a complete roll-back may end the job
                _LOG.exception("job %s of kind %s is not undone yet", job.id, kind.name)
                await asyncio.sleep(wait_s)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


def _pass_on(job: OpenJob, running: RunningJob) -> None:
    """What was asked of a job, here or at another service, reaches it."""
    if job.wish == JobWish.CANCEL:
        running.cancel()
    elif job.state == JobState.PAUSED:
        running.pause()
    else:
        running.resume()


def _failure(error: Exception, kind: JobKind, job: RunningJob) -> JsonObject:
    """Why a job fails, as its record says it."""
    if isinstance(error, JobCancelled):
        error = JobFailed("This job was canceled", code=CANCELED_JOB)
    elif not isinstance(error, JobFailed):
        _LOG.error("job %s of kind %s failed", job.id, kind.name, exc_info=error)
        error = JobFailed(f"Internal error ({type(error).__name__})", code=INTERNAL_ERROR)
    return {
        "content": {**job.content, **error.content},
        "error_code": error.code,
        "error_details": error.message,
    }
