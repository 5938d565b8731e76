"""The two ways the reference's clients sign: ACS3-HMAC-SHA256 in ``Authorization``, and the classic RPC parameters.

Both computed from the request exactly as it was sent. Algorithms: Alibaba Cloud, "V3 request structure and signature"
and "RPC signature method".
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self
from urllib.parse import quote

from plugin.service.ct_registration.parameters import Pairs, Parameters
from plugin.service.ct_registration.refusals import AuthFailed

ACS3 = "ACS3-HMAC-SHA256"
_AUTHORIZATION = re.compile(
    rf"{ACS3}\s+Credential=(?P<key>[^,\s]+)\s*,\s*SignedHeaders=(?P<headers>[^,\s]+)\s*,\s*Signature=(?P<signature>[0-9a-fA-F]+)"
)
_MUST_BE_SIGNED = frozenset({"host", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"})
_TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, kw_only=True)
class SignedRequest:
    """What a signature covers. ``headers`` have lower-case names; ``query`` and ``form`` are decoded."""

    method: str
    path: str
    query: Pairs
    form: Pairs
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """Values of a header joined as the algorithm asks; None when absent."""
        values = sorted(value.strip() for key, value in self.headers if key == name)
        return ",".join(values) if values else None

    @property
    def may_have_lost_its_body(self) -> bool:
        """Whether it is a GET that announces a form and brings none."""
        return self.method == "GET" and not self.body and self.header("content-type") is not None


@dataclass(frozen=True, kw_only=True)
class Signature:
    """What a client claims: who it is, when it signed, and once only."""

    access_key_id: str
    value: str
    nonce: str
    signed_at: datetime

    def is_from(self, expected: Iterable[str]) -> bool:
        """Compares with every expected value, in constant time each."""
        return any([hmac.compare_digest(self.value.encode(), each.encode()) for each in expected])


@dataclass(frozen=True, kw_only=True)
class Acs3Signature(Signature):
    """Covers the headers it names, the query and a hash of the body."""

    signed_headers: tuple[str, ...]

    @classmethod
    def read(cls, request: SignedRequest) -> Self:
        """Raises AuthFailed where something is missing, or is not covered."""
        signature = cls.of_headers(request)
        digest = hashlib.sha256(request.body).hexdigest()
        if not hmac.compare_digest(_claimed_digest(request).encode(), digest.encode()):
            raise AuthFailed("x-acs-content-sha256 is not the hash of the body")
        return signature

    @classmethod
    def of_headers(cls, request: SignedRequest) -> Self:
        """Before the body is there: the signature covers its hash, which is still to be compared. Raises AuthFailed."""
        match = _AUTHORIZATION.fullmatch((request.header("authorization") or "").strip())
        if match is None:
            raise AuthFailed(f"Authorization is no {ACS3} signature")
        signed = tuple(name.lower() for name in match["headers"].split(";"))
        present = {name for name, _ in request.headers}
        uncovered = (_MUST_BE_SIGNED | {name for name in present if name.startswith("x-acs-")}) - set(signed)
        if uncovered:
            raise AuthFailed(f"the signature does not cover {min(uncovered)}")
        absent = set(signed) - present
        if absent:
            raise AuthFailed(f"the signature covers {min(absent)}, which was not sent")
        return cls(
            access_key_id=match["key"],
            value=match["signature"].lower(),
            nonce=request.header("x-acs-signature-nonce") or "",
            signed_at=_time(request.header("x-acs-date"), name="x-acs-date"),
            signed_headers=signed,
        )

    def expected(self, request: SignedRequest, secret: str) -> list[str]:
        """With the path as sent, and with ``/``: the SDK takes its endpoint's path for a part of the host.

        Orthanc tells a plugin no slash at the end of a path: the signature may have covered one.
        """
        sent = _encoded(request.path, safe="/~").rstrip("/")
        return [self._with_path(request, path, secret) for path in dict.fromkeys(("/", sent or "/", f"{sent}/"))]

    def _with_path(self, request: SignedRequest, path: str, secret: str) -> str:
        headers = "".join(f"{name}:{request.header(name)}\n" for name in self.signed_headers)
        canonical = "\n".join(
            (
                request.method,
                path,
                _canonical_query(request.query),
                headers,
                ";".join(self.signed_headers),
                _claimed_digest(request),
            )
        )
        text = f"{ACS3}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, kw_only=True)
class RpcSignature(Signature):
    """Covers every parameter of query and form."""

    @classmethod
    def read(cls, request: SignedRequest) -> Self:
        """Raises AuthFailed."""
        if request.body and not request.form:
            raise AuthFailed("a signature among the parameters does not cover this body: send a form")
        names = [name for name, _ in (*request.query, *request.form)]
        if len(names) != len({name.lower() for name in names}):
            raise AuthFailed("a parameter is given twice")
        parameters = Parameters.of(request.query, request.form)
        if (parameters.optional("SignatureMethod") or "").upper() != "HMAC-SHA1":
            raise AuthFailed("SignatureMethod must be HMAC-SHA1")
        return cls(
            access_key_id=parameters.optional("AccessKeyId") or "",
            value=parameters.optional("Signature") or "",
            nonce=parameters.optional("SignatureNonce") or "",
            signed_at=_time(parameters.optional("Timestamp"), name="Timestamp"),
        )

    def expected(self, request: SignedRequest, secret: str) -> list[str]:
        pairs = tuple(pair for pair in (*request.query, *request.form) if pair[0].lower() != "signature")
        text = f"{request.method}&%2F&{_encoded(_canonical_query(pairs))}"
        digest = hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha1).digest()
        return [base64.b64encode(digest).decode()]


def claimed_signature(request: SignedRequest) -> Acs3Signature | RpcSignature | None:
    """The signature a request carries; None when it carries none. Raises AuthFailed for a broken one."""
    if (request.header("authorization") or "").startswith("ACS3-"):
        return Acs3Signature.read(request)
    if any(name.lower() == "signature" for name, _ in (*request.query, *request.form)):
        return RpcSignature.read(request)
    return None


def _claimed_digest(request: SignedRequest) -> str:
    return (request.header("x-acs-content-sha256") or "").lower()


def _canonical_query(pairs: Pairs) -> str:
    return "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in sorted(pairs))


def _encoded(text: str, safe: str = "~") -> str:
    return quote(text, safe=safe)


def _time(text: str | None, *, name: str) -> datetime:
    try:
        return datetime.strptime(text or "", _TIME_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        raise AuthFailed(f"{name} must be the time in UTC as {_TIME_FORMAT.replace('%', '')}") from None
