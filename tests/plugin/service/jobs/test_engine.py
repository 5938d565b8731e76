import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from plugin.service.config import Settings
from plugin.service.errors import Conflict, NotFound
from plugin.service.jobs import JobEngine
from plugin.service.jobs.cluster import Cluster
from plugin.service.jobs.presence import Presence
from plugin.service.jobs.record import JobRecord
from plugin.service.jobs.records import JobRecords
from plugin.service.jobs.view import job_view
from plugin.service.records import open_database, sessions
from tests.plugin.service.jobs.counting import Counting

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


@asynccontextmanager
async def engine(folder: Path, kind: Counting) -> AsyncIterator[JobEngine]:
    """An engine on a database file and a cluster of its own; leaving it is what ending the service does."""
    database = open_database(f"sqlite:///{folder / 'records.db'}")
    cluster = Cluster(Settings(workers=2, worker_memory_mb=512), folder / "dask")
    factory = sessions(database)
    running = JobEngine(JobRecords(factory), cluster, [kind], Presence(factory, folder / "services"))
    await running.start()
    try:
        yield running
    finally:
        await running.stop()
        database.dispose()


async def until(condition: Callable[[], Awaitable[bool]], timeout_s: float = 60) -> None:
    async with asyncio.timeout(timeout_s):
        while not await condition():
            await asyncio.sleep(0.01)


def begun(folder: Path) -> int:
    return len(list(folder.glob("*.begun")))


def request_for(folder: Path, *, tasks: int, seconds: float, **more: object) -> dict[str, object]:
    return {"folder": str(folder), "tasks": tasks, "seconds": seconds, **more}


@pytest.fixture
def kind() -> Counting:
    return Counting()


def test_a_job_runs_every_task_and_tells_its_progress(tmp_path: Path, kind: Counting) -> None:
    async def scenario() -> tuple[JobRecord, set[float]]:
        seen: set[float] = set()
        async with engine(tmp_path, kind) as jobs:
            job = await jobs.submit("Counting", request_for(tmp_path, tasks=12, seconds=0.05), priority=3)

            async def finished() -> bool:
                record = await jobs.find(job.id.upper())
                seen.add(record.progress)
                return record.state == "Success"

            await until(finished)
            return await jobs.find(job.id), seen

    record, seen = asyncio.run(scenario())
    view = job_view(record)
    assert record.content["done"] == 12
    assert len(list(tmp_path.glob("*.done"))) == 12
    assert any(0 < fraction < 1 for fraction in seen)
    assert (view.Progress, view.State, view.ErrorCode, view.Priority) == (100, "Success", 0, 3)
    assert kind.undone == []


def test_a_failing_task_fails_the_job_after_everything_is_undone(tmp_path: Path, kind: Counting) -> None:
    async def scenario() -> JobRecord:
        async with engine(tmp_path, kind) as jobs:
            job = await jobs.submit("Counting", request_for(tmp_path, tasks=40, seconds=0.05, fails=5))
            return await jobs.wait(job.id)

    record = asyncio.run(scenario())
    assert record.state == "Failure"
    assert record.error_details == "task failed"
    assert begun(tmp_path) < 40
    assert list(tmp_path.glob("*.done")) == []
    assert kind.undone == [record.id]


def test_a_cancelled_job_is_undone_once_its_last_task_has_ended(tmp_path: Path, kind: Counting) -> None:
    async def scenario() -> JobRecord:
        async with engine(tmp_path, kind) as jobs:
            job = await jobs.submit("Counting", request_for(tmp_path, tasks=500, seconds=0.1))

            async def some_begun() -> bool:
                return begun(tmp_path) > 2

            await until(some_begun)
            await jobs.cancel(job.id)
            record = await jobs.wait(job.id)
            assert list(tmp_path.glob("*.done")) == []
            await asyncio.sleep(0.3)  # time in which a straggler would show
            assert list(tmp_path.glob("*.done")) == []
            return record

    record = asyncio.run(scenario())
    assert (record.state, record.error_code) == ("Failure", 37)
    assert kind.undone == [record.id]


def test_a_paused_job_begins_nothing_until_it_is_resumed(tmp_path: Path, kind: Counting) -> None:
    async def scenario() -> None:
        async with engine(tmp_path, kind) as jobs:
            job = await jobs.submit("Counting", request_for(tmp_path, tasks=30, seconds=0.1))

            async def some_begun() -> bool:
                return begun(tmp_path) > 2

            async def all_ended() -> bool:
                return len(list(tmp_path.glob("*.done"))) == begun(tmp_path)

            await until(some_begun)
            await jobs.pause(job.id)
            assert (await jobs.find(job.id)).state == "Paused"
            await until(all_ended)
            await asyncio.sleep(0.3)
            await until(all_ended)
            reached = begun(tmp_path)
            await asyncio.sleep(0.5)  # time in which it would go on
            assert begun(tmp_path) == reached < 30
            await jobs.resume(job.id)
            assert (await jobs.wait(job.id)).content["done"] == 30

    asyncio.run(scenario())


def test_tasks_of_a_killed_worker_run_again(tmp_path: Path, kind: Counting) -> None:
    async def scenario() -> JobRecord:
        async with engine(tmp_path, kind) as jobs:
            job = await jobs.submit("Counting", request_for(tmp_path, tasks=12, seconds=0.4))

            async def some_begun() -> bool:
                return begun(tmp_path) > 1

            await until(some_begun)
            newest = max(tmp_path.glob("*.begun"), key=lambda file: file.stat().st_mtime)
            psutil.Process(int(newest.read_text())).kill()
            return await jobs.wait(job.id)

    record = asyncio.run(scenario())
    assert record.state == "Success"
    assert len(list(tmp_path.glob("*.done"))) == 12


def test_a_job_goes_on_with_the_same_plan_when_the_service_is_started_again(tmp_path: Path, kind: Counting) -> None:
    async def first() -> tuple[str, object]:
        async with engine(tmp_path, kind) as jobs:
            job = await jobs.submit("Counting", request_for(tmp_path, tasks=20, seconds=0.2))

            async def some_begun() -> bool:
                return begun(tmp_path) > 2

            await until(some_begun)
            record = await jobs.find(job.id)
            assert record.plan is not None
            return job.id, record.plan["key"]

    async def second(job_id: str) -> JobRecord:
        async with engine(tmp_path, kind) as jobs:
            return await jobs.wait(job_id)

    job_id, key = asyncio.run(first())
    record = asyncio.run(second(job_id))
    assert record.state == "Success"
    assert record.content["key"] == key
    assert record.plan is None
    assert kind.undone == []


def test_a_failed_job_can_be_resubmitted_and_a_finished_one_removed(tmp_path: Path, kind: Counting) -> None:
    async def scenario() -> None:
        async with engine(tmp_path, kind) as jobs:
            job = await jobs.submit("Counting", request_for(tmp_path, tasks=3, seconds=0.01, fails=1))
            assert (await jobs.wait(job.id)).state == "Failure"
            await jobs.resubmit(job.id)
            assert (await jobs.wait(job.id)).state == "Failure"
            assert kind.undone == [job.id, job.id]
            with pytest.raises(Conflict):
                await jobs.pause(job.id)
            await jobs.remove(job.id)
            with pytest.raises(NotFound):
                await jobs.find(job.id)

    asyncio.run(scenario())


def test_a_long_task_stops_soon_after_it_is_cancelled(tmp_path: Path, kind: Counting) -> None:
    async def scenario() -> float:
        async with engine(tmp_path, kind) as jobs:
            job = await jobs.submit("Counting", {"long": 60, "limit": 60})

            async def at_work() -> bool:
                return (await jobs.find(job.id)).progress > 0

            await until(at_work)
            started = time.monotonic()
            await jobs.cancel(job.id)
            assert (await jobs.wait(job.id)).error_code == 37
            return time.monotonic() - started

    assert asyncio.run(scenario()) < 10  # 60 s when nobody hears


@pytest.mark.parametrize("listens", [True, False])
def test_a_long_task_beyond_its_time_limit_is_ended(tmp_path: Path, kind: Counting, listens: bool) -> None:
    async def scenario() -> JobRecord:
        async with engine(tmp_path, kind) as jobs:
            job = await jobs.submit("Counting", {"long": 30, "limit": 1, "listens": listens})
            record = await jobs.wait(job.id)
            again = await jobs.submit("Counting", {"long": 0.1, "limit": 20})
            assert (await jobs.wait(again.id)).content["answer"] == "finished"
            return record

    record = asyncio.run(scenario())
    assert record.state == "Failure"
    assert record.error_details == "not done within the limit of 1 s"
