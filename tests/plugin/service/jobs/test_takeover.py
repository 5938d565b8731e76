"""Engines on the same records: another goes on with the jobs of one that is not heard, and what is asked is heard."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from plugin.service.config import Settings
from plugin.service.jobs import JobEngine
from plugin.service.jobs.claim import Timing
from plugin.service.jobs.cluster import Cluster
from plugin.service.jobs.presence import Others, Presence
from plugin.service.jobs.records import JobRecords
from plugin.service.records import Sessions, open_database, sessions
from tests.plugin.service.jobs.counting import Counting

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")

TIMING = Timing(look_every_s=0.05, beat_every_s=0.2, still_s=4, lease_s=4, post_timeout_s=0.5)


class Voice(Presence):
    """Can be held: what happens to a service that is stopped, as far as others can tell, and it itself."""

    def __init__(self, records: Sessions, folder: Path, *, timing: Timing) -> None:
        super().__init__(records, folder, timing=timing)
        self.speaks = threading.Event()
        self.speaks.set()

    def others(self) -> Others:
        self.speaks.wait()
        return super().others()


@asynccontextmanager
async def engine(
    folder: Path, name: str, kind: Counting, timing: Timing = TIMING
) -> AsyncIterator[tuple[JobEngine, Voice]]:
    """An engine on the records of the folder, with a cluster of its own, on a machine of its own."""
    database = open_database(f"sqlite:///{folder / 'records.db'}")
    factory = sessions(database)
    voice = Voice(factory, folder / name / "services", timing=timing)
    cluster = Cluster(Settings(workers=1, worker_memory_mb=512), folder / name / "dask")
    running = JobEngine(JobRecords(factory), cluster, [kind], voice)
    await running.start()
    try:
        yield running, voice
    finally:
        voice.speaks.set()
        await running.stop()
        database.dispose()


async def until(condition: Callable[[], Awaitable[bool]], timeout_s: float = 120) -> None:
    async with asyncio.timeout(timeout_s):
        while not await condition():
            await asyncio.sleep(0.01)


def request_for(folder: Path, *, tasks: int, seconds: float, **more: object) -> dict[str, object]:
    return {"folder": str(folder), "tasks": tasks, "seconds": seconds, **more}


async def holder(jobs: JobEngine, job_id: str) -> str | None:
    return (await jobs.find(job_id)).service_id


def test_another_goes_on_with_the_same_plan_and_the_first_one_gives_in(tmp_path: Path) -> None:
    first, second = Counting(), Counting()

    async def scenario() -> None:
        async with engine(tmp_path, "a", first) as (a, voice):
            job = await a.submit("Counting", request_for(tmp_path, tasks=30, seconds=0.2))

            async def has_plan() -> bool:
                return (await a.find(job.id)).plan is not None

            await until(has_plan)
            record = await a.find(job.id)
            assert record.plan is not None
            voice.speaks.clear()
            async with engine(tmp_path, "b", second) as (b, _):

                async def is_taken_over() -> bool:
                    return await holder(b, job.id) not in (None, record.service_id)

                await until(is_taken_over)
                ended = await b.wait(job.id)
                assert (ended.state, ended.verdict, ended.claim_number) == ("Success", "keep", 2)
                assert ended.content["key"] == record.plan["key"]
                assert (await a.wait(job.id)).state == "Success"

    asyncio.run(scenario())
    assert len(list(tmp_path.glob("*.done"))) == 30
    assert first.undone == second.undone == []


def test_a_failure_is_said_when_the_leases_of_the_first_service_are_over(tmp_path: Path) -> None:
    """And what it undid is undone once more when nothing can be on its way any longer, whatever became of the job."""
    first, second = Counting(), Counting()

    async def scenario() -> None:
        async with engine(tmp_path, "a", first) as (a, voice):
            job = await a.submit("Counting", request_for(tmp_path, tasks=200, seconds=0.1))

            async def is_claimed() -> bool:
                return await holder(a, job.id) is not None

            await until(is_claimed)
            voice.speaks.clear()
            async with engine(tmp_path, "b", second) as (b, _):
                await b.cancel(job.id)
                ended = await b.wait(job.id)
                assert (ended.state, ended.verdict, ended.claim_number) == ("Failure", "undo", 2)
                assert len(second.undone) >= 2
                assert list(tmp_path.glob("*.done")) == []
                before = len(second.undone)
                await b.remove(job.id)

                async def is_undone_once_more() -> bool:
                    return len(second.undone) > before

                await until(is_undone_once_more)

    asyncio.run(scenario())
    assert first.undone == []


def test_what_is_asked_of_one_service_is_done_by_the_other(tmp_path: Path) -> None:
    first, second = Counting(), Counting()

    async def scenario() -> None:
        async with engine(tmp_path, "a", first) as (a, _), engine(tmp_path, "b", second) as (b, _):
            job = await a.submit("Counting", request_for(tmp_path, tasks=100, seconds=0.1))

            def done() -> int:
                return len(list(tmp_path.glob("*.done")))

            async def some_done() -> bool:
                return done() > 2

            await until(some_done)
            await b.pause(job.id)
            assert (await a.find(job.id)).state == "Paused"

            async def all_rest() -> bool:
                reached = done()
                await asyncio.sleep(0.6)  # time in which it would go on
                return done() == reached

            await until(all_rest)
            reached = done()
            await b.resume(job.id)

            async def goes_on() -> bool:
                return done() > reached

            await until(goes_on)
            await b.cancel(job.id)
            assert (await b.wait(job.id)).error_code == 37
            assert {record.id for record in await a.list_all()} == {record.id for record in await b.list_all()}
            await b.resubmit(job.id)
            again = await a.wait(job.id)
            assert (again.state, again.attempt) == ("Success", 2)
            await a.remove(job.id)
            assert await b.list_all() == []

    asyncio.run(scenario())
    assert len(list(tmp_path.glob("*.done"))) == 100


def test_a_service_that_ends_hands_its_jobs_on_at_once(tmp_path: Path) -> None:
    first, second = Counting(), Counting()

    async def scenario() -> None:
        patient = Timing(look_every_s=0.05)  # 30 s until it takes anybody for gone
        async with engine(tmp_path, "b", second, patient) as (b, _):
            async with engine(tmp_path, "a", first) as (a, _):
                jobs = [await a.submit("Counting", request_for(tmp_path, tasks=20, seconds=0.2)) for _ in range(3)]
            async with asyncio.timeout(120):
                for job in jobs:
                    assert (await b.wait(job.id)).state == "Success"

    asyncio.run(scenario())
    assert first.undone == second.undone == []
