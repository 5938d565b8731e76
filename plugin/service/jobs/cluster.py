"""The Dask cluster that tasks run on: processes of this machine, or a scheduler elsewhere."""

import asyncio
import importlib
import logging
import os
import signal
import threading
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path

import dask
import psutil  # type: ignore[import-untyped]
from distributed import Client, LocalCluster, Security, Status, WorkerPlugin

from plugin.service.config import Settings
from plugin.service.logs import keep_values_out

_ASK_EVERY_S = 0.01
_LOOK_EVERY_S = 1.0
_GIVEN_UP = (Status.closed, Status.failed)
_NICENESS = 10
"""Workers yield to Orthanc: storing and viewing come first."""
_DASK = {
    # Tasks hold DICOM files for moments; spilling patient data to disk is never wanted.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": 0.9,
    "distributed.worker.memory.terminate": 0.95,
    "distributed.scheduler.allowed-failures": 2,
    "distributed.scheduler.work-stealing": True,
    # Not Dask's MALLOC_TRIM_THRESHOLD_, and one arena, which is all the memory there is: else image-sized arrays are
    # fetched from the system and given back at every use, which takes as long as computing with them. One thread for
    # matrix products: see registration/threads.py.
    "distributed.nanny.pre-spawn-environ": {
        "MALLOC_ARENA_MAX": 1,
        "OMP_NUM_THREADS": 1,
        "MKL_NUM_THREADS": 1,
        "OPENBLAS_NUM_THREADS": 1,
    },
    # Looks at every process a hundred times a second, for a page that is not shown.
    "distributed.worker.profile.enabled": False,
    "distributed.comm.timeouts.connect": "10s",
    "distributed.admin.tick.limit": "60s",
    # Dask's own web servers cannot be switched off: leave them nothing to tell.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}


class _Courtesy(WorkerPlugin):  # type: ignore[misc]  # distributed is untyped
    """Lowers the priority of every worker, also of one that was restarted, and keeps patient data out of its log."""

    name = "courtesy"

    def setup(self, worker: object) -> None:
        os.nice(_NICENESS)
        keep_values_out()


class _Readiness(WorkerPlugin):  # type: ignore[misc]  # distributed is untyped
    """Imports what tasks will need while a worker waits for its first one: that would pay a second for it."""

    name = "readiness"

    def __init__(self, modules: Sequence[str]) -> None:
        self._modules = tuple(modules)

    def setup(self, worker: object) -> None:
        threading.Thread(target=self._load, name="readiness", daemon=True).start()

    def _load(self) -> None:
        for module in self._modules:
            importlib.import_module(module)


class Cluster:
    """Owns the cluster and the client; started in the background so that the service answers at once."""

    def __init__(self, settings: Settings, folder: Path, *, preloaded: Sequence[str] = ()) -> None:
        """``preloaded`` modules are imported by every worker when it starts."""
        self._settings = settings
        self._folder = folder
        self._preloaded = tuple(preloaded)
        self._cluster: LocalCluster | None = None
        self._client: Client | None = None
        self._starting: asyncio.Task[Client] | None = None
        self._keeping: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._starting = asyncio.create_task(self._start())

    async def client(self) -> Client:
        """The client, once the workers are there."""
        assert self._starting is not None, "start() comes first"
        return await asyncio.shield(self._starting)

    @property
    def workers(self) -> int:
        """How many tasks can run at once; 0 while the cluster starts."""
        return 0 if self._client is None else int(self._client.scheduler_info()["n_workers"])

    async def end_workers(self, addresses: Collection[str]) -> None:
        """End worker processes whatever they do; new ones take their place. Returns when they are gone."""
        if self._cluster is None:
            assert self._client is not None, "a task was handed out"
            await self._client.restart_workers(list(addresses), raise_for_error=False)
            return
        for nanny in list(self._cluster.workers.values()):
            # Asking the nanny takes four seconds: it is polite to a worker that does not listen.
            if nanny.worker_address in addresses and nanny.pid is not None:
                await _kill(nanny.pid)

    async def _keep_workers(self, cluster: LocalCluster) -> None:
        """Replace workers whose nanny gave up: it does when its worker is killed while it starts."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            dead = [name for name, nanny in cluster.workers.items() if nanny.status in _GIVEN_UP]
            for name in dead:
                del cluster.workers[name]
            if len(cluster.workers) < len(cluster.worker_spec):
                with suppress(OSError, RuntimeError, TimeoutError):  # the next look tries again
                    await cluster

    async def close(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        if self._client is not None:
            await self._client.close()
        if self._cluster is not None:
            pids = [nanny.pid for nanny in self._cluster.workers.values()]
            try:
                await self._cluster.close(timeout=5)
            except TimeoutError:  # a worker that was just being started again does not end in time
                for pid in filter(None, pids):
                    await _kill(pid)

    async def _start(self) -> Client:
        dask.config.set(_DASK)
        logging.getLogger("distributed").setLevel(logging.ERROR)
        if self._settings.dask == "local":
            self._folder.mkdir(parents=True, exist_ok=True)
            self._cluster = await LocalCluster(
                n_workers=self._settings.workers,
                threads_per_worker=1,
                processes=True,
                memory_limit=self._settings.worker_memory_mb * 2**20,
                security=Security.temporary(),  # an open scheduler port is remote code execution
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",  # None would take port 8787 all the same
                local_directory=str(self._folder),
                silence_logs=logging.CRITICAL,
                asynchronous=True,
            )
            self._client = await Client(self._cluster, asynchronous=True)
            self._keeping = asyncio.create_task(self._keep_workers(self._cluster))
        else:
            self._client = await Client(self._settings.dask, security=self._remote_security(), asynchronous=True)
        await self._client.register_plugin(_Courtesy())
        await self._client.register_plugin(_Readiness(self._preloaded))
        return self._client

    def _remote_security(self) -> Security:
        return Security(
            tls_ca_file=str(self._settings.dask_ca_file),
            tls_client_cert=str(self._settings.dask_certificate),
            tls_client_key=str(self._settings.dask_key),
            require_encryption=True,
        )


async def _kill(pid: int) -> None:
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        process.send_signal(signal.SIGKILL)
        while process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
            await asyncio.sleep(_ASK_EVERY_S)
