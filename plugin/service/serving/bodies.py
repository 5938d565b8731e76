"""Bodies of requests: small until it is known who sends them, bounded always, given up when they come too slowly."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, cast

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from plugin.service.access.recognition import when_recognised

MAX_KNOWN_BYTES: Final = 256 * 2**20
_BODY = "ophtha.body"
_PACE_BYTES_PER_S = 16 * 1024
"""A body may take the time it takes at this pace, beside its grace."""
_GRACE_S = 60.0
_PART_BYTES = 16 * 2**10


class BodyRefused(HTTPException):
    """The body is too large, too slow, or one too many.

    Not a ServiceError: of what goes wrong while FastAPI reads a body, it lets only HTTPException through.
    """


class Pool:
    """What the bodies of many requests may hold in memory together."""

    def __init__(self, total_bytes: int) -> None:
        self._free_bytes = total_bytes

    def take(self, size: int) -> bool:
        """Whether there was room; then it is taken."""
        if size > self._free_bytes:
            return False
        self._free_bytes -= size
        return True

    def give_back(self, size: int) -> None:
        self._free_bytes += size


@dataclass(frozen=True)
class BodyLimits:
    """``stranger_bytes`` tells, by path, how long a body may be before its sender is known.

    ``larger_bytes`` are paths whose bodies may be longer than others once their sender is known: forms with a file.
    ``is_known`` tells whether a request's sender is known already, ``silence_s`` how long a client may send nothing.
    """

    stranger_bytes: Callable[[str], int]
    is_known: Callable[[Scope], bool]
    silence_s: float
    known_bytes: int = MAX_KNOWN_BYTES
    larger_bytes: Mapping[str, int] = field(default_factory=dict)
    strangers_together_bytes: int = 64 * 2**20
    known_together_bytes: int = 4 * MAX_KNOWN_BYTES


class Body:
    """What may be read of one request's body."""

    def __init__(self, limits: BodyLimits, strangers: Pool, known: Pool, scope: Scope) -> None:
        self._limits = limits
        self._known = known
        self._pool: Pool | None = strangers
        self._max_bytes = limits.stranger_bytes(scope["path"])
        self._larger_bytes = limits.larger_bytes.get(scope["path"], 0)
        self._is_stranger = True
        self._read_bytes = 0
        self._held_bytes = 0
        self._waited_s = 0.0
        self._arrived: Message | None = None
        headers = Headers(scope=scope)
        self._announced_bytes = _number(headers.get("content-length", ""))
        self._is_multipart = headers.get("content-type", "").startswith("multipart/")
        self.is_over = not self._announced_bytes and "transfer-encoding" not in headers
        """Whether nothing of it is to come, or nothing that anybody wants."""

    def recognised(self) -> None:
        """Its sender is known: it may be large. Raises BodyRefused."""
        if self._is_stranger:
            self._is_stranger = False
            self._max_bytes = max(self._max_bytes, self._limits.known_bytes, self._larger_bytes)
            self._move(self._known)

    def kept_elsewhere(self) -> None:
        """Whoever reads it does not keep it in memory."""
        self._move(None)

    def release(self) -> None:
        """Nobody holds any of it any more."""
        self._move(None)

    async def part(self, receive: Receive) -> Message:
        """The next part, for which a client has a while. Raises BodyRefused."""
        # The first fields of a multipart form may tell who sends the rest.
        if not (self._is_stranger and self._is_multipart):
            self._count(0, self._announced_bytes)
        if self._arrived is None:
            self._arrived = await self._awaited(receive)
        if self._arrived["type"] != "http.request":
            self.is_over = True
            return self._arrived
        content = self._arrived.get("body", b"")
        more = self._arrived.get("more_body", False)
        # A stranger's is handed out in small parts, however much of it came at once.
        part, rest = (content[:_PART_BYTES], content[_PART_BYTES:]) if self._is_stranger else (content, b"")
        self._arrived = {**self._arrived, "body": rest} if rest else None
        self.is_over = not rest and not more
        self._count(len(part), 0)
        return {"type": "http.request", "body": part, "more_body": not self.is_over}

    async def _awaited(self, receive: Receive) -> Message:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        pace_s = 0.0 if self._is_stranger else self._read_bytes / _PACE_BYTES_PER_S
        patience_s = min(self._limits.silence_s, _GRACE_S + pace_s - self._waited_s)
        try:
            async with asyncio.timeout(max(patience_s, 0)):
                return await receive()
        except TimeoutError:
            raise _refused(HTTPStatus.REQUEST_TIMEOUT, "The body comes too slowly") from None
        finally:
            self._waited_s += loop.time() - begun

    def _count(self, size: int, announced_bytes: int) -> None:
        self._read_bytes += size
        if max(self._read_bytes, announced_bytes) > self._max_bytes:
            raise _too_large(self._max_bytes)
        if self._pool is not None:
            if not self._pool.take(size):
                raise _too_many()
            self._held_bytes += size

    def _move(self, pool: Pool | None) -> None:
        if self._pool is not None:
            self._pool.give_back(self._held_bytes)
        held, self._held_bytes, self._pool = self._held_bytes, 0, pool
        if pool is not None:
            if not pool.take(held):
                self._pool = None
                raise _too_many()
            self._held_bytes = held


class BoundedBodies:
    """ASGI middleware that bounds the bodies of requests, alone and together."""

    def __init__(self, app: ASGIApp, limits: BodyLimits) -> None:
        self._app = app
        self._limits = limits
        self._strangers = Pool(limits.strangers_together_bytes)
        self._known = Pool(limits.known_together_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = scope[_BODY] = Body(self._limits, self._strangers, self._known, scope)
        if self._limits.is_known(scope):
            body.recognised()
        else:
            when_recognised(scope, lambda _: body.recognised())

        async def receive_bounded() -> Message:
            return await receive() if body.is_over else await body.part(receive)

        async def send_and_close(message: Message) -> None:
            if not body.is_over:
                # Nobody keeps the rest, and the next request could only come after it.
                body.is_over = True
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            await send(message)

        try:
            await self._app(scope, receive_bounded, send_and_close)
        finally:
            body.release()


def body_of(scope: Scope) -> Body | None:
    """The body of a request that came through a door; None in process."""
    return cast("Body | None", scope.get(_BODY))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


def _too_large(max_bytes: int) -> BodyRefused:
    size = f"{max_bytes >> 20} MB" if max_bytes >= 2**20 else f"{max_bytes >> 10} KB"
    return _refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is larger than {size}")


def _too_many() -> BodyRefused:
    return _refused(HTTPStatus.SERVICE_UNAVAILABLE, "Too many bodies are being received", {"Retry-After": "2"})


def _refused(status: HTTPStatus, message: str, headers: dict[str, str] | None = None) -> BodyRefused:
    return BodyRefused(status, message, headers)
