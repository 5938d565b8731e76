"""Who sent a request and from where: found out once, before anything else looks at it."""

from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Scope

from plugin.relayed_caller import LetInBy, RelayedCaller
from plugin.service.access.doors import Door, door
from plugin.service.access.person import KnownBy, People, Person, not_asked
from plugin.service.access.proxies import FORWARDED, ProxyWord, is_loopback, word_of_proxy
from plugin.service.config import Configuration
from plugin.service.errors import Unauthorized

_SENDER: Final = "ophtha.sender"
_AT_WORK: Final[ContextVar[Scope | None]] = ContextVar("the request at work", default=None)


@dataclass(frozen=True)
class Sender:
    """``peer`` is at the other end of the connection, ``address`` where the request began as far as can be trusted;
    both None when nobody knows. ``person`` is None for nobody."""

    door: Door
    peer: str | None
    address: str | None
    person: Person | None
    is_by_trusted_proxy: bool = False
    password_would_help: bool = False
    has_profile: bool = False
    """Whether Orthanc's authorization plugin knows who it is, and was not asked yet."""

    @property
    def name(self) -> str | None:
        return None if self.person is None else self.person.name

    @property
    def is_by_keys(self) -> bool:
        """Whether a key, a signature or what they opened tells who it is."""
        return self.person is not None and self.person.has_keys


def sender_of(scope: Scope) -> Sender:
    """Who sent the request; nobody, from nowhere, where that was not found out."""
    found: Sender = scope.get(_SENDER) or Sender(door(scope), None, None, None)
    return found


def remember_sender(scope: Scope, sender: Sender) -> None:
    """Whatever works for the request finds it, in whatever thread."""
    scope[_SENDER] = sender
    _AT_WORK.set(scope)


def current_sender() -> Sender | None:
    """Of the request at work; None for what the service does by itself."""
    scope = _AT_WORK.get()
    return None if scope is None else sender_of(scope)


def become(scope: Scope, person: Person) -> None:
    """The protocol of the request has found out who sent it."""
    scope[_SENDER] = replace(sender_of(scope), person=person)


def require_person(scope: Scope) -> Person:
    """Raises Unauthorized for nobody."""
    person = sender_of(scope).person
    if person is None:
        raise Unauthorized("Say who you are")
    return person


@dataclass(frozen=True)
class Senders:
    """Finds out who sends requests, by what the plugin, a trusted proxy and the connection tell."""

    configuration: Configuration
    people: People
    demo: Person | None = None
    """Who somebody at this machine is where nobody is asked; only while the product is tried out."""

    def find(self, scope: Scope) -> Sender:
        headers = Headers(scope=scope)
        if door(scope) is Door.API:
            client = scope.get("client")
            return self._with_word(Sender(Door.API, *(2 * (client[0] if client else None,)), None), headers)
        told = RelayedCaller.of(headers)
        sender = Sender(
            Door.ORTHANC,
            told.address,
            told.address,
            self._let_in(told),
            password_would_help=told.let_in_by is LetInBy.NOBODY,
            has_profile=told.let_in_by is LetInBy.AUTHORIZATION,
        )
        return self._as_demo(self._with_word(sender, headers), headers)

    def _let_in(self, told: RelayedCaller) -> Person | None:
        match told.let_in_by:
            case LetInBy.NOBODY | LetInBy.AUTHORIZATION:
                return None
            case LetInBy.TOKEN:
                return not_asked(KnownBy.TOKEN)
            case LetInBy.ANYBODY:
                return not_asked()
            case LetInBy.PASSWORD:
                return None if told.name is None else self.people.known_to_orthanc(told.name, KnownBy.PASSWORD)

    def _with_word(self, sender: Sender, headers: Headers) -> Sender:
        word: ProxyWord | None = word_of_proxy(self.configuration.ophtha.trusted_proxy, sender.peer, headers)
        if word is None:
            return sender
        person = None if word.name is None else self.people.known_to_orthanc(word.name, KnownBy.PROXY)
        return replace(
            sender,
            address=word.address or sender.address,
            person=person or sender.person,
            is_by_trusted_proxy=True,
        )

    def _as_demo(self, sender: Sender, headers: Headers) -> Sender:
        is_asked = sender.person is None or sender.person.known_by is not KnownBy.NOT_ASKED
        if self.demo is None or is_asked or not is_near(sender, headers):
            return sender
        return replace(sender, person=self.demo)


def is_near(sender: Sender, headers: Headers) -> bool:
    """Whether the request was sent on this machine itself: by the address at the other end, never by what it says."""
    return is_loopback(sender.peer) and not any(name in headers for name in FORWARDED)


def is_confidential(scope: Scope, configuration: Configuration) -> bool:
    """Whether keys in plain text cannot have been read on the way: TLS, or a client on this machine.

    A proxy's word that its client came over TLS counts when the proxy is trusted or on this machine, or when the
    administrator has set a public address with https.
    """
    sender, headers = sender_of(scope), Headers(scope=scope)
    if is_over_tls(scope, configuration):
        return True
    return "x-forwarded-proto" not in headers and is_near(sender, headers)


def is_over_tls(scope: Scope, configuration: Configuration) -> bool:
    """Whether the client's own connection is encrypted, as far as can be trusted."""
    sender, headers = sender_of(scope), Headers(scope=scope)
    if scope["scheme"] == "https" or (sender.door is Door.ORTHANC and configuration.orthanc.ssl_enabled):
        return True
    protocols = headers.get("x-forwarded-proto")
    is_public = (configuration.ophtha.public_url or "").startswith("https://")
    if protocols is None or not (is_public or sender.is_by_trusted_proxy or is_loopback(sender.peer)):
        return False
    return all(each.strip().lower() == "https" for each in protocols.split(","))
