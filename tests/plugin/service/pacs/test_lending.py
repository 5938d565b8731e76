import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
from distributed import Client, Future

from plugin.service.config import Settings
from plugin.service.jobs.cluster import Cluster
from plugin.service.pacs.address import OrthancAddress
from plugin.service.pacs.borrowing import OrthancDesk
from plugin.service.pacs.lending import Lending
from plugin.service.pacs.orthanc import Orthanc
from plugin.service.pacs.places import Places

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def hold(desk: OrthancDesk, folder: Path, number: int) -> int:
    """A task that holds a place until it may go on; meanwhile a file has its process id."""
    with desk.connection():
        mark = folder / f"{number}.holds"
        mark.with_suffix(".new").write_text(str(os.getpid()))
        mark.with_suffix(".new").rename(mark)
        while not (folder / "go on").exists():
            time.sleep(0.01)
        mark.unlink()
    return number


@asynccontextmanager
async def lending(folder: Path, places: int) -> AsyncIterator[tuple[Places, Callable[[int], Future]]]:
    """Places, and a way to hand out tasks that hold one each, to two workers."""
    desk = Lending(Orthanc(OrthancAddress("http://127.0.0.1:1", ""), Places(places)))
    cluster = Cluster(Settings(workers=2, worker_memory_mb=512), folder / "dask", connected=desk.serve)
    cluster.start()
    try:
        client: Client = await cluster.client()
        yield desk.orthanc.places, lambda number: client.submit(hold, desk.for_jobs, folder, number, pure=False)
    finally:
        await cluster.close()


def holding(folder: Path) -> list[Path]:
    return list(folder.glob("*.holds"))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)


async def free(places: Places, number: int) -> None:
    """Take so many places and give them back."""
    taken = [places.enter() for _ in range(number)]
    for place in taken:
        await place.granted(30)
        place.leave()


def test_tasks_hold_no_more_places_than_there_are_and_give_them_back(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with lending(tmp_path, places=1) as (places, hand_out):
            tasks = [hand_out(number) for number in range(4)]
            await until(lambda: bool(holding(tmp_path)))
            client = places.enter()
            await asyncio.sleep(0)  # the second worker has its task, and waits
            assert len(holding(tmp_path)) == 1
            (tmp_path / "go on").touch()
            await client.granted(30)
            client.leave()
            assert sorted([await task for task in tasks]) == [0, 1, 2, 3]
            await free(places, 1)

    asyncio.run(scenario())


def test_a_worker_that_is_killed_gives_its_place_back(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with lending(tmp_path, places=1) as (places, hand_out):
            task = hand_out(1)
            await until(lambda: bool(holding(tmp_path)))
            mark = holding(tmp_path)[0]
            psutil.Process(int(mark.read_text())).kill()
            mark.unlink()
            await until(lambda: bool(holding(tmp_path)))  # the task runs again, with the place of the first
            (tmp_path / "go on").touch()
            assert await task == 1
            await free(places, 1)

    asyncio.run(scenario())
