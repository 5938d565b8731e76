"""Starts the service as a child process of Orthanc, starts it again when it dies, and ends it with Orthanc."""

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from plugin.socket_folder import SocketFolder

_FIRST_WAIT_S = 0.2
_LONGEST_WAIT_S = 30.0
_STEADY_AFTER_S = 30.0
"""A service that ran this long was healthy: its next death is answered at once again."""
_STOP_TIMEOUT_S = 7.0
"""Then it is killed, and its workers end by themselves: Orthanc must be able to end, or to reset itself, soon."""
_REFUSED = 2
"""Exit code of a service that refuses its settings or its records."""
_NO_FOLDER = 1


class InvalidSettings(Exception):
    """The service refused its settings; the text names them."""


class ServiceProcess:
    """Supervised child. The pipe to its standard input is its life line: it ends itself when the pipe closes,
    also when Orthanc was killed and nobody could tell it to."""

    def __init__(self, python: Path, repository: Path, settings: Mapping[str, object]) -> None:
        self._folder = SocketFolder()
        self.socket_path = str(self._folder.socket)
        self._repository = repository
        self._command = [str(python), "-m", "plugin.service"]
        self._settings = json.dumps(settings) + "\n"
        self._stopping = threading.Event()
        self._child: subprocess.Popen[str] | None = None
        self._supervisor = threading.Thread(target=self._supervise, name="ophtha-service", daemon=True)

    def check_settings(self) -> None:
        """Raise InvalidSettings where the service would refuse to start."""
        outcome = subprocess.run(
            [*self._command, "--check"],
            cwd=self._repository,
            input=self._settings,
            capture_output=True,
            text=True,
            check=False,
        )
        if outcome.returncode != 0:
            self._folder.remove()
            raise InvalidSettings(outcome.stderr.strip() or f"the service ends with code {outcome.returncode}")

    def start(self) -> None:
        self._supervisor.start()

    def stop(self) -> None:
        """End the service and wait for it."""
        self._stopping.set()
        child = self._child
        if child is not None:
            _close_life_line(child)
            try:
                child.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self._supervisor.join(_STOP_TIMEOUT_S)
        self._folder.remove()

    def _supervise(self) -> None:
        wait_s = _FIRST_WAIT_S
        while not self._stopping.is_set():
            started = time.monotonic()
            if self._run_once() == _REFUSED:
                return  # what it said is in the log; nothing changes while Orthanc runs
            wait_s = _FIRST_WAIT_S if time.monotonic() - started > _STEADY_AFTER_S else min(wait_s * 2, _LONGEST_WAIT_S)
            self._stopping.wait(wait_s)

    def _run_once(self) -> int:
        """The exit code of the service, once it has ended."""
        try:
            self._folder.keep()
        except OSError as error:
            sys.stderr.write(f"ophtha: no folder for the socket of the service ({type(error).__name__})\n")
            return _NO_FOLDER
        child = subprocess.Popen(
            [*self._command, "--socket", self.socket_path],
            cwd=self._repository,
            stdin=subprocess.PIPE,
            text=True,
        )
        self._child = child
        with contextlib.suppress(BrokenPipeError):
            assert child.stdin is not None
            child.stdin.write(self._settings)
            child.stdin.flush()
        if self._stopping.is_set():  # asked to stop between the two
            _close_life_line(child)
        code = child.wait()
        _close_life_line(child)
        return code


def _close_life_line(child: subprocess.Popen[str]) -> None:
    with contextlib.suppress(OSError):
        if child.stdin is not None:
            child.stdin.close()
