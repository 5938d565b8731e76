"""Jobs whose scheduler goes away go on by their plan."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from distributed import Client

from plugin.service.config import Settings
from plugin.service.jobs import JobEngine
from plugin.service.jobs.cluster import Cluster
from plugin.service.jobs.presence import Presence
from plugin.service.jobs.record import JobRecord
from plugin.service.jobs.records import JobRecords
from plugin.service.records import open_database, sessions
from tests.plugin.service.jobs.counting import Counting

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


@asynccontextmanager
async def engine(folder: Path, kind: Counting, clients: list[Client]) -> AsyncIterator[JobEngine]:
    """An engine of two workers; ``clients`` gets every client of a scheduler that it has."""
    database = open_database(f"sqlite:///{folder / 'records.db'}")
    factory = sessions(database)
    cluster = Cluster(Settings(workers=2, worker_memory_mb=512), folder / "dask", connected=clients.append)
    jobs = JobEngine(JobRecords(factory), cluster, [kind], Presence(factory, folder / "services"))
    await jobs.start()
    try:
        yield jobs
    finally:
        await jobs.stop()
        database.dispose()


@pytest.mark.parametrize(
    "request_of",
    [
        lambda folder: {"folder": str(folder), "tasks": 12, "seconds": 0.2},
        lambda folder: {"long": 2.0, "limit": 100},
    ],
    ids=["many tasks", "one long task"],
)
def test_a_job_at_work_goes_on_with_new_workers(tmp_path: Path, request_of: object) -> None:
    assert callable(request_of)

    async def scenario() -> JobRecord:
        clients: list[Client] = []
        async with engine(tmp_path, kind := Counting(), clients) as jobs, asyncio.timeout(180):
            job = await jobs.submit("Counting", request_of(tmp_path))
            while (await jobs.find(job.id)).progress == 0:
                await asyncio.sleep(0.01)
            await clients[0].cluster.scheduler.close()
            record = await jobs.wait(job.id)
            assert kind.undone == []
            assert len(clients) == 2
            return record

    record = asyncio.run(scenario())
    assert (record.state, record.error_details) == ("Success", None)


def test_an_answer_is_computed_although_the_scheduler_is_lost(tmp_path: Path) -> None:
    async def scenario() -> float:
        clients: list[Client] = []
        async with engine(tmp_path, Counting(), clients) as jobs, asyncio.timeout(180):
            assert await jobs.compute(float, "1") == 1
            await clients[0].cluster.scheduler.close()
            return await jobs.compute(float, "2")

    assert asyncio.run(scenario()) == 2
