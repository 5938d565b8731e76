"""Relays a request that Orthanc received to the service behind a Unix socket, and its answer back."""

import http.client
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from plugin.orthanc_versions import RestOutput, RestRequest, query_string

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
_AWAY_PAGE = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2"><title>Ophtha</title></head>
<body data-state="offline" style="background: #14181d; color: #eef2f6; font: 16px/1.5 sans-serif; margin: 3rem">
<p role="alert">{_AWAY}. This page asks by itself.</p></body></html>
"""


class ServiceAway(Exception):
    """The service does not answer: it is starting, or was just restarted."""


@dataclass(frozen=True)
class Answer:
    """What the service answered, complete."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name), None)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Relay:
    """Client of the service. One connection per request: it costs 0.1 ms and is never stale."""

    def __init__(self, socket_path: str, *, values_are_decoded: bool | None, timeout_s: float) -> None:
        self._socket_path = socket_path
        self._values_are_decoded = values_are_decoded
        self._timeout_s = timeout_s

    def fetch(self, method: str, target: str, *, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """Send one request. Raises ServiceAway when there is nobody to answer it."""
        connection = _UnixConnection(self._socket_path, self._timeout_s)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value.encode("utf-8"))
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders()
            with suppress(BrokenPipeError, ConnectionResetError):  # refused before it was read: the answer says why
                for piece in _pieces(body):
                    connection.send(piece)
            response = connection.getresponse()
            return Answer(response.status, tuple(response.getheaders()), response.read())
        except (OSError, http.client.HTTPException) as error:
            raise ServiceAway(type(error).__name__) from error
        finally:
            connection.close()

    def forward(self, output: RestOutput, uri: str, request: RestRequest) -> None:
        """Relay the request of a REST callback and answer it."""
        try:
            answer = self.fetch(
                request["method"],
                self.target(uri, request),
                headers=relayed_headers(request["headers"]),
                body=request.get("body"),
            )
        except ServiceAway:
            answer_away(output, to_browser="text/html" in request["headers"].get("accept", ""))
        else:
            give(output, answer)

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


def answer_away(output: RestOutput, *, to_browser: bool = False) -> None:
    """503: ask again in a moment. A person who opens a page gets one that does."""
    output.set_header("Retry-After", "2")
    if to_browser:
        output.answer(503, _AWAY_PAGE.encode(), "text/html; charset=utf-8")
    else:
        output.answer_error(HTTPStatus.SERVICE_UNAVAILABLE, _AWAY)
