"""Connections of the API port: clients may be slow, silent or a thousand, and nobody else notices."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import h11
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from plugin.service.errors import error_response
from plugin.service.serving.peers import peer_of

HEAD_BYTES = 16 * 1024
"""Request line and headers together."""
_LINGER_S = 5.0
"""How long what a client still sends is thrown away, so that it reads the answer before its connection breaks."""
_UNREAD_S = 60.0
"""How long a client may take to make room for the next piece of an answer."""


@dataclass(frozen=True)
class ConnectionLimits:
    """What the clients of a port may hold open together, and each address of them; ``head_s`` for a request's head."""

    total: int
    per_peer: int
    head_s: float


class Guests:
    """The connections of a port."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self._limits = limits
        self._connections: dict[GuardedConnection, str] = {}  # in the order they came
        self._of_peer: Counter[str] = Counter()

    def admit(self, guest: "GuardedConnection", peer: str) -> bool:
        """Let one more in; where there are too many, in the place of the longest one that waits for its client."""
        if self._of_peer[peer] >= self._limits.per_peer:
            is_free = self._dismiss_one(peer)
        else:
            is_free = len(self._connections) < self._limits.total or self._dismiss_one()
        if is_free:
            self._connections[guest] = peer
            self._of_peer[peer] += 1
        return is_free

    def leave(self, guest: "GuardedConnection") -> None:
        peer = self._connections.pop(guest, None)
        if peer is not None:
            self._of_peer[peer] -= 1
            if not self._of_peer[peer]:
                del self._of_peer[peer]

    def _dismiss_one(self, peer: str | None = None) -> bool:
        guests = (guest for guest, whose in self._connections.items() if peer in (None, whose))
        guest = next((guest for guest in guests if guest.can_be_dismissed), None)
        if guest is None:
            return False
        self.leave(guest)
        guest.dismiss()
        return True


class GuardedConnection(H11Protocol):
    """A connection with deadlines; made by uvicorn, see `guarded`."""

    limits: ClassVar[ConnectionLimits]
    guests: ClassVar[Guests]

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],  # as uvicorn has it
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, {**app_state, "connection": self}, _loop)
        self._is_recognised = False
        self._is_lingering = False
        self._timer: asyncio.TimerHandle | None = None
        self._unread_timer: asyncio.TimerHandle | None = None

    @property
    def can_be_dismissed(self) -> bool:
        """Whether it waits for the next request, or for the body of a stranger."""
        return self.conn.their_state is h11.IDLE or (self.conn.their_state is h11.SEND_BODY and not self._is_recognised)

    def recognise(self) -> None:
        """Its client has proved who it is: until the end of this request it is worth waiting for."""
        self._is_recognised = True

    def dismiss(self) -> None:
        """End it at once."""
        self.transport.abort()

    # -- called by asyncio ---------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        lingering = cast("asyncio.Transport", _LingeringTransport(transport, self))
        super().connection_made(lingering)
        if self.guests.admit(self, peer_of(self.client)):
            self._allow(self.limits.head_s)
        else:
            self._refuse(503, "There are too many connections", headers=[(b"retry-after", b"2")])

    def connection_lost(self, exc: Exception | None) -> None:
        self.guests.leave(self)
        for timer in (self._timer, self._unread_timer):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_lingering:
            return
        had_head = self.conn.their_state is not h11.IDLE
        super().data_received(data)
        if self._is_lingering:
            return
        if self.conn.their_state is not h11.IDLE:
            self._allow(None)
        elif had_head or self._timer is None:
            self._allow(self.limits.head_s)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread_timer = self.loop.call_later(_UNREAD_S, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._unread_timer is not None:
            self._unread_timer.cancel()
            self._unread_timer = None

    # -- called by uvicorn ---------------------------------------------------------------------------------------

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._is_recognised = False
        if self.conn.their_state is h11.SEND_BODY and not self.transport.is_closing():
            self._allow(_LINGER_S)  # the rest of a body that nobody read

    def send_400_response(self, msg: str) -> None:
        if self.cycle is not None and not self.cycle.response_complete:
            # What the application still answers is too late, and not worth a line in the log.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._refuse(400, msg)
        else:
            self.dismiss()

    def linger(self) -> None:
        """Throw away what still comes, and end soon."""
        self._is_lingering = True
        self.flow.resume_reading()
        self._allow(_LINGER_S)

    @property
    def is_lingering(self) -> bool:
        return self._is_lingering

    @property
    def has_unread_body(self) -> bool:
        """Whether closing now could take the answer away from a client that is still sending."""
        return self.conn.their_state in (h11.SEND_BODY, h11.ERROR)

    # -- inside --------------------------------------------------------------------------------------------------

    def _allow(self, seconds: float | None) -> None:
        """End the connection after so long, unless something happens before; None for never."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if seconds is None else self.loop.call_later(seconds, self.dismiss)

    def _refuse(self, status: int, message: str, headers: list[tuple[bytes, bytes]] | None = None) -> None:
        answer = error_response(status, message)
        content = bytes(answer.body)
        sent = [*answer.raw_headers, *(headers or ()), (b"connection", b"close")]
        for event in (
            h11.Response(status_code=status, headers=sent),
            h11.Data(data=content),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


class _LingeringTransport:
    """A transport that, told to close while its client is still sending, first lets it read the answer.

    A socket that is closed with bytes unread resets the connection, and the client may lose the answer with it.
    """

    def __init__(self, transport: asyncio.Transport, connection: GuardedConnection) -> None:
        self._transport = transport
        self._connection = connection

    def close(self) -> None:
        if self.is_closing():
            return
        if self._connection.has_unread_body and self._transport.can_write_eof():
            self._connection.linger()
            self._transport.write_eof()
        else:
            self._transport.close()

    def is_closing(self) -> bool:
        return self._connection.is_lingering or self._transport.is_closing()

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)


def guarded(limits: ConnectionLimits) -> type[GuardedConnection]:
    """The protocol of a port. uvicorn makes one for each connection, so what they share belongs to the class."""

    class OfPort(GuardedConnection):
        pass

    OfPort.limits = limits
    OfPort.guests = Guests(limits)
    return OfPort
