"""``python -m plugin.service.readers.template FD MEMORY_BYTES MODULE …``: has everything loaded, and becomes a reader.

To start Python and its libraries takes a second; to fork from a process that has them takes milliseconds, and shares
their memory. Orders come through the socket ``FD``: ``FORK`` with the end of a socket for the new reader, answered
with its process id; ``KILL`` with a process id. When the socket closes the service is gone, and all readers end.
"""

import gc
import importlib
import os
import signal
import socket
import sys
from contextlib import suppress

from plugin.service.readers.orders import FORK, ORDER
from plugin.service.readers.reader import read_until_closed


def main(control: socket.socket, memory_bytes: int, modules: list[str]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: the service ends in order, and this with it
    for module in modules:
        importlib.import_module(module)
    gc.freeze()
    readers: set[int] = set()
    while True:
        order, descriptors, _, _ = socket.recv_fds(control, ORDER.size, 1)
        if len(order) < ORDER.size:
            break
        kind, pid = ORDER.unpack(order)
        if kind == FORK:
            pid = _fork(control, socket.socket(fileno=descriptors[0]), memory_bytes)
            readers.add(pid)
        elif pid in readers:
            _end(pid)
            readers.remove(pid)
        control.sendall(ORDER.pack(kind, pid))
    for pid in readers:
        _end(pid)


def _fork(control: socket.socket, end: socket.socket, memory_bytes: int) -> int:
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            control.close()
            read_until_closed(end, memory_bytes=memory_bytes)
            status = 0
        finally:
            os._exit(status)
    end.close()
    return pid


def _end(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2]), sys.argv[3:])
