"""Brings readers into the world, and ends them: the service's side of the template process."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from plugin.service.readers.orders import FORK, KILL, ORDER
from plugin.service.readers.wire import Wire

_REPOSITORY: Final = Path(__file__).parents[3]
_START_TIMEOUT_S: Final = 60.0
"""Of the template with all its modules, on a machine that is busy."""
_ENVIRONMENT: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}
"""A process with threads must not fork."""


class Reader:
    """A reader process: its id, and the socket to it."""

    def __init__(self, pid: int, end: socket.socket) -> None:
        self.pid = pid
        self.wire = Wire(end)


class Nursery:
    """Owns the template process, and starts it again when it has ended. Safe to share between threads."""

    def __init__(self, *, memory_bytes: int, modules: Sequence[str]) -> None:
        self._memory_bytes = memory_bytes
        self._modules = tuple(modules)
        self._lock = threading.Lock()
        self._template: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._readers: dict[int, Reader] = {}
        self._is_closed = False

    def start(self) -> None:
        """Start the template; it is ready a second later, and whoever needs a reader before waits for it."""
        with self._lock:
            self._start()

    def new_reader(self) -> Reader:
        """Raises OSError when no process can be made."""
        ours, theirs = socket.socketpair()
        with self._lock, theirs:
            try:
                pid = self._order(FORK, 0, [theirs.fileno()])
            except OSError:
                self._end()
                if self._is_closed:
                    ours.close()
                    raise
                self._start()
                pid = self._order(FORK, 0, [theirs.fileno()])
            reader = self._readers[pid] = Reader(pid, ours)
        return reader

    def end_reader(self, reader: Reader) -> None:
        """End it, whatever it does."""
        reader.wire.close()
        with self._lock:
            self._readers.pop(reader.pid, None)
            with suppress(OSError):  # without a template its readers end by themselves
                self._order(KILL, reader.pid)

    def close(self) -> None:
        """End the template and every reader. There will be no others."""
        with self._lock:
            self._is_closed = True
            self._end()
            for reader in self._readers.values():
                reader.wire.hang_up()

    def forget_readers(self) -> None:
        """Close what is left of readers that nobody talks to any more."""
        with self._lock:
            for reader in self._readers.values():
                reader.wire.close()
            self._readers.clear()

    def _order(self, kind: bytes, pid: int, descriptors: Sequence[int] = ()) -> int:
        if self._control is None:
            raise OSError("the template is not running")
        if descriptors:
            socket.send_fds(self._control, [ORDER.pack(kind, pid)], list(descriptors))
        else:
            self._control.sendall(ORDER.pack(kind, pid))
        answer = self._control.recv(ORDER.size, socket.MSG_WAITALL)
        if len(answer) < ORDER.size:
            raise OSError("the template has ended")
        found: int = ORDER.unpack(answer)[1]
        return found

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        ours.settimeout(_START_TIMEOUT_S)
        arguments = [str(theirs.fileno()), str(self._memory_bytes), *self._modules]
        with theirs:
            self._template = subprocess.Popen(
                [sys.executable, "-m", "plugin.service.readers.template", *arguments],
                cwd=_REPOSITORY,
                env={**os.environ, **_ENVIRONMENT},
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        self._control = ours

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._template is not None:
            self._template.kill()  # its readers end with it
            self._template.wait()
            self._template = None
