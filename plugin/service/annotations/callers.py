"""Who sends a request: signature, plain keys or session cookie, checked once for every route."""

import hashlib
from dataclasses import dataclass
from http import HTTPMethod
from typing import Annotated, Final

from fastapi import Depends, Request
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from plugin.service.access.identification import PLAIN_KEYS_IN_THE_OPEN
from plugin.service.access.person import KnownBy, Person
from plugin.service.access.recognition import recognise
from plugin.service.access.senders import become, is_confidential, sender_of
from plugin.service.annotations import session_cookie
from plugin.service.annotations.accounts import User, UserRole
from plugin.service.annotations.replay import digest_of
from plugin.service.annotations.signatures import (
    Cover,
    Credentials,
    SignedRequest,
    age_s,
    cover_of,
    read_authorization,
)
from plugin.service.annotations.state import Platform, PlatformOf
from plugin.service.config import Role
from plugin.service.errors import BadRequest, Unauthorized

ROLE_IDS: Final = {Role.ADMIN: 1, Role.USER: 2, Role.GUEST: 3}
_LARGE_BYTES: Final = 2**20
_STALE: Final = "The date of the request is missing or too far from the present"
_READS: Final = (HTTPMethod.GET, HTTPMethod.HEAD)
_WHO: Final = "Sign the request with the keys of a user"


@dataclass(frozen=True)
class Caller:
    """The user a request acts for. ``is_signed`` tells whether keys were used, which may then be shown.

    Who ``is_known_to_orthanc`` sees every image that Orthanc shows.
    """

    user_id: int
    username: str
    public_key: str
    private_key: str
    role: Role
    is_signed: bool
    is_known_to_orthanc: bool = False

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
    """Who sends a request, by its headers alone: keys come before a password. Raises Unauthorized."""
    person = sender_of(request.scope).person
    if "x-auth-token" in request.headers:
        return _by_plain_keys(request, platform)
    if (credentials := read_authorization(request.headers.get("authorization", ""))) is not None:
        return _by_signature(request, credentials, platform)
    if person is not None and person.name is not None:
        return Identified(_known_to_orthanc(platform, person))
    if "authorization" in request.headers:
        raise Unauthorized(_WHO)
    return _by_cookie(request, platform)


async def identify(request: Request, found: Annotated[Identified, Depends(find_caller)]) -> Identified:
    """The caller, before the body is read. Raises Unauthorized, TooManyRequests."""
    caller = found.caller
    if sender_of(request.scope).name != caller.username:
        known_by = KnownBy.SIGNATURE if caller.is_signed else KnownBy.COOKIE
        become(request.scope, Person(caller.username, caller.role, known_by, caller.is_known_to_orthanc))
    recognise(request.scope, caller.public_key)
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


def refuse_replay(
    request: Request, identified: Identified, platform: Platform, *, body_digest: bytes, is_write: bool = False
) -> None:
    """Raises Unauthorized for a signed write that was received before; ``is_write``: whatever its method says."""
    if identified.signature is None or (request.method in _READS and not is_write):
        return
    write = digest_of(
        identified.caller.public_key.encode(),
        identified.signature,
        request.method.encode(),
        _target(request).encode(),
        body_digest,
    )
    if not platform.signatures.accepts_write(write, age_s=identified.age_s):
        raise Unauthorized("The same signed request was received before")


def _by_signature(request: Request, credentials: Credentials, platform: Platform) -> Identified:
    date = request.headers.get("datefull") or request.headers.get("date", "")
    age = age_s(date)
    if age is None or abs(age) > platform.settings.signature_max_age_s:
        raise Unauthorized(_STALE)
    user = _find(platform, public_key=credentials.public_key)
    # An unknown key costs the same work as a known one.
    private_key = platform.private_key_of(user) if user else platform.cookie_secret
    signed = SignedRequest(
        method=request.method,
        content_type=request.headers.get("content-type", ""),
        date=date,
        host=request.headers.get("host", ""),
        target=_target(request),
    )
    cover = cover_of(private_key, credentials.signature, signed)
    if cover is None or user is None:
        raise Unauthorized(_WHO)
    signature = digest_of(user.public_key.encode(), credentials.signature)
    target = None if cover is Cover.TARGET and request.method in _READS else _target(request)
    if not platform.signatures.opens(signature, target, is_write=request.method not in _READS):
        raise Unauthorized("This signature was used for something else before")
    if session_cookie.is_due(request, user_id=user.id) and platform.signatures.is_new(signature):
        session_cookie.offer_cookie(
            request, user_id=user.id, secret=platform.cookie_secret, private_key=platform.private_key_of(user)
        )
    return Identified(_caller(platform, user, is_signed=True), credentials.signature, age)


def _by_plain_keys(request: Request, platform: Platform) -> Identified:
    if not is_confidential(request.scope, platform.parts.configuration):
        raise Unauthorized(PLAIN_KEYS_IN_THE_OPEN)
    user = _find(platform, public_key=request.headers.get("x-auth-token", ""))
    given = request.headers.get("x-auth-secret", "")
    if not platform.equal(platform.private_key_of(user) if user else platform.cookie_secret, given) or user is None:
        raise Unauthorized("X-Auth-Token and X-Auth-Secret name no user")
    return Identified(_caller(platform, user, is_signed=True))


def _by_cookie(request: Request, platform: Platform) -> Identified:
    value = request.cookies.get(session_cookie.NAME, "")
    session = session_cookie.claimed(value)
    if request.method != HTTPMethod.GET or session is None:
        raise Unauthorized(_WHO)
    user = _find(platform, user_id=session.user_id)
    if user is None or not session_cookie.is_genuine(
        value, secret=platform.cookie_secret, private_key=platform.private_key_of(user)
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
        private_key=platform.private_key_of(user),
        role=next((role for role in (Role.ADMIN, Role.USER) if ROLE_IDS[role] in roles), Role.GUEST),
        is_signed=is_signed,
        is_known_to_orthanc=user.is_configured and platform.parts.people.is_known_to_orthanc(user.username),
    )


def _known_to_orthanc(platform: Platform, person: Person) -> Caller:
    """Somebody who needs no keys; a user of the platform from the first request on."""
    assert person.name is not None, "who has no name is nobody here"
    user = platform.user_known_to_orthanc(person.name, person.role)
    return Caller(
        user_id=user.id,
        username=user.username,
        public_key=user.public_key,
        private_key=platform.private_key_of(user),
        role=person.role,
        is_signed=False,
        is_known_to_orthanc=person.is_known_to_orthanc,
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
