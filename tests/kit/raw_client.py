"""Clients that speak HTTP byte by byte: slow ones, rude ones, and those that send more than anybody asked for."""

import json
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class RawAnswer:
    """An answer, read to its end."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def opened(url: str, *, timeout_s: float = 30.0) -> socket.socket:
    """A connection on which nothing was said yet."""
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname, parts.port), timeout=timeout_s)


def head(method: str, path: str, **headers: object) -> bytes:
    """Request line and headers; ``content_length`` is ``Content-Length``."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    lines += [f"{name.replace('_', '-').title()}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def answer(connection: socket.socket) -> RawAnswer:
    """The answer that arrives on a connection."""
    response = HTTPResponse(connection)
    response.begin()
    return RawAnswer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())


def sent(url: str, first: bytes, rest: Iterable[bytes] = ()) -> RawAnswer:
    """Send all of it, also what nobody waits for, and read the answer."""
    with opened(url) as connection:
        try:
            connection.sendall(first)
            for piece in rest:
                connection.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before all was sent
        return answer(connection)


def is_closed(connection: socket.socket) -> bool:
    """Whether the other side has ended the connection."""
    connection.setblocking(False)
    try:
        while connection.recv(4096):
            pass
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
