"""Files of this Orthanc for one registration: over one connection, which is not asked for before it is needed."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

from pydantic import JsonValue

from plugin.service.pacs.connection import OrthancConnection

Connect = Callable[[], AbstractContextManager[OrthancConnection]]


class OwnFiles:
    """Used by several threads, one at a time. Close it to give the connection back."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._held = ExitStack()
        self._connection: OrthancConnection | None = None
        self._lock = threading.Lock()

    def get_json(self, path: str) -> JsonValue:
        """Raises LookupError when there is no such thing, OrthancAway."""
        with self._connected() as orthanc:
            return orthanc.get_json(path)

    def read(self, path: str, take: Callable[[bytes], None]) -> None:
        """Give ``take`` a file piece by piece. Raises ErrorAnswer, OrthancAway, and what ``take`` raises."""
        with self._connected() as orthanc:
            for piece in orthanc.pieces(path):
                take(piece)

    def close(self) -> None:
        self._held.close()

    @contextmanager
    def _connected(self) -> Iterator[OrthancConnection]:
        with self._lock:
            if self._connection is None:
                self._connection = self._held.enter_context(self._connect())
            yield self._connection
