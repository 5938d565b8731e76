"""A connection to Orthanc: one socket kept open between requests, and no request carried out twice by accident.

On ``http.client``: a slice of 0.5 MB costs it 0.2 ms of a worker's time, httpx 1.2 ms, several times for each slice.
"""

import http.client
import time
from collections.abc import Callable, Generator, Mapping
from typing import Self, TypeVar
from urllib.parse import urlsplit

from pydantic import JsonValue

from plugin.service.pacs.address import OrthancAddress
from plugin.service.pacs.answer import OrthancAnswer

WORKER_PATIENCE_S = 30.0
"""How long Orthanc may be away (``/tools/reset``) before a task gives up."""
_REUSE_FOR_S = 0.5
"""Orthanc closes idle connections after one second."""
_SERVICE_PATIENCE_S = 1.0
"""Within the service: it ends with Orthanc and must not wait for it."""
_RETRY_EVERY_S = 0.25
_ANSWER_TIMEOUT_S = 600.0
_PIECE_BYTES = 1 << 18
_Result = TypeVar("_Result")


class OrthancAway(Exception):
    """Orthanc does not answer, or not in time: nobody knows whether the request was carried out."""


class ErrorAnswer(LookupError):
    """Orthanc answered with an error instead of a file."""

    def __init__(self, path: str, status: int) -> None:
        super().__init__(path)
        self.status = status


class OrthancConnection:
    """Orthanc's REST API for one thread. Holds one of Orthanc's HTTP threads until it is closed."""

    def __init__(
        self,
        address: OrthancAddress,
        *,
        patience_s: float = _SERVICE_PATIENCE_S,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """With ``headers`` instead of Orthanc's token: then Orthanc answers as it would answer who sent them."""
        self._patience_s = patience_s
        parts = urlsplit(address.url)
        assert parts.hostname is not None
        if parts.scheme == "https":
            self._http: http.client.HTTPConnection = http.client.HTTPSConnection(
                parts.hostname, parts.port, timeout=_ANSWER_TIMEOUT_S, context=address.context()
            )
        else:
            self._http = http.client.HTTPConnection(parts.hostname, parts.port, timeout=_ANSWER_TIMEOUT_S)
        self._prefix = parts.path.rstrip("/")
        own = {"Authorization": address.token} if address.token else {}
        self._headers = own if headers is None else dict(headers)
        self._used_at = 0.0

    def get(self, path: str) -> OrthancAnswer:
        """Raises OrthancAway."""
        return self.repeatable("GET", path)

    def get_json(self, path: str) -> JsonValue:
        """Decoded answer. Raises OrthancAway, LookupError when there is no such resource."""
        answer = self.get(path)
        if not answer.is_ok:
            raise LookupError(path)
        return answer.json()

    def pieces(self, path: str) -> Generator[bytes]:
        """The body of a GET as it comes. Raises OrthancAway, ErrorAnswer."""
        response = self._patiently(lambda: self._sent("GET", path, None))
        try:
            if response.status != http.HTTPStatus.OK:
                raise ErrorAnswer(path, response.status)
            while piece := response.read(_PIECE_BYTES):
                yield piece
        except (OSError, http.client.HTTPException) as error:
            raise self._away(error) from error
        finally:
            if not response.isclosed():
                self.close()
        self._used_at = time.monotonic()

    def repeatable(self, method: str, path: str, body: bytes | None = None) -> OrthancAnswer:
        """A request that may be carried out more than once without harm. Raises OrthancAway."""
        return self._patiently(lambda: self._exchange(method, path, body))

    def once(self, method: str, path: str, body: bytes | None = None) -> OrthancAnswer:
        """A request that must not be carried out twice: it is sent once, on a new connection. Raises OrthancAway."""
        self.close()
        self._patiently(self._http.connect)
        self._used_at = time.monotonic()
        return self._exchange(method, path, body)

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _patiently(self, attempt: Callable[[], _Result]) -> _Result:
        """Repeat what does no harm; at once when the connection was not new: Orthanc closes idle ones."""
        is_stale = self._http.sock is not None
        give_up_at = time.monotonic() + self._patience_s
        while True:
            try:
                return attempt()
            except (OSError, OrthancAway) as error:
                if not is_stale and time.monotonic() > give_up_at:
                    raise self._away(error) from error
                time.sleep(0 if is_stale else _RETRY_EVERY_S)
                is_stale = False

    def _exchange(self, method: str, path: str, body: bytes | None) -> OrthancAnswer:
        response = self._sent(method, path, body)
        try:
            answer = OrthancAnswer(response.status, response.read())
        except (OSError, http.client.HTTPException) as error:
            raise self._away(error) from error
        self._used_at = time.monotonic()
        return answer

    def _sent(self, method: str, path: str, body: bytes | None) -> http.client.HTTPResponse:
        if self._http.sock is not None and time.monotonic() - self._used_at > _REUSE_FOR_S:
            self.close()
        try:
            self._http.request(method, self._prefix + path, body=body, headers=self._headers)
            return self._http.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise self._away(error) from error

    def _away(self, error: Exception) -> OrthancAway:
        self.close()
        if isinstance(error, OrthancAway):
            return error
        return OrthancAway(f"Orthanc does not answer ({type(error).__name__})")
