"""How often a caller may ask: by key once a protocol has proved whose it is, by address before."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from plugin.service.access.doors import Door, door
from plugin.service.access.recognition import when_recognised
from plugin.service.access.senders import sender_of
from plugin.service.access.shapes import ErrorShapes
from plugin.service.errors import TooManyRequests
from plugin.service.serving.peers import peer_of

BURST_S: Final = 10
"""Seconds' worth of requests that may come at once."""
_REMEMBERED: Final = 10_000


@dataclass
class _Bucket:
    left: float
    at_s: float


class Rate:
    """Allowances of callers, each refilled steadily; those that did not ask for long are forgotten."""

    def __init__(self, per_s: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_s = per_s
        self._most = max(per_s * BURST_S, 1.0)
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, caller: str) -> float:
        """Use one request of a caller's; 0, or the seconds until there is one to use."""
        bucket = self._refilled(caller)
        if bucket.left < 1:
            return (1 - bucket.left) / self._per_s
        bucket.left -= 1
        return 0.0

    def give_back(self, caller: str) -> None:
        bucket = self._refilled(caller)
        bucket.left = min(bucket.left + 1, self._most)

    def _refilled(self, caller: str) -> _Bucket:
        now_s = self._clock()
        bucket = self._buckets.setdefault(caller, _Bucket(self._most, now_s))
        bucket.left = min(bucket.left + (now_s - bucket.at_s) * self._per_s, self._most)
        bucket.at_s = now_s
        self._buckets.move_to_end(caller)
        while len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)
        return bucket


class LimitRates:
    """ASGI middleware of the API port.

    A credential is believed before it is checked only from an address where it was proved lately: naming another's key
    neither uses up that key's allowance nor makes a new one.
    """

    def __init__(self, app: ASGIApp, *, keys: Rate, strangers: Rate, shapes: ErrorShapes) -> None:
        self._app = app
        self._keys = keys
        self._strangers = strangers
        self._shapes = shapes
        self._proved: OrderedDict[bytes, str] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or door(scope) is not Door.API:
            await self._app(scope, receive, send)
            return
        peer, claim = _network(scope), _claim(scope)
        key = None if claim is None else self._proved.get(claim)
        wait_s = self._strangers.take(peer) if key is None else self._keys.take(key)
        if wait_s:
            await self._shapes.refuse(scope, TooManyRequests(wait_s))(scope, receive, send)
            return

        def proved(public_key: str) -> None:
            nonlocal key
            if public_key == key:
                return
            if key is None:
                self._strangers.give_back(peer)
            key = public_key
            if claim is not None:
                self._remember(claim, public_key)
            wait_s = self._keys.take(public_key)
            if wait_s:
                raise TooManyRequests(wait_s)

        when_recognised(scope, proved)
        await self._app(scope, receive, send)

    def _remember(self, claim: bytes, public_key: str) -> None:
        self._proved[claim] = public_key
        self._proved.move_to_end(claim)
        while len(self._proved) > _REMEMBERED:
            self._proved.popitem(last=False)


def _claim(scope: Scope) -> bytes | None:
    """Who a request says it is from, as far as headers tell, and the address it comes from."""
    headers = Headers(scope=scope)
    named = _named(headers.get("authorization", "")) or headers.get("x-auth-token") or headers.get("cookie")
    return hashlib.sha256(f"{_network(scope)}\0{named}".encode()).digest() if named else None


def _network(scope: Scope) -> str:
    """Where a request comes from; behind a trusted proxy, whoever the proxy names."""
    address = sender_of(scope).address
    return peer_of(scope.get("client") if address is None else (address, 0))


def _named(authorization: str) -> str:
    """``Authorization`` without the signature: ``CYTOMINE key:signature``, ``ACS3-… Credential=key,…,Signature=…``."""
    first = authorization.partition(",")[0]
    return first.rpartition(":")[0] or first
