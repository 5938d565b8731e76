"""The product as users have it: a real Orthanc process with the plugin, and the service it starts."""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import psutil

from tests.kit.conditions import wait_until

_REPOSITORY = Path(__file__).parents[2]
PYTHON_PLUGINS = ("/usr/share/orthanc/plugins/libOrthancPython.so",)
_START_TIMEOUT_S = 120.0
_PORTS = range(15_000, 32_000)
"""Below those that the system lends to clients: none of them takes a port between the choice and its use."""


def free_port() -> int:
    """A TCP port nobody listens on."""
    while True:
        port = random.choice(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def orthanc_missing() -> str | None:
    """Why there is no Orthanc with its Python plugin on this machine; None when there is."""
    if shutil.which("Orthanc") is None:
        return "Debian's package orthanc is not installed"
    if not any(Path(path).exists() for path in PYTHON_PLUGINS):
        return "Debian's package orthanc-python is not installed"
    return None


class Product:
    """One Orthanc in a folder of its own. Use as a context manager, or start and stop it by hand."""

    def __init__(
        self,
        folder: Path,
        *,
        settings: Mapping[str, object] | None = None,
        orthanc: Mapping[str, object] | None = None,
        environment: Mapping[str, str] | None = None,
        with_plugin: bool = True,
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.dicom_port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.log_path = folder / "orthanc.log"
        self._environment = dict(environment or {})
        self._with_plugin = with_plugin
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self._configuration_path = folder / "orthanc.json"
        configuration: dict[str, object] = {
            "Name": "Test",
            "HttpPort": self.port,
            "DicomPort": self.dicom_port,
            "DicomAet": "TEST",
            "DicomAlwaysAllowStore": True,
            "DicomAlwaysAllowEcho": True,
            "StorageDirectory": str(folder / "orthanc"),
            "IndexDirectory": str(folder / "orthanc"),
            "RemoteAccessAllowed": False,
            "AuthenticationEnabled": False,
            "SaveJobs": False,
            "Plugins": list(PYTHON_PLUGINS) if with_plugin else [],
            "PixelsMasker": {"Enable": True},
            "Ophtha": {"Python": sys.executable, "Storage": str(folder / "ophtha"), **(settings or {})},
            **(orthanc or {}),
        }
        if with_plugin:
            configuration.setdefault("PythonScript", str(_REPOSITORY / "plugin" / "orthanc_main.py"))
        self._configuration_path.write_text(json.dumps(configuration))

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:  # whatever stopped the start, nobody else would end the process
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # -- life ----------------------------------------------------------------------------------------------------

    def spawn(self) -> None:
        """Start the process without waiting for it."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("OPHTHA_")}
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                ["Orthanc", str(self._configuration_path)],
                stdout=log,
                stderr=log,
                env={**environment, **self._environment},
            )

    def start(self) -> None:
        """Start, and wait until Orthanc and the service answer."""
        self.spawn()
        path = "/plugins/ophtha/status" if self._with_plugin else "/system"
        wait_until(lambda: self._answers(path), what=f"start of Orthanc ({self.log_path})", timeout_s=_START_TIMEOUT_S)

    def stop(self) -> None:
        """End as an administrator would, and see that nothing is left behind."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        _, alive = psutil.wait_procs(family, timeout=10)
        for orphan in alive:
            orphan.kill()
        assert not alive, f"processes left behind: {alive}"

    def kill(self) -> None:
        """End Orthanc with SIGKILL and wait until its service has noticed."""
        assert self._process is not None
        family = psutil.Process(self._process.pid).children(recursive=True)
        self._process.kill()
        self._process.wait()
        self._process = None
        _, alive = psutil.wait_procs(family, timeout=20)
        assert not alive, f"processes outlive Orthanc: {alive}"

    def kill_everything(self) -> None:
        """End Orthanc, its service and the workers with SIGKILL."""
        assert self._process is not None
        family = psutil.Process(self._process.pid).children(recursive=True)
        for process in (self._process, *family):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait()
        self._process = None
        psutil.wait_procs(family, timeout=20)

    def is_running(self) -> bool:
        """Whether Orthanc's process is there."""
        return self._process is not None and self._process.poll() is None

    def service_process(self) -> psutil.Process:
        """The service."""
        assert self._process is not None

        def find() -> psutil.Process | None:
            with suppress(psutil.NoSuchProcess):
                for child in psutil.Process(self._process.pid).children():  # type: ignore[union-attr]
                    if "plugin.service" in child.cmdline() and "--socket" in child.cmdline():
                        return child
            return None

        return wait_until(find, what="start of the service")

    def socket_path(self) -> Path:
        """Where the service listens."""
        command = self.service_process().cmdline()
        return Path(command[command.index("--socket") + 1])

    @contextmanager
    def without_service(self) -> Iterator[None]:
        """Nobody answers for the service while the block lasts; with its end the service is killed."""
        service = self.service_process()
        socket_path = self.socket_path()
        service.suspend()  # a service that had died would be started again at once
        socket_path.unlink()
        try:
            yield
        finally:
            service.kill()
            psutil.wait_procs([service])

    def worker_processes(self) -> list[psutil.Process]:
        """Processes that tasks run in."""
        return [
            child
            for child in self.service_process().children(recursive=True)
            if any("spawn_main" in argument for argument in child.cmdline())
        ]

    def wait_for_workers(self) -> None:
        """Wait until the job engine is ready."""

        def is_ready() -> bool:
            status = self.get("/plugins/ophtha/status")  # a busy machine may have it answered 503
            return status.status_code == 200 and status.json()["engine"]["state"] == "ready"

        wait_until(is_ready, what="start of workers", timeout_s=_START_TIMEOUT_S)

    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    # -- HTTP ----------------------------------------------------------------------------------------------------

    def client(self) -> httpx.Client:
        """A client of Orthanc's port that never re-uses a connection Orthanc may just be closing."""
        return httpx.Client(base_url=self.url, timeout=300.0, limits=httpx.Limits(max_keepalive_connections=0))

    def get(self, path: str) -> httpx.Response:
        with self.client() as client:
            return client.get(path)

    def post(self, path: str, *, json: object = None, content: bytes | None = None) -> httpx.Response:
        with self.client() as client:
            return client.post(path, json=json, content=content)

    def upload(self, files: Iterable[bytes]) -> list[str]:
        """Store DICOM files; their Orthanc ids."""
        with self.client() as client:
            return [client.post("/instances", content=file).raise_for_status().json()["ID"] for file in files]

    def clear(self) -> None:
        """Delete every patient, and with them everything stored."""
        with self.client() as client:
            for patient in client.get("/patients").json():
                client.delete(f"/patients/{patient}").raise_for_status()

    def _answers(self, path: str) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"Orthanc ended at start:\n{self.log()[-2000:]}"
        try:
            return self.get(path).status_code == 200
        except httpx.TransportError:
            return False
