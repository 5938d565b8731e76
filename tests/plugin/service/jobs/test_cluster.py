import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psutil
import pytest

from plugin.service.config import Settings
from plugin.service.jobs.cluster import Cluster

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")

MODULE = "tabnanny"
"""Part of the standard library, and of nothing that a worker imports by itself."""


def has_module() -> bool:
    return MODULE in sys.modules


def niceness() -> int:
    return os.nice(0)


def test_workers_are_courteous_and_import_ahead_of_their_first_task(tmp_path: Path) -> None:
    async def scenario(preloaded: tuple[str, ...]) -> list[bool]:
        cluster = Cluster(Settings(workers=2, worker_memory_mb=512), tmp_path / "dask", preloaded=preloaded)
        cluster.start()
        try:
            client = await cluster.client()
            assert set((await client.run(niceness)).values()) == {os.nice(0) + 10}
            async with asyncio.timeout(20):
                while preloaded and not all((await client.run(has_module)).values()):
                    await asyncio.sleep(0.02)
            return list((await client.run(has_module)).values())
        finally:
            await cluster.close()

    assert asyncio.run(scenario((MODULE,))) == [True, True]
    assert asyncio.run(scenario(())) == [False, False]


def allocator_settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("MALLOC_")}


def test_workers_have_one_arena_and_none_of_dasks_settings_of_the_allocator(tmp_path: Path) -> None:
    async def scenario() -> dict[str, dict[str, str]]:
        cluster = Cluster(Settings(workers=1, worker_memory_mb=512), tmp_path / "dask")
        cluster.start()
        try:
            found: dict[str, dict[str, str]] = await (await cluster.client()).run(allocator_settings)
            return found
        finally:
            await cluster.close()

    assert list(asyncio.run(scenario()).values()) == [{"MALLOC_ARENA_MAX": "1"}]


@asynccontextmanager
async def started(folder: Path, *, workers: int = 2) -> AsyncIterator[Cluster]:
    cluster = Cluster(Settings(workers=workers, worker_memory_mb=512), folder / "dask")
    cluster.start()
    try:
        yield cluster
    finally:
        await cluster.close()


def worker_processes() -> list[psutil.Process]:
    """Of this process, not of a product that other tests have started."""
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):
            if any("spawn_main" in argument for argument in child.cmdline()):
                found.append(child)
    return found


async def until(condition: Callable[[], bool], timeout_s: float = 60) -> None:
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("age_s", [0.0, 0.5, 1.2])
def test_a_worker_killed_while_the_cluster_starts_is_made_up_for(tmp_path: Path, age_s: float) -> None:
    async def scenario() -> int:
        async with started(tmp_path) as cluster:
            await until(lambda: bool(worker_processes()))
            await asyncio.sleep(age_s)  # into another phase of the start
            for process in worker_processes()[:1]:
                process.kill()
            async with asyncio.timeout(60):
                client = await cluster.client()
                result: int = await client.submit(os.nice, 0, pure=False)
            await until(lambda: cluster.workers == 2)
            return result

    assert asyncio.run(scenario()) == os.nice(0) + 10
    assert worker_processes() == []


def test_a_cluster_that_lost_its_scheduler_is_built_anew(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with started(tmp_path, workers=1) as cluster:
            first = await cluster.client()
            await first.cluster.scheduler.close()
            await until(lambda: cluster.workers == 0)
            client = await cluster.client()
            assert client is not first
            assert await client.submit(os.nice, 0, pure=False) == os.nice(0) + 10

    asyncio.run(scenario())
    assert worker_processes() == []
