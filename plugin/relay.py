"""Relays a request that Orthanc received to the service behind a Unix socket, and its answer back."""

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from plugin.admission import Admission, AtCapacity, Kind, kind_of
from plugin.orthanc_versions import PLAIN_TEXT, RestOutput, RestRequest, query_string

# Hop-by-hop (RFC 9110, 7.6.1), or set anew by either side. Orthanc compresses answers itself, and takes bytes
# of plugins with status 200 only: a file goes whole, whatever part was asked for.
_NOT_RELAYED = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "date",
        "expect",
        "if-range",
        "keep-alive",
        "proxy-connection",
        "range",
        "server",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_CLIENT_DATE = "date"  # signed by annotation clients: relayed on the way in, the server's own is not on the way out
_PIECE_BYTES = 1 << 20
_AWAY = "The ophtha service is starting, or was restarted; ask again in a moment"
_BUSY = "The ophtha service has as much to answer as Orthanc's threads allow; ask again in a moment"
_SLOW = "The ophtha service did not answer in time"
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2"><title>Ophtha</title></head>
<body data-state="offline" style="background: #14181d; color: #eef2f6; font: 16px/1.5 sans-serif; margin: 3rem">
<p role="alert">{reason}. This page asks by itself.</p></body></html>
"""


class ServiceAway(Exception):
    """The service does not answer: it is starting, or was just restarted."""


class ServiceSlow(Exception):
    """The service did not answer within the time that a request may hold one of Orthanc's threads."""


@dataclass(frozen=True)
class Answer:
    """What the service answered, complete."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name), None)


class _UnixConnection(http.client.HTTPConnection):
    """Until ``deadline_s`` of the monotonic clock, whatever it waits for."""

    def __init__(self, path: str, deadline_s: float) -> None:
        super().__init__("localhost")
        self._path = path
        self._deadline_s = deadline_s
        # Of its own: http.client drops its reference as soon as the head of the last answer is there.
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)

    def connect(self) -> None:
        self.limit()
        self._socket.connect(self._path)
        self.sock = self._socket

    def limit(self) -> None:
        """Let the next operation take no longer than what is left. Raises TimeoutError when nothing is."""
        left_s = self._deadline_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        self._socket.settimeout(left_s)

    def abort(self) -> None:
        """From another thread: whoever waits for the answer gets an error now."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        super().close()
        self._socket.close()


class Relay:
    """Client of the service. One connection per request: it costs 0.1 ms and is never stale."""

    def __init__(self, socket_path: str, admission: Admission, *, values_are_decoded: bool | None) -> None:
        self._socket_path = socket_path
        self._admission = admission
        self._values_are_decoded = values_are_decoded
        self._open: set[_UnixConnection] = set()
        self._is_stopped = False
        self._lock = threading.Lock()

    def stop(self) -> None:
        """Answer what is being relayed, and all that comes, with 503: Orthanc waits for it before it can end."""
        with self._lock:
            self._is_stopped = True
            for connection in self._open:
                connection.abort()

    def fetch(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        kind: Kind = Kind.SHORT,
    ) -> Answer:
        """Send one request. Raises ServiceAway when there is nobody to answer it, ServiceSlow."""
        try:
            with self._connection(kind) as connection:
                connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
                for name, value in headers.items():
                    connection.putheader(name, value.encode("utf-8"))
                if body is not None:
                    connection.putheader("Content-Length", str(len(body)))
                connection.endheaders()
                with suppress(BrokenPipeError, ConnectionResetError):  # refused before it was read: the answer says why
                    for piece in _pieces(body):
                        connection.limit()
                        connection.send(piece)
                connection.limit()
                response = connection.getresponse()
                return Answer(response.status, tuple(response.getheaders()), _read(response, connection.limit))
        except TimeoutError as error:
            raise ServiceSlow from error
        except (OSError, http.client.HTTPException) as error:
            raise ServiceAway(type(error).__name__) from error

    def forward(self, output: RestOutput, uri: str, request: RestRequest) -> None:
        """Relay the request of a REST callback and answer it."""
        kind = kind_of(request["method"], uri)

        def answer() -> None:
            said = self.fetch(
                request["method"],
                self.target(uri, request),
                headers=relayed_headers(request["headers"]),
                body=request.get("body"),
                kind=kind,
            )
            give(output, said)

        self.admit(output, kind, answer, accepted=request["headers"].get("accept", ""))

    def admit(self, output: RestOutput, kind: Kind, answer: Callable[[], None], *, accepted: str = "") -> None:
        """Answer while holding one of the threads that relaying may take; say so where there is none, or no service."""
        try:
            with self._admission.admit(kind):
                answer()
        except AtCapacity:
            answer_again(output, _BUSY, accepted=accepted)
        except ServiceAway:
            answer_again(output, _AWAY, accepted=accepted)
        except ServiceSlow:
            answer_again(output, _SLOW, status=HTTPStatus.GATEWAY_TIMEOUT, accepted=accepted)

    @contextmanager
    def _connection(self, kind: Kind) -> Iterator[_UnixConnection]:
        connection = _UnixConnection(self._socket_path, time.monotonic() + kind.longest_s)
        try:
            connection.connect()
            with self._lock:
                if self._is_stopped:
                    raise ServiceAway("stopped")
                self._open.add(connection)
            yield connection
        finally:
            with self._lock:
                self._open.discard(connection)
                connection.close()

    def target(self, uri: str, request: RestRequest) -> str:
        """Path and query as the client sent them: the path reaches a plugin decoded, on every version."""
        query = self.query(request)
        path = quote(uri, safe="/:@!$&'()*+,;=~-._")
        return f"{path}?{query}" if query else path

    def query(self, request: RestRequest) -> str:
        """The query string; Orthanc keeps the last value of a repeated key, and none on POST and PUT."""
        return query_string(request.get("get", {}), values_are_decoded=self._values_are_decoded)


def _pieces(body: bytes | None) -> Iterator[memoryview]:
    """The body in pieces that are sent without being copied."""
    view = memoryview(body or b"")
    for start in range(0, len(view), _PIECE_BYTES):
        yield view[start : start + _PIECE_BYTES]


def _read(response: http.client.HTTPResponse, limit: Callable[[], None]) -> bytes:
    pieces = []
    while not response.isclosed():
        limit()
        pieces.append(response.read(_PIECE_BYTES))
    return b"".join(pieces)


def relayed_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """What of the client's request headers reaches the service."""
    kept = {name: value for name, value in headers.items() if name == _CLIENT_DATE or name.lower() not in _NOT_RELAYED}
    return {"host": "localhost", **kept, "Accept-Encoding": "identity", "Connection": "close"}


def give(output: RestOutput, answer: Answer) -> None:
    """Answer Orthanc's client with what the service said."""
    if answer.status == HTTPStatus.METHOD_NOT_ALLOWED:
        output.answer_method_not_allowed(answer.header("allow") or "GET")
        return
    for name, value in answer.headers:
        if name.lower() not in _NOT_RELAYED and name.lower() != "content-type":
            output.set_header(name, value)
    output.answer(answer.status, answer.body, answer.header("content-type") or "application/octet-stream")


def answer_again(
    output: RestOutput, reason: str, *, status: HTTPStatus = HTTPStatus.SERVICE_UNAVAILABLE, accepted: str = ""
) -> None:
    """Ask again in a moment. A person who opens a page gets one that does; who wants plain text gets that."""
    output.set_header("Retry-After", "2")
    if "text/html" in accepted:
        output.answer(status, _PAGE.format(reason=reason).encode(), "text/html; charset=utf-8")
    elif accepted == PLAIN_TEXT:
        output.answer(status, reason.encode(), PLAIN_TEXT)
    else:
        output.answer_error(status, reason)
