"""When a failure may be said, where a scheduler elsewhere has the workers: none of them may store anything any more."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from distributed import LocalCluster, Security

from plugin.service.config import Settings
from plugin.service.jobs import JobEngine
from plugin.service.jobs.claim import Timing
from plugin.service.jobs.cluster import Cluster
from plugin.service.jobs.presence import Presence
from plugin.service.jobs.records import JobRecords
from plugin.service.records import open_database, sessions
from tests.plugin.service.jobs.counting import Counting

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def settings_of(elsewhere: LocalCluster, security: Security, folder: Path) -> Settings:
    paths = {}
    for name, text in (
        ("dask_ca_file", security.tls_ca_file),
        ("dask_certificate", security.tls_client_cert),
        ("dask_key", security.tls_client_key),
    ):
        paths[name] = folder / f"{name}.pem"
        paths[name].write_text(text)
    return Settings(dask=elsewhere.scheduler_address, **paths)


@asynccontextmanager
async def engine(folder: Path, kind: Counting, *, lease_s: float) -> AsyncIterator[JobEngine]:
    """An engine whose scheduler and two workers are somebody else's."""
    security = Security.temporary()
    database = open_database(f"sqlite:///{folder / 'records.db'}")
    factory = sessions(database)
    presence = Presence(factory, folder / "services", timing=Timing(lease_s=lease_s))
    async with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        host="127.0.0.1",
        security=security,
        dashboard_address="127.0.0.1:0",
        local_directory=str(folder / "elsewhere"),
        asynchronous=True,
    ) as elsewhere:
        jobs = JobEngine(
            JobRecords(factory), Cluster(settings_of(elsewhere, security, folder), folder / "dask"), [kind], presence
        )
        await jobs.start()
        try:
            yield jobs
        finally:
            await jobs.stop()
            database.dispose()


async def appears(file: Path) -> Path:
    while not file.exists():
        await asyncio.sleep(0.01)
    return file


def test_a_failure_is_said_at_once_while_every_worker_is_there(tmp_path: Path) -> None:
    async def scenario() -> str:
        async with engine(tmp_path, Counting(), lease_s=600) as jobs, asyncio.timeout(120):
            request = {"folder": str(tmp_path), "tasks": 4, "seconds": 0.1, "fails": 3}
            job = await jobs.submit("Counting", request)
            return str((await jobs.wait(job.id)).state)

    assert asyncio.run(scenario()) == "Failure"
    assert list(tmp_path.glob("*.done")) == []


def test_a_failure_waits_for_the_lease_of_a_worker_that_was_lost(tmp_path: Path) -> None:
    lease_s = 15.0

    async def scenario() -> tuple[str, float]:
        async with engine(tmp_path, kind := Counting(), lease_s=lease_s) as jobs, asyncio.timeout(120):
            request = {"folder": str(tmp_path), "tasks": 4, "seconds": 0.5, "fails": 3}
            job = await jobs.submit("Counting", request)
            await appears(tmp_path / "1-0.done")
            os.kill(int((tmp_path / "1-0.begun").read_text()), signal.SIGKILL)
            killed_at = time.monotonic()
            state = str((await jobs.wait(job.id)).state)
            assert kind.undone
            return state, time.monotonic() - killed_at

    state, after_s = asyncio.run(scenario())
    assert state == "Failure"
    assert after_s >= lease_s - 5  # it was granted a little before
    assert list(tmp_path.glob("*.done")) == []
