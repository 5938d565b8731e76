"""What a proxy in front says of a request, and when its word counts."""

import hmac
import ipaddress
from dataclasses import dataclass

from starlette.datastructures import Headers

from plugin.service.config import TrustedProxy

_LONGEST_NAME = 255
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""Headers that only proxies send."""


@dataclass(frozen=True)
class ProxyWord:
    """Who and where from, by the word of a proxy; None where it says nothing."""

    name: str | None
    address: str | None


def word_of_proxy(settings: TrustedProxy | None, peer: str | None, headers: Headers) -> ProxyWord | None:
    """What the proxy says; None where the request is not from the trusted one."""
    if settings is None or not _is_from_proxy(settings, peer, headers):
        return None
    return ProxyWord(_name(headers.getlist(settings.user_header)), _address(settings, headers))


def is_loopback(address: str | None) -> bool:
    """Whether this is an address of the machine itself."""
    parsed = _parsed(address)
    return parsed is not None and parsed.is_loopback


def _is_from_proxy(settings: TrustedProxy, peer: str | None, headers: Headers) -> bool:
    if settings.secret is not None:
        assert settings.secret_header is not None, "checked with the settings"
        given = headers.get(settings.secret_header, "")
        if not hmac.compare_digest(given.encode(), settings.secret.get_secret_value().encode()):
            return False
        return not settings.addresses or peer is None or _is_among(settings, peer)
    return peer is not None and _is_among(settings, peer)


def _is_among(settings: TrustedProxy, address: str) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in settings.addresses)


def _name(given: list[str]) -> str | None:
    """One name; a header that came twice may be the client's own."""
    if len(given) != 1:
        return None
    name = _text(given[0]).strip()
    return name if name and len(name) <= _LONGEST_NAME and name.isprintable() else None


def _text(value: str) -> str:
    """Headers arrive as Latin-1; names are in UTF-8."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


def _address(settings: TrustedProxy, headers: Headers) -> str | None:
    """The last address that is no proxy's: what stands before it the client may have written."""
    if settings.address_header is None:
        return None
    named = ",".join(headers.getlist(settings.address_header)).split(",")
    for each in reversed([text.strip() for text in named]):
        if not _is_among(settings, each):
            parsed = _parsed(each)
            return None if parsed is None else str(parsed)
    return None


def _parsed(address: str | None) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return mapped or parsed
