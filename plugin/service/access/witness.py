"""Writes down who looked at what, and who was not let in: seen from outside every route, so that none is forgotten."""

import re
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, Protocol

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from plugin.service.access.keys import KeyRing
from plugin.service.access.rights import resource_of
from plugin.service.access.senders import sender_of

VIEW_S: Final = 600.0
"""Who looks at a thing again within that time looks at it once."""
REFUSAL_S: Final = 60.0
_MOST_REMEMBERED: Final = 100_000
_SHOWING: Final = re.compile(r".*/(hits|preview|report)")
"""What answers a POST with something of the archive."""
_OF_THE_PLATFORM: Final = re.compile(
    r"/+api/(?P<kind>abstractimage|imageinstance|sliceinstance|annotation|userannotation|project|attachedfile)/(?P<id>\d+)\b.*"
)
_OF_A_REGISTRATION: Final = re.compile(r"/plugins/registration/(jobs|results)/(?P<id>[^/]+)(/.*)?")
_LISTS: Final = re.compile(r"/plugins/ophtha/studies/find|/+api/abstractimage\.json")


class Log(Protocol):
    """The audit log."""

    def write(self, action: str, *, user: str | None, resources: list[str]) -> None: ...


class Recently:
    """What happened within the last while, as far as it is remembered."""

    def __init__(self, for_s: float) -> None:
        self._for_s = for_s
        self._seen: OrderedDict[tuple[str | None, ...], float] = OrderedDict()

    def is_new(self, *what: str | None) -> bool:
        """Whether it did not happen lately; from now on it did."""
        now_s = time.monotonic()
        since = self._seen.get(what)
        if since is not None and now_s - since < self._for_s:
            return False
        self._seen[what] = now_s
        self._seen.move_to_end(what)
        while len(self._seen) > _MOST_REMEMBERED:
            self._seen.popitem(last=False)
        return True


@dataclass(frozen=True)
class Witness:
    """ASGI middleware. A log may be read by more people than an archive: it holds ids alone."""

    app: ASGIApp
    keys: KeyRing
    _views: Recently = field(default_factory=lambda: Recently(VIEW_S))
    _refusals: Recently = field(default_factory=lambda: Recently(REFUSAL_S))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_and_note(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._note(scope, message["status"])
            await send(message)

        await self.app(scope, receive, send_and_note)

    def _note(self, scope: Scope, status: int) -> None:
        sender = sender_of(scope)
        if _is_refusal(scope, status):
            name = self._claimed(scope)
            if self._refusals.is_new(name, sender.address):
                _log(scope).write("login failed", user=name, resources=[])
        elif status < HTTPStatus.BAD_REQUEST and (seen := _seen(scope)) is not None:
            viewer = sender.name or f"somebody at {sender.address}"
            if self._views.is_new(viewer, *seen):
                action, *resources = seen
                _log(scope).write(action, user=None, resources=resources)

    def _claimed(self, scope: Scope) -> str | None:
        """Of whom a request was said to be, where that is somebody: a stranger may have typed a password there."""
        headers = Headers(scope=scope)
        named = headers.get("x-auth-token") or _KEY.sub(r"\1", headers.get("authorization", ""))
        user = self.keys.by_public_key(named)
        return None if user is None else user.name


_KEY: Final = re.compile(r"^(?:CYTOMINE |ACS3-\S+ Credential=)([^:,]+).*$", re.IGNORECASE)


def _log(scope: Scope) -> Log:
    log: Log = scope["app"].state.parts.audit
    return log


def _is_refusal(scope: Scope, status: int) -> bool:
    """Whether somebody brought something to be let in with, and was not."""
    if status not in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return False
    if status == HTTPStatus.FORBIDDEN and sender_of(scope).name is not None:  # known, and may not
        return False
    headers = Headers(scope=scope)
    in_headers = any(name in headers for name in ("authorization", "x-auth-token"))
    return in_headers or b"signature=" in scope["query_string"].lower()


def _seen(scope: Scope) -> tuple[str, ...] | None:
    """The action and the id of what a successful request showed; None when it showed nothing of anybody."""
    path: str = scope["path"]
    resource = resource_of(path)
    shows = scope["method"] == "GET" or _SHOWING.fullmatch(path) is not None
    if resource is not None:
        return ("view", resource.id) if shows else None
    if _LISTS.fullmatch(path):
        return ("view of a list",)
    if scope["method"] != "GET":
        return None
    of_platform = _OF_THE_PLATFORM.fullmatch(path)
    if of_platform is not None:
        return "annotations.view", of_platform["id"]
    registration = _OF_A_REGISTRATION.fullmatch(path)
    return None if registration is None else ("registration viewed", registration["id"])
