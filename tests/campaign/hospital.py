"""A hospital in a folder: one or two products on one archive, with records in SQLite or PostgreSQL."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import httpx
import psutil
import psycopg

from tests.kit.annotation_service import ADMIN, USERS, AnnotationClient
from tests.kit.conditions import wait_until
from tests.kit.postgresql import postgresql, postgresql_missing
from tests.kit.product import Product, free_port

_INDEX_PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancPostgreSQLIndex.so")
_PYTHON_PLUGIN = "/usr/share/orthanc/plugins/libOrthancPython.so"
_START_S = 240.0
_CLOCK_LIBRARY = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


class Records(StrEnum):
    """Where the services keep their records."""

    SQLITE = "SQLite"
    POSTGRESQL = "PostgreSQL"


@dataclass(frozen=True)
class Plan:
    """What one is made of."""

    services: int = 1
    records: Records = Records.SQLITE
    disk_mb: int | None = None
    """Size of a disk of its own for the archive; needs root."""
    moves_clock: bool = False

    def __str__(self) -> str:
        name = f"{self.services} service{'s' if self.services > 1 else ''}, records in {self.records}"
        return f"{name}, {self.disk_mb} MB of disk" if self.disk_mb else name

    def missing(self) -> str | None:
        """Why it cannot be built on this machine; None when it can."""
        if self.services > 1 and not _INDEX_PLUGIN.exists():
            return "Debian's package orthanc-postgresql is not installed"
        if self.services > 1 or self.records is Records.POSTGRESQL:
            return postgresql_missing()
        if self.disk_mb and os.geteuid() != 0:
            return "only root can mount a small disk"
        return None


_PLAIN = Plan()


def start(product: Product) -> None:
    """Start a product, on a machine that has much else to do, too."""
    product.spawn()
    wait_until(lambda: is_up(product), what=f"start of Orthanc ({product.log_path})", timeout_s=_START_S)


def is_up(product: Product) -> bool:
    """Whether Orthanc and the service answer."""
    try:
        return product.get("/plugins/ophtha/status").status_code == 200
    except httpx.TransportError:
        return False


def clock_missing() -> str | None:
    """Why the service's clock cannot be moved here; None when it can."""
    return None if _CLOCK_LIBRARY.exists() else "Debian's package faketime is not installed"


class Hospital:
    """Running products and what they share."""

    def __init__(self, folder: Path, products: list[Product], api_ports: list[int], index: str | None) -> None:
        self.folder = folder
        self.products = products
        self.api_ports = api_ports
        self._index = index

    @property
    def archive(self) -> Path:
        """Folder of Orthanc's files."""
        return self.folder / "disk" / "archive"

    def clients(self) -> Iterator[httpx.Client]:
        """A client of each product's Orthanc."""
        for product in self.products:
            with product.client() as client:
                yield client

    def annotator(self, number: int = 0) -> AnnotationClient:
        """A signing client of an API port."""
        return AnnotationClient(f"http://127.0.0.1:{self.api_ports[number]}", ADMIN)

    def answers(self) -> bool:
        """Every Orthanc and every service does."""
        return all(map(is_up, self.products))

    def has_workers(self) -> bool:
        """Every service's job engine is ready."""
        return self.answers() and all(
            product.get("/plugins/ophtha/status").json()["engine"]["state"] == "ready" for product in self.products
        )

    def instances(self) -> frozenset[str]:
        """Orthanc identifiers of everything stored."""
        return frozenset(self.products[0].get("/instances").json())

    def memory_mb(self) -> float:
        """Resident memory of services and workers."""
        total = 0
        for product in self.products:
            with suppress(psutil.Error, AssertionError):
                service = product.service_process()
                for process in (service, *service.children(recursive=True)):
                    with suppress(psutil.Error):
                        total += process.memory_info().rss
        return total / 2**20

    def move_clock(self, seconds: float) -> None:
        """Move what the services believe to be the time, where their clock can be moved."""
        _set_clock(self.folder, seconds)

    def files(self) -> frozenset[str]:
        """Names of the files in the archive."""
        return frozenset(path.name for path in self.archive.glob("??/??/*") if path.is_file())

    def indexed_files(self) -> frozenset[str]:
        """Names of the files that Orthanc knows of; SQLite's index can be read while Orthanc is stopped."""
        query = "SELECT uuid FROM AttachedFiles"
        if self._index is not None:
            with psycopg.connect(self._index) as connection:
                return frozenset(row[0] for row in connection.execute(query))
        with closing(sqlite3.connect(f"file:{self.archive / 'index'}?mode=ro", uri=True)) as index:
            return frozenset(row[0] for row in index.execute(query))

    def left_behind(self) -> frozenset[str]:
        """Temporary files that outlive the services."""
        folders = (self.folder / "tmp", self.folder / "disk" / "ophtha" / "annotation-exports")
        return frozenset(
            str(path.relative_to(self.folder))
            for folder in folders
            for path in folder.rglob("*")
            if path.is_file() and path.suffix != ".zip" and path.stat().st_size  # Dask's locks are empty
        )

    def logs(self) -> str:
        return "".join(product.log() for product in self.products)


_UNHURRIED = {"ApiRequestsPerS": 10_000, "ApiStrangerRequestsPerS": 10_000}
"""A campaign asks more often than anybody else would, and wants answers."""


@contextmanager
def open_hospital(plan: Plan = _PLAIN, *, settings: Mapping[str, object] | None = None) -> Iterator[Hospital]:
    """Build it, and take it down: no process, mount or file outlives the block."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="campaign-")))
        for name in ("tmp", "disk"):
            (folder / name).mkdir()
        if plan.disk_mb:
            stack.enter_context(_small_disk(folder / "disk", plan.disk_mb))
        server = None
        if plan.services > 1 or plan.records is Records.POSTGRESQL:
            server = stack.enter_context(postgresql())
        index = _database(server, "archive") if server is not None and plan.services > 1 else None
        shared = _settings(folder, plan, server, settings or {})
        api_ports = [free_port() for _ in range(plan.services)]
        products = [
            Product(
                folder / f"orthanc-{number}",
                settings={**_UNHURRIED, **shared, "ApiPort": port},
                orthanc=_orthanc(folder, index),
                environment={"TMPDIR": str(folder / "tmp")},
            )
            for number, port in enumerate(api_ports)
        ]
        for product in products:
            stack.callback(product.stop)
            start(product)
        built = Hospital(folder, products, api_ports, index)
        wait_until(built.has_workers, what="start of workers", timeout_s=_START_S)
        yield built


def _settings(folder: Path, plan: Plan, server: str | None, more: Mapping[str, object]) -> dict[str, object]:
    users = [
        {
            "name": user.name,
            "public_key": user.public_key,
            "private_key": user.private_key.get_secret_value(),
            "role": user.role,
        }
        for user in USERS
    ]
    settings: dict[str, object] = {
        "Storage": str(folder / "disk" / "ophtha"),
        "Users": users,
        "Workers": 2 if plan.services == 1 else 1,
        "WorkerMemoryMb": 1536,
    }
    if plan.records is Records.POSTGRESQL:
        settings["Database"] = server
    if plan.moves_clock:
        settings["Python"] = str(_python_with_a_clock(folder))
    return {**settings, **more}


def _orthanc(folder: Path, index: str | None) -> dict[str, object]:
    archive = str(folder / "disk" / "archive")
    configuration: dict[str, object] = {
        "StorageDirectory": archive,
        "IndexDirectory": archive,
        "MaximumStorageCacheSize": 0,  # a cache would answer for files that were never written
    }
    if index is not None:
        parts = httpx.URL(index)
        configuration["Plugins"] = [_PYTHON_PLUGIN, str(_INDEX_PLUGIN)]
        configuration["PostgreSQL"] = {
            "EnableIndex": True,
            "EnableStorage": False,
            "Host": parts.host,
            "Port": parts.port,
            "Database": parts.path.strip("/"),
            "Username": "postgres",
            "Password": "unused",
            "Lock": False,
        }
    return configuration


def _database(server: str, name: str) -> str:
    """URL of a new database of a server."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return f"{server.rsplit('/', 1)[0]}/{name}"


@contextmanager
def _small_disk(folder: Path, size_mb: int) -> Iterator[None]:
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def _python_with_a_clock(folder: Path) -> Path:
    """An interpreter whose clock is what a file says. Only the calendar moves: nobody turns back a monotonic clock."""
    _set_clock(folder, 0)
    # Debian 12's faketime refuses to sleep until a moment of the monotonic clock, as Python does.
    modules = folder / "clock-modules"
    modules.mkdir()
    (modules / "sitecustomize.py").write_text(
        "import threading, time\n\ndef sleep(seconds):\n    threading.Event().wait(seconds)\n\ntime.sleep = sleep\n"
    )
    script = folder / "python"
    script.write_text(
        "#!/bin/sh\n"
        f"export LD_PRELOAD={_CLOCK_LIBRARY} FAKETIME_TIMESTAMP_FILE={folder / 'clock'}\n"
        f"export FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 PYTHONPATH={modules}\n"
        f'exec {sys.executable} "$@"\n'
    )
    script.chmod(0o755)
    return script


def _set_clock(folder: Path, seconds: float) -> None:
    new = folder / "clock.new"
    new.write_text(f"{seconds:+.0f}\n")
    new.replace(folder / "clock")
