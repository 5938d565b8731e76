"""Calls to readers from anywhere in the service: a place in the queue, a deadline, and a new reader for a lost one."""

import asyncio
import select
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar, cast

from plugin.service.errors import Unavailable, Unprocessable
from plugin.service.readers.nursery import Nursery, Reader
from plugin.service.readers.wire import Answer, Broke, Call, Refused, Returned

READERS: Final = 2
_LONGEST_QUEUE: Final = 128
_LARGEST_QUEUE_BYTES: Final = 2**30
"""What the files of all waiting calls may hold in memory together."""
_ATTEMPTS: Final = 2
"""A reader may have ended by what others did to it; a file that ends a second one is to blame."""

_Result = TypeVar("_Result")


class _ReaderEnded(Exception):
    """The reader died over its call."""


class Readers:
    """Two processes that read files. Safe to share between threads and the event loop."""

    def __init__(self, *, memory_mb: int, time_limit_s: float, preloaded: Sequence[str] = ()) -> None:
        """A call has ``memory_mb`` and ``time_limit_s``; ``preloaded`` modules are imported once for all readers."""
        self._time_limit_s = time_limit_s
        self._largest_bytes = memory_mb * 2**20
        self._nursery = Nursery(memory_bytes=self._largest_bytes, modules=preloaded)
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._own = threading.local()
        self._lock = threading.Lock()
        self._queued = 0
        self._queued_bytes = 0

    def start(self) -> None:
        """Begin to load what readers need; returns at once."""
        self._nursery.start()

    def close(self) -> None:
        """End every reader, and with it the call that it is at; those that wait fail."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._nursery.close()
        self._threads.shutdown()
        self._nursery.forget_readers()

    @property
    def queued(self) -> int:
        """Calls that wait or are being answered."""
        return self._queued

    def refuse_size(self, what: str, size_bytes: int) -> None:
        """Raise Unprocessable for a file that no reader takes; to be asked before the file is fetched."""
        if size_bytes > self._largest_bytes:
            raise Unprocessable(f"{what} cannot be read: it is larger than {self._largest_bytes} bytes")

    def call(self, what: str, function: Callable[..., _Result], *arguments: object) -> _Result:
        """What ``function`` makes of a file; for threads. ``what`` names the file in errors.

        Raises what the function raises of our own errors, Unprocessable when it ends, blocks or fills a reader,
        Unavailable when too much is waiting.
        """
        return self._submit(what, function, arguments).result()

    async def ask(self, what: str, function: Callable[..., _Result], *arguments: object) -> _Result:
        """The same for the event loop."""
        return await asyncio.wrap_future(self._submit(what, function, arguments))

    # -- inside --------------------------------------------------------------------------------------------------

    def _submit(self, what: str, function: Callable[..., _Result], arguments: tuple[object, ...]) -> "Future[_Result]":
        size = _bytes_in(arguments)
        self.refuse_size(what, size)
        with self._lock:
            if self._queued >= _LONGEST_QUEUE or (self._queued and self._queued_bytes + size > _LARGEST_QUEUE_BYTES):
                raise Unavailable("Too many files wait to be read")
            self._queued += 1
            self._queued_bytes += size
        try:
            future = self._threads.submit(self._run, what, Call(function, arguments))
        except RuntimeError as error:
            self._leave_queue(size)
            raise Unavailable("The service is ending") from error
        future.add_done_callback(lambda _: self._leave_queue(size))
        return cast("Future[_Result]", future)

    def _leave_queue(self, size: int) -> None:
        with self._lock:
            self._queued -= 1
            self._queued_bytes -= size

    def _run(self, what: str, call: Call) -> object:
        """Runs in one of as many threads as there are readers."""
        for _ in range(_ATTEMPTS):
            try:
                answer = self._answer(what, call)
            except _ReaderEnded:
                continue
            match answer:
                case Returned():
                    return answer.value
                case Refused():
                    raise answer.error
                case Broke():
                    raise Unprocessable(f"{what} cannot be read ({answer.error_class})")
        raise Unprocessable(f"{what} cannot be read: it ends the process that reads it")

    def _answer(self, what: str, call: Call) -> Answer:
        reader = self._reader()
        give_up_at = time.monotonic() + self._time_limit_s
        try:
            reader.wire.socket.settimeout(self._time_limit_s)
            reader.wire.send(call)
            if not _is_readable(reader, give_up_at):
                raise TimeoutError
            answer = reader.wire.receive()
        except TimeoutError:
            self._lose(reader)
            raise Unprocessable(f"{what} cannot be read within {self._time_limit_s:g} s") from None
        except (OSError, EOFError) as error:
            self._lose(reader)
            raise _ReaderEnded from error
        except BaseException:  # half a message may be on the wire
            self._lose(reader)
            raise
        assert not isinstance(answer, Call)
        if isinstance(answer, Broke):
            # Of what it went through, and what memory that took, nothing is known: the next file gets a new one.
            self._lose(reader)
        return answer

    def _reader(self) -> Reader:
        reader: Reader | None = getattr(self._own, "reader", None)
        if reader is None:
            try:
                reader = self._own.reader = self._nursery.new_reader()
            except OSError as error:
                raise Unavailable("No process can be started to read the file") from error
        return reader

    def _lose(self, reader: Reader) -> None:
        self._own.reader = None
        self._nursery.end_reader(reader)


def _is_readable(reader: Reader, give_up_at: float) -> bool:
    poll = select.poll()
    poll.register(reader.wire.socket, select.POLLIN)
    return bool(poll.poll(max(give_up_at - time.monotonic(), 0) * 1000))


def _bytes_in(arguments: object) -> int:
    """Size of the files among the arguments of a call."""
    if isinstance(arguments, (bytes, bytearray, memoryview)):
        return len(arguments)
    if isinstance(arguments, (tuple, list)):
        return sum(map(_bytes_in, arguments))
    if isinstance(arguments, dict):
        return sum(map(_bytes_in, arguments.values()))
    return 0
