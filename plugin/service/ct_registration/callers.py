"""Who calls: by signature, by keys, or as Orthanc and a trusted proxy say."""

import asyncio
import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from starlette.requests import ClientDisconnect, Request

from plugin.service.access.doors import Door, door
from plugin.service.access.keys import secret_of
from plugin.service.access.person import KnownBy, Person
from plugin.service.access.recognition import recognise
from plugin.service.access.senders import become, is_confidential, sender_of
from plugin.service.config import User
from plugin.service.ct_registration.nonces import Nonces
from plugin.service.ct_registration.parameters import MAX_BODY_BYTES, Pairs, body_pairs, query_pairs
from plugin.service.ct_registration.refusals import AuthFailed, InvalidParameter, LargeBody, Unidentified, as_refusal
from plugin.service.ct_registration.signatures import Acs3Signature, RpcSignature, SignedRequest, claimed_signature
from plugin.service.parts import Parts
from plugin.service.serving.bodies import BodyRefused

_NONCE = re.compile(r"[!-~]{1,64}")
_WRONG = "the access key is unknown, or the signature is not what it makes of this request"
_NO_BODY = "; Orthanc's own port hands on no body of a GET: use POST, or the API port"
_SAME_SITE = ("none", "same-origin")


async def signed_request(request: Request, parts: Parts) -> SignedRequest:
    """The request as it was sent. Raises Refusal."""
    head = SignedRequest(
        method=request.method,
        path=unquote(request.scope.get("raw_path", request.url.path.encode()).decode("latin-1")),
        query=query_pairs(request.scope["query_string"]),
        form=(),
        headers=tuple((name.decode("latin-1"), _text(value)) for name, value in request.headers.raw),
        body=b"",
    )
    user = _user_by_headers(request, head, parts)
    if user is not None:
        recognise(request.scope, user.public_key or "")
    body = await _body(request)
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    form: Pairs = () if kind == "application/json" else body_pairs(body, kind)
    return replace(head, form=form, body=body)


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > MAX_BODY_BYTES:
                raise LargeBody(f"The body is larger than {MAX_BODY_BYTES >> 20} MB")
    except ClientDisconnect:
        raise InvalidParameter("The body", "ended early") from None
    except BodyRefused as error:
        raise as_refusal(error.status_code, error.detail) from None
    return bytes(body)


def _user_by_headers(request: Request, head: SignedRequest, parts: Parts) -> User | None:
    """Whose keys or signature the headers carry; how old it is, and whether used before, is asked with the whole."""
    if not (head.header("authorization") or "").startswith("ACS3-"):
        token, secret = head.header("x-auth-token") or "", head.header("x-auth-secret") or ""
        return parts.keys.by_keys(token, secret) if is_confidential(request.scope, parts.configuration) else None
    try:
        signature = Acs3Signature.of_headers(head)
    except AuthFailed:
        return None
    return _signer(signature, head, parts)


def _signer(signature: Acs3Signature | RpcSignature, sent: SignedRequest, parts: Parts) -> User | None:
    """Whose key made the signature; an unknown key costs the same time as a wrong signature."""
    user = parts.keys.by_public_key(signature.access_key_id)
    secret = hashlib.sha256(b"nobody").hexdigest() if user is None else secret_of(user)
    return user if signature.is_from(signature.expected(sent, secret)) else None


async def identify(request: Request, sent: SignedRequest, parts: Parts) -> Person:
    """Who sent it. Raises AuthFailed, Unidentified.

    On Orthanc's own port Orthanc may have decided already; a signature is checked all the same when there are keys to
    check it with: the SDK signs always, also where nobody configured any.
    """
    signature = claimed_signature(sent) if any(user.public_key for user in parts.keys.users) else None
    if signature is not None:
        return await _by_signature(request, sent, signature, parts)
    if "x-auth-token" in request.headers:
        return _by_plain_keys(request, parts)
    person = sender_of(request.scope).person
    if person is None:
        raise AuthFailed("the request is not signed") if door(request.scope) is Door.API else Unidentified()
    return person


def check_may_submit(person: Person) -> None:
    """Raises AuthFailed."""
    if not person.may_write:
        raise AuthFailed("guests may not start or cancel registrations")


async def _by_signature(
    request: Request, sent: SignedRequest, signature: Acs3Signature | RpcSignature, parts: Parts
) -> Person:
    user = _signer(signature, sent, parts)
    if user is None:
        raise AuthFailed(
            _WRONG + (_NO_BODY if door(request.scope) is Door.ORTHANC and sent.may_have_lost_its_body else "")
        )
    max_age_s = parts.configuration.ophtha.signature_max_age_s
    if abs((datetime.now(UTC) - signature.signed_at).total_seconds()) > max_age_s:
        raise AuthFailed(f"the request was not signed within the last {max_age_s} s")
    if not _NONCE.fullmatch(signature.nonce):
        raise AuthFailed("the signature needs a nonce of at most 64 printable characters")
    nonces = Nonces(parts.sessions)
    # A date may lie as far in the future as in the past.
    if not await asyncio.to_thread(nonces.claim, signature.access_key_id, signature.nonce, for_s=2 * max_age_s):
        raise AuthFailed("the nonce was used before")
    return _known(request, user, KnownBy.SIGNATURE, parts)


def _by_plain_keys(request: Request, parts: Parts) -> Person:
    """The pair of keys in plain headers. Raises AuthFailed."""
    if not is_confidential(request.scope, parts.configuration):
        raise AuthFailed("X-Auth-Token and X-Auth-Secret are accepted over TLS or from this machine only")
    user = parts.keys.by_keys(request.headers["x-auth-token"], request.headers.get("x-auth-secret", ""))
    if user is None:
        raise AuthFailed("X-Auth-Token and X-Auth-Secret name no user")
    return _known(request, user, KnownBy.KEYS, parts)


def _known(request: Request, user: User, known_by: KnownBy, parts: Parts) -> Person:
    person = parts.people.owner_of_keys(user, known_by)
    become(request.scope, person)
    recognise(request.scope, user.public_key or "")
    return person


def check_not_cross_site(request: Request, parts: Parts) -> None:
    """A GET that changes something must not come from a page of another site. Raises AuthFailed."""
    public_url = parts.configuration.ophtha.public_url
    own = {request.headers.get("host", "").split("/", 1)[0], urlsplit(public_url or "").netloc}
    pages = [request.headers[name] for name in ("origin", "referer") if name in request.headers]
    foreign = any(urlsplit(page).netloc not in own for page in pages)
    if foreign or request.headers.get("sec-fetch-site", "none") not in _SAME_SITE:
        raise AuthFailed("cross-site requests are refused")


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
