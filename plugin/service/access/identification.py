"""Finds out who sends a request, and refuses nobody's, before any route is looked for."""

import re
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from plugin.service.access.doors import Door, is_of_protocol
from plugin.service.access.keys import KeyRing
from plugin.service.access.person import KnownBy, Person
from plugin.service.access.profiles import Profiles
from plugin.service.access.recognition import recognise
from plugin.service.access.senders import Sender, Senders, become, is_confidential, remember_sender, sender_of
from plugin.service.access.shapes import ErrorShapes
from plugin.service.errors import ServiceError, Unauthorized

PLAIN_KEYS_IN_THE_OPEN: Final = "X-Auth-Token and X-Auth-Secret are accepted over TLS or from this machine only"
_FOR_ANYBODY: Final = {
    Door.ORTHANC: re.compile(r"/server/ping|/plugins/ophtha/app(/.*)?"),
    Door.API: re.compile(r"/server/ping|/plugins/ophtha/(app/assets/.*|docs|openapi\.json)"),
}
"""A sign of life, and files of pages that hold nothing of anybody."""
_WITHOUT_FORM: Final = re.compile(r"/plugins/registration/(jobs|results)(/.*)?")
_WITH_PASSWORD: Final = 'Basic realm="Orthanc", charset="UTF-8"'
_WITH_KEYS: Final = 'CYTOMINE realm="Ophtha"'
"""No browser asks a person for that: there a password would be of no use."""


class NoPerson(Unauthorized):
    """Nobody we know sent the request."""

    def __init__(self) -> None:
        super().__init__("Say who you are")


@dataclass(frozen=True)
class FindSender:
    """ASGI middleware, before all others: they ask who it was."""

    app: ASGIApp
    senders: Senders

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sender = self.senders.find(scope)
        remember_sender(scope, sender)

        async def send_with_challenge(message: Message) -> None:
            await send(_challenged(message, sender))

        await self.app(scope, receive, send_with_challenge)


@dataclass(frozen=True)
class AskWho:
    """ASGI middleware: lets nobody pass, but to a protocol that looks for keys and signatures of its own."""

    app: ASGIApp
    senders: Senders
    keys: KeyRing
    shapes: ErrorShapes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if scope["type"] == "http":
                await self._learn(scope)
                self._ask(scope)
        except ServiceError as refusal:
            await self.shapes.refuse(scope, refusal)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    async def _learn(self, scope: Scope) -> None:
        """Raises Unavailable."""
        sender = sender_of(scope)
        if sender.has_profile and sender.person is None:
            profiles: Profiles = scope["app"].state.parts.rights.profiles
            name = await profiles.name_of(scope)
            if name is not None:
                become(scope, self.senders.people.known_to_orthanc(name, KnownBy.AUTHORIZATION))

    def _ask(self, scope: Scope) -> None:
        """Raises Unauthorized, TooManyRequests."""
        if _is_silent(scope):
            raise NoPerson
        if is_of_protocol(scope["path"]) or _FOR_ANYBODY[sender_of(scope).door].fullmatch(scope["path"]):
            return
        person = self._owner_of_keys(scope)
        if person is not None:
            become(scope, person)
        if sender_of(scope).person is None:
            raise NoPerson

    def _owner_of_keys(self, scope: Scope) -> Person | None:
        """Keys come before a password that is sent with them. Raises Unauthorized for keys of nobody."""
        headers = Headers(scope=scope)
        if "x-auth-token" not in headers:
            return None
        if not is_confidential(scope, self.senders.configuration):
            raise Unauthorized(PLAIN_KEYS_IN_THE_OPEN)
        user = self.keys.require_keys(headers)
        recognise(scope, user.public_key or "")
        return self.senders.people.owner_of_keys(user, KnownBy.KEYS)


def _is_silent(scope: Scope) -> bool:
    """Whether nobody asks for what no form signs: then no body need be looked at for a signature."""
    sender, headers = sender_of(scope), Headers(scope=scope)
    if not (sender.password_would_help and sender.person is None and _WITHOUT_FORM.fullmatch(scope["path"])):
        return False
    says_nothing = not any(name in headers for name in ("authorization", "x-auth-token"))
    return says_nothing and b"signature=" not in scope["query_string"].lower()


def _challenged(message: Message, sender: Sender) -> Message:
    if message["type"] == "http.response.start" and message["status"] == Unauthorized.status:
        headers = MutableHeaders(scope=message)
        headers.setdefault("www-authenticate", _WITH_PASSWORD if sender.password_would_help else _WITH_KEYS)
    return message
