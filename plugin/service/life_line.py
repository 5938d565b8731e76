"""The open standard input is the life line of the service: when it closes, Orthanc is gone, and the service ends."""

import asyncio
import faulthandler
import os
import signal
import sys
import threading
from contextlib import suppress

_END_WITHIN_S = 6.0
"""Less than the plugin waits before it kills: whoever waits for the end of the service has it within ten seconds."""


async def cut() -> None:
    """Wait until the line is cut or the process is asked to end, from when on it has seconds left.

    A database that is locked, or a worker that hangs, must not keep a service that nobody reaches any more: jobs go on
    from their records, however the service ended. Where it was when its time was over is in the log, by lines of code.
    """
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, _end, loop, ended)
    # In a thread: it hears of the end also while the loop is busy.
    threading.Thread(target=_listen, args=(loop, ended), name="life line", daemon=True).start()
    await ended.wait()


def _listen(loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    _end(loop, ended)


def _end(loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    faulthandler.dump_traceback_later(_END_WITHIN_S, exit=True)
    with suppress(RuntimeError):  # the loop is closed: the service is ending already
        loop.call_soon_threadsafe(ended.set)
