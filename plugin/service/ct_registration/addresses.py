"""Which URLs the service fetches from: decided from the text first, from the resolved address again before connecting.

A URL names this Orthanc (read with the service's own token, DICOM files only) or a configured host. Everything else is
refused, whatever it resolves to.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import SplitResult, urlsplit

from plugin.service.config import Configuration

_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_MAX_URL_LENGTH = 8192
_OWN_FILE = re.compile(r"/instances/[0-9a-f]{8}(-[0-9a-f]{8}){4}/(file|attachments/dicom/data)")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_METADATA_SERVICES = frozenset({"100.100.100.200", "fd00:ec2::254"})
"""Cloud metadata that is neither link-local nor of any use here."""


class UrlRefused(Exception):
    """The service does not fetch from there; the text completes a sentence that begins with the URL's name."""


@dataclass(frozen=True)
class OwnFile:
    """A DICOM file of this Orthanc, by its path in the REST API."""

    path: str

    @property
    def instance(self) -> str:
        """Orthanc's id; what is named by other identifiers has none here."""
        parts = self.path.split("/")
        return parts[2] if parts[1] == "instances" else ""


@dataclass(frozen=True)
class HostFile:
    """A file of a configured host."""

    url: str
    scheme: str
    host: str
    port: int
    may_be_loopback: bool


@dataclass(frozen=True)
class ConfiguredHost:
    """An entry of ``RegistrationHosts``: ``host`` or ``host:port``."""

    host: str
    port: int | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """The settings have checked the form."""
        parts = urlsplit(f"//{text}")
        return cls(_canonical(parts.hostname or ""), parts.port)

    @property
    def is_loopback(self) -> bool:
        """Whether the administrator named this machine itself."""
        return self.host == "localhost" or (_is_address(self.host) and ipaddress.ip_address(self.host).is_loopback)

    def covers(self, host: str, port: int) -> bool:
        return self.host == host and self.port in (None, port)


@dataclass(frozen=True)
class OwnOrigin:
    """One way to write this Orthanc's address; ``prefix`` is what a reverse proxy puts before the REST API."""

    scheme: str
    host: str
    port: int
    prefix: str = ""

    @classmethod
    def of(cls, url: str) -> Self:
        """The settings have checked the form."""
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
        return cls(parts.scheme, _canonical(parts.hostname or ""), port, parts.path.rstrip("/"))


@dataclass(frozen=True)
class UrlPolicy:
    """What the service may fetch. Picklable: workers ask again at every redirect."""

    own: tuple[OwnOrigin, ...]
    hosts: tuple[ConfiguredHost, ...]

    @classmethod
    def of(cls, configuration: Configuration) -> Self:
        orthanc = configuration.orthanc
        scheme = "https" if orthanc.ssl_enabled else "http"
        own = [OwnOrigin(scheme, host, orthanc.http_port) for host in _LOOPBACK_NAMES]
        named = (orthanc.url, configuration.ophtha.orthanc_url, configuration.ophtha.public_url)
        own += [OwnOrigin.of(url) for url in named if url]
        return cls(tuple(own), tuple(ConfiguredHost.parse(text) for text in configuration.ophtha.registration_hosts))

    def locate(self, url: str, *, may_be_own: bool = True) -> OwnFile | HostFile:
        """What ``url`` names. Raises UrlRefused; resolves nothing."""
        parts, host, port = _split(url)
        for origin in self.own if may_be_own else ():
            if (origin.scheme, origin.host, origin.port) == (parts.scheme, host, port):
                return OwnFile(_own_path(parts, origin))
        for entry in self.hosts:
            if entry.covers(host, port):
                return HostFile(url, parts.scheme, host, port, entry.is_loopback)
        raise UrlRefused("is neither of this Orthanc nor of a host in RegistrationHosts")


def check_addresses(addresses: Sequence[str], *, may_be_loopback: bool) -> str:
    """The address to connect to, of those a name resolved to. Raises UrlRefused when any of them is forbidden."""
    for text in addresses:
        reason = _forbidden(text, may_be_loopback=may_be_loopback)
        if reason is not None:
            raise UrlRefused(f"resolves to {reason}")
    if not addresses:
        raise UrlRefused("has a host that does not resolve")
    return addresses[0]


def _forbidden(text: str, *, may_be_loopback: bool) -> str | None:
    """Why nobody connects there; private addresses are allowed, since the administrator named the host."""
    address = _unwrapped(ipaddress.ip_address(text.split("%")[0]))
    if address.is_loopback:
        return None if may_be_loopback else "a loopback address"
    if address.is_link_local or str(address) in _METADATA_SERVICES:
        return "a link-local or metadata address"
    if address.is_multicast or address.is_unspecified or address.is_reserved:
        return "an address that is no host's"
    return None


def _unwrapped(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address that an IPv6 one stands for, if it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _split(url: str) -> tuple[SplitResult, str, int]:
    if not url.isascii():
        raise UrlRefused("must not hold Chinese or other characters beyond ASCII")
    if len(url) > _MAX_URL_LENGTH or not re.fullmatch(r"[!-~]+", url) or "\\" in url:
        raise UrlRefused("is no URL")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = parts.hostname
    except ValueError:
        raise UrlRefused("is no URL") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise UrlRefused("must begin with http:// or https://")
    if not host:
        raise UrlRefused("names no host")
    if parts.username is not None or parts.password is not None:
        raise UrlRefused("must not hold a user name or password")
    return parts, _canonical(host), _DEFAULT_PORTS[parts.scheme] if port is None else port


def _canonical(host: str) -> str:
    """Lower case, no final dot; addresses in one spelling."""
    host = host.lower().rstrip(".")
    return str(ipaddress.ip_address(host)) if _is_address(host) else host


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _own_path(parts: SplitResult, origin: OwnOrigin) -> str:
    path = parts.path.removeprefix(origin.prefix) if parts.path.startswith(origin.prefix + "/") else ""
    # The token opens everything: only files may be read with it.
    if _OWN_FILE.fullmatch(path):
        return path
    if path == "/wado" and "requestType=WADO" in parts.query.split("&"):
        return f"{path}?{parts.query}"
    raise UrlRefused("names no DICOM file of this Orthanc: use /instances/<id>/file")
