"""Calls and answers between the service and a reader, as pickles on a Unix socket."""

import pickle
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, cast

_BUFFER_BYTES: Final = 2**18
_PROTOCOL: Final = 5


@dataclass(frozen=True)
class Call:
    """A function of a module, and what it is called with."""

    function: Callable[..., object]
    arguments: tuple[object, ...]


@dataclass(frozen=True)
class Returned:
    """What a function returned."""

    value: object


@dataclass(frozen=True)
class Refused:
    """An error that a function raised on purpose."""

    error: Exception


@dataclass(frozen=True)
class Broke:
    """An error that nobody foresaw, without its text: it may quote the file."""

    error_class: str


Answer = Returned | Refused | Broke


class Wire:
    """One end of the socket. Large values are not copied on their way into it."""

    def __init__(self, end: socket.socket) -> None:
        self.socket = end
        self._reading = end.makefile("rb", buffering=_BUFFER_BYTES)
        self._writing = end.makefile("wb", buffering=_BUFFER_BYTES)

    def send(self, message: Call | Answer) -> None:
        """Raises OSError when the other end is gone or takes too long; pickle's errors leave the wire unusable."""
        pickle.dump(message, self._writing, protocol=_PROTOCOL)
        self._writing.flush()

    def receive(self) -> Call | Answer:
        """Raises EOFError or OSError when the other end is gone or takes too long."""
        try:
            return cast("Call | Answer", pickle.load(self._reading))
        except pickle.UnpicklingError as error:
            raise EOFError("a message ends within") from error

    def hang_up(self) -> None:
        """For whoever waits at this end, the other is gone."""
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with suppress(OSError):  # what is not sent yet cannot be
            self._writing.close()
        self._reading.close()
        self.socket.close()
