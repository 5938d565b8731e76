"""The Dask cluster that tasks run on: processes of this machine, or a scheduler elsewhere."""

import asyncio
import importlib
import logging
import os
import signal
import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from pathlib import Path

import dask
import psutil  # type: ignore[import-untyped]
from distributed import Client, LocalCluster, Security, Status, WorkerPlugin
from distributed.client import ClosedClientError, FutureCancelledError, FuturesCancelledError
from distributed.comm import CommClosedError

from plugin.service.config import Settings
from plugin.service.logs import keep_values_out

_LOG = logging.getLogger(__name__)
CONNECTION_LOST = (CommClosedError, ClosedClientError, FutureCancelledError, FuturesCancelledError)
"""What waits for a task hears when its scheduler, or the connection to it, is gone."""
_ASK_EVERY_S = 0.01
_LOOK_EVERY_S = 1.0
_START_TIMEOUT_S = 120.0
_END_TIMEOUT_S = 4.0
_POLITENESS_S = 0.5
"""How long a worker may take to end by itself: nobody waits for what it is at."""
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
    """Owns the cluster and the client. Started in the background so that the service answers at once, and built anew
    whenever it breaks: when a worker is killed while it starts, or the scheduler is gone."""

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        *,
        preloaded: Sequence[str] = (),
        connected: Callable[[Client], None] = lambda client: None,
    ) -> None:
        """``preloaded`` modules are imported by every worker when it starts; ``connected`` hears of each new client."""
        self._settings = settings
        self._folder = folder
        self._preloaded = tuple(preloaded)
        self._connected = connected
        self._cluster: LocalCluster | None = None
        self._client: Client | None = None
        self._is_ready = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._keeping = asyncio.create_task(self._keep())

    async def client(self) -> Client:
        """The client, once the workers are there."""
        assert self._keeping is not None, "start() comes first"
        while True:
            await self._is_ready.wait()
            if self._client is not None and self._client.status == "running":
                return self._client
            await asyncio.sleep(_ASK_EVERY_S)  # it just broke

    @property
    def workers(self) -> int:
        """How many tasks can run at once; 0 while the cluster starts."""
        if not self._is_ready.is_set() or self._client is None:
            return 0
        if self._cluster is not None:
            return len(self._cluster.scheduler.workers)
        return int(self._client.scheduler_info()["n_workers"])

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

    async def close(self) -> None:
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        await self._end()

    async def _keep(self) -> None:
        while True:
            try:
                async with asyncio.timeout(_START_TIMEOUT_S):
                    await self._start()
                self._is_ready.set()
                await self._until_broken()
                _LOG.warning("the connection to the workers broke; it is made anew")
            except Exception as error:  # whatever it was, without workers nothing goes on
                _LOG.warning("the workers did not start (%s: %s); once more", type(error).__name__, error)
            self._is_ready.clear()
            await self._end()
            await asyncio.sleep(_LOOK_EVERY_S)

    async def _start(self) -> None:
        dask.config.set(_DASK)
        logging.getLogger("distributed").setLevel(logging.ERROR)
        if self._settings.dask == "local":
            self._folder.mkdir(parents=True, exist_ok=True)
            self._cluster = LocalCluster(
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
            await self._cluster
            self._client = Client(self._cluster, asynchronous=True)
        else:
            self._client = Client(self._settings.dask, security=self._remote_security(), asynchronous=True)
        await self._client
        await self._client.register_plugin(_Courtesy())
        await self._client.register_plugin(_Readiness(self._preloaded))
        self._connected(self._client)

    async def _until_broken(self) -> None:
        assert self._client is not None, "it was started"
        while self._client.status == "running":
            await asyncio.sleep(_LOOK_EVERY_S)
            if self._cluster is not None:
                if self._cluster.status in _GIVEN_UP:
                    return
                await _replace_dead(self._cluster)

    async def _end(self) -> None:
        """End what is there of client and cluster, whatever state they are in. May be interrupted and done again."""
        if self._client is not None:
            with suppress(Exception):
                await self._client.close(_END_TIMEOUT_S)
        if self._cluster is not None:
            await _end_cluster(self._cluster)
        self._client = self._cluster = None

    def _remote_security(self) -> Security:
        return Security(
            tls_ca_file=str(self._settings.dask_ca_file),
            tls_client_cert=str(self._settings.dask_certificate),
            tls_client_key=str(self._settings.dask_key),
            require_encryption=True,
        )


async def _replace_dead(cluster: LocalCluster) -> None:
    """Replace workers whose nanny gave up: it does when its worker is killed while it starts."""
    dead = [name for name, nanny in cluster.workers.items() if nanny.status in _GIVEN_UP]
    for name in dead:
        del cluster.workers[name]
    if len(cluster.workers) < len(cluster.worker_spec):
        with suppress(OSError, RuntimeError, TimeoutError):  # the next look tries again
            await cluster


async def _end_cluster(cluster: LocalCluster) -> None:
    nannies = list(cluster.workers.values())
    pids = [nanny.pid for nanny in nannies]
    try:
        async with asyncio.timeout(_END_TIMEOUT_S):
            await asyncio.gather(*(nanny.close(_POLITENESS_S) for nanny in nannies), return_exceptions=True)
            await cluster.close()
    except Exception as error:  # a worker that is just being started does not end in time
        _LOG.warning("the workers are ended by force (%s)", type(error).__name__)
        for pid in filter(None, pids):
            await _kill(pid)
        cluster.status = Status.closed  # else it would be closed once more when it is freed


async def _kill(pid: int) -> None:
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        process.send_signal(signal.SIGKILL)
        while process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
            await asyncio.sleep(_ASK_EVERY_S)
