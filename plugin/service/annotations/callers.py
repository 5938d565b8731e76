"""Who sends a request: signature, plain keys or session cookie, checked once for every route."""

import hashlib
import ipaddress
from dataclasses import dataclass
from http import HTTPMethod
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import Depends, Request
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from plugin.service.access.doors import Door, door
from plugin.service.access.recognition import recognise
from plugin.service.annotations import session_cookie
from plugin.service.annotations.accounts import User, UserRole
from plugin.service.annotations.signatures import SignedRequest, age_s, is_signed_with, read_authorization
from plugin.service.annotations.state import Platform, PlatformOf
from plugin.service.config import Role
from plugin.service.errors import BadRequest, Unauthorized

ROLE_IDS: Final = {Role.ADMIN: 1, Role.USER: 2, Role.GUEST: 3}
_LARGE_BYTES: Final = 2**20
_STALE: Final = "The date of the request is missing or too far from the present"
_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
_WHO: Final = "Sign the request with the keys of a user"


@dataclass(frozen=True)
class Caller:
    """The user a request acts for; ``is_signed`` is False for one that only carries a cookie."""

    user_id: int
    username: str
    public_key: str
    private_key: str
    role: Role
    is_signed: bool

    @property
    def is_admin(self) -> bool:
        return self.role is Role.ADMIN

    @property
    def may_write(self) -> bool:
        return self.role is not Role.GUEST


@dataclass(frozen=True)
class Identified:
    """A caller, and what tells a write that was signed from one that was sent a second time."""

    caller: Caller
    signature: bytes | None = None
    age_s: float = 0.0


def find_caller(request: Request, platform: PlatformOf) -> Identified:
    """Who sends a request, by its headers alone. Raises Unauthorized."""
    header = request.headers.get("authorization", "")
    if header:
        return _by_signature(request, header, platform)
    if "x-auth-token" in request.headers:
        return _by_plain_keys(request, platform)
    return _by_cookie(request, platform)


async def identify(request: Request, found: Annotated[Identified, Depends(find_caller)]) -> Identified:
    """The caller, before the body is read. Raises Unauthorized, TooManyRequests."""
    recognise(request.scope, found.caller.public_key)
    return found


IdentifiedOf = Annotated[Identified, Depends(identify)]


async def identify_if_possible(request: Request, platform: PlatformOf) -> Caller | None:
    """The caller, or None when nobody we know sent the request."""
    try:
        found = await run_in_threadpool(find_caller, request, platform)
    except Unauthorized:
        return None
    return (await identify(request, found)).caller


async def read_body(request: Request, identified: IdentifiedOf) -> bytes:
    """The body of a write, bounded: nobody else's is read. Raises BadRequest, BodyRefused."""
    if request.method in (HTTPMethod.GET, HTTPMethod.HEAD):
        return b""
    try:
        return await request.body()
    except ClientDisconnect:
        raise BadRequest("The body ended early") from None


BodyOf = Annotated[bytes, Depends(read_body)]


async def accept(request: Request, identified: IdentifiedOf, body: BodyOf, platform: PlatformOf) -> Caller:
    """The caller of a request that was not sent before. Raises Unauthorized."""
    digest = hashlib.sha256(body) if len(body) < _LARGE_BYTES else await run_in_threadpool(hashlib.sha256, body)
    refuse_replay(request, identified, platform, body_digest=digest.digest())
    return identified.caller


CallerOf = Annotated[Caller, Depends(accept)]


def refuse_replay(request: Request, identified: Identified, platform: Platform, *, body_digest: bytes) -> None:
    """Raises Unauthorized for a signed write that was received before."""
    if identified.signature is None or request.method == HTTPMethod.GET:
        return
    if not platform.replays.accepts(
        identified.caller.public_key.encode(),
        identified.signature,
        request.method.encode(),
        _target(request).encode(),
        body_digest,
        age_s=identified.age_s,
    ):
        raise Unauthorized("The same signed request was received before")


def _by_signature(request: Request, header: str, platform: Platform) -> Identified:
    credentials = read_authorization(header)
    if credentials is None:
        raise Unauthorized(_WHO)
    date = request.headers.get("datefull") or request.headers.get("date", "")
    age = age_s(date)
    if age is None or abs(age) > platform.settings.signature_max_age_s:
        raise Unauthorized(_STALE)
    user = _find(platform, public_key=credentials.public_key)
    # An unknown key costs the same work as a known one.
    private_key = user.private_key if user else platform.cookie_secret
    signed = SignedRequest(
        method=request.method,
        content_type=request.headers.get("content-type", ""),
        date=date,
        host=request.headers.get("host", ""),
        target=_target(request),
    )
    if not is_signed_with(private_key, credentials.signature, signed) or user is None:
        raise Unauthorized(_WHO)
    session_cookie.offer_cookie(request, user_id=user.id, secret=platform.cookie_secret, private_key=user.private_key)
    return Identified(_caller(platform, user, is_signed=True), credentials.signature, age)


def _by_plain_keys(request: Request, platform: Platform) -> Identified:
    if not _is_confidential(request, platform):
        raise Unauthorized("X-Auth-Token and X-Auth-Secret are accepted over TLS or from this machine only")
    user = _find(platform, public_key=request.headers.get("x-auth-token", ""))
    given = request.headers.get("x-auth-secret", "")
    if not platform.equal(user.private_key if user else platform.cookie_secret, given) or user is None:
        raise Unauthorized("X-Auth-Token and X-Auth-Secret name no user")
    return Identified(_caller(platform, user, is_signed=True))


def _by_cookie(request: Request, platform: Platform) -> Identified:
    value = request.cookies.get(session_cookie.NAME, "")
    session = session_cookie.claimed(value)
    if request.method != HTTPMethod.GET or session is None:
        raise Unauthorized(_WHO)
    user = _find(platform, user_id=session.user_id)
    if user is None or not session_cookie.is_genuine(
        value, secret=platform.cookie_secret, private_key=user.private_key
    ):
        raise Unauthorized(_WHO)
    return Identified(_caller(platform, user, is_signed=False))


def _find(platform: Platform, *, public_key: str | None = None, user_id: int | None = None) -> User | None:
    condition = User.public_key == public_key if public_key is not None else User.id == user_id
    with platform.sessions() as session:
        return session.scalar(select(User).where(condition, User.is_enabled))


def _caller(platform: Platform, user: User, *, is_signed: bool) -> Caller:
    with platform.sessions() as session:
        roles = set(session.scalars(select(UserRole.role_id).where(UserRole.user_id == user.id)))
    return Caller(
        user_id=user.id,
        username=user.username,
        public_key=user.public_key,
        private_key=user.private_key,
        role=next((role for role in (Role.ADMIN, Role.USER) if ROLE_IDS[role] in roles), Role.GUEST),
        is_signed=is_signed,
    )


def caller_of(platform: Platform, user_id: int) -> Caller:
    """A user for whom a job goes on with what was asked before. Raises Unauthorized when it has gone."""
    user = _find(platform, user_id=user_id)
    if user is None:
        raise Unauthorized("The user who asked for this is not enabled any more")
    return _caller(platform, user, is_signed=True)


def _target(request: Request) -> str:
    """Path and query exactly as the client sent them."""
    path: bytes = request.scope.get("raw_path") or request.url.path.encode()
    query: bytes = request.scope["query_string"]
    return (path.split(b"?")[0] + (b"?" + query if query else b"")).decode("latin-1")


def _is_confidential(request: Request, platform: Platform) -> bool:
    """Whether keys in plain text cannot have been read on the way: TLS, or a client on this machine.

    A proxy's word that its client came over TLS counts when the proxy is on this machine, or when the administrator
    has set a public address with https.
    """
    if request.url.scheme == "https" or (door(request.scope) is Door.ORTHANC and platform.orthanc_speaks_tls):
        return True
    is_near = _is_near(request)
    protocols = request.headers.get("x-forwarded-proto")
    if protocols is not None:
        is_expected = is_near or (platform.settings.public_url or "").startswith("https://")
        return is_expected and all(each.strip().lower() == "https" for each in protocols.split(","))
    return is_near and not any(name in request.headers for name in _FORWARDED)


def _is_near(request: Request) -> bool:
    """Whether the request was sent on this machine: by its sender's address where it is known, else by its Host.

    Orthanc does not tell plugins who sent a request. A forged Host harms only the keys of who forges it.
    """
    if door(request.scope) is Door.API:
        return request.client is not None and _is_loopback(request.client.host)
    host = request.headers.get("host", "").split("/")[0]
    return _is_loopback(urlsplit(f"//{host}").hostname or "")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
