import asyncio
import os
import sys
from pathlib import Path

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
