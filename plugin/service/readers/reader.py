"""What a reader does: call after call, within limits, until the service is gone."""

import ctypes
import gc
import resource
import signal
import socket
from contextlib import suppress
from pathlib import Path
from typing import Final

from ophtha_core.errors import OphthaError
from plugin.service.errors import ServiceError
from plugin.service.logs import keep_values_out
from plugin.service.readers.wire import Answer, Broke, Call, Refused, Returned, Wire

_DIE_WITH_PARENT: Final = 1
"""``PR_SET_PDEATHSIG`` of Linux's prctl."""


def read_until_closed(end: socket.socket, *, memory_bytes: int) -> None:
    """Answer calls from the other end. ``memory_bytes`` bound what may be had beyond what is loaded already."""
    _limit(memory_bytes)
    keep_values_out()
    wire = Wire(end)
    with suppress(EOFError, OSError):
        while True:
            call = wire.receive()
            assert isinstance(call, Call)
            wire.send(_answer(call))
            del call
            gc.collect(0)


def _answer(call: Call) -> Answer:
    try:
        return Returned(call.function(*call.arguments))
    except (OphthaError, ServiceError) as error:
        return Refused(error.with_traceback(None))
    except Exception as error:  # whatever a file does, it is the file that is broken
        return Broke(type(error).__name__)


def _limit(memory_bytes: int) -> None:
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    loaded_pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = loaded_pages * resource.getpagesize() + memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
