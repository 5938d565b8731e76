"""A cookie that stands for a signed request, for GET only: clients download pictures without signing."""

import base64
import binascii
import hashlib
import hmac
import time
from dataclasses import dataclass
from typing import Final

from fastapi import Request, Response

from plugin.service.access.senders import is_over_tls

NAME: Final = "OPHTHA_ANNOTATIONS"
LIFETIME_S: Final = 8 * 3600
# A fresh cookie is handed out again when less than this is left, not with every answer.
_RENEW_BELOW_S: Final = 7 * 3600


@dataclass(frozen=True)
class Session:
    """Whose session a cookie says it is, and until when (seconds since 1970)."""

    user_id: int
    expires: int


def seal(session: Session, *, secret: str, private_key: str) -> str:
    """The cookie's value. It is bound to the user's key: a new key ends all sessions."""
    payload = f"{session.user_id}.{session.expires}"
    return f"{payload}.{_signature(payload, secret, private_key)}"


def claimed(value: str) -> Session | None:
    """What a cookie says, not yet believed; None when it is none of ours or has expired."""
    parts = value.split(".")
    if len(parts) != 3 or not (parts[0].isascii() and parts[0].isdigit() and parts[1].isascii() and parts[1].isdigit()):
        return None
    session = Session(int(parts[0]), int(parts[1]))
    return session if session.expires > time.time() else None


def is_genuine(value: str, *, secret: str, private_key: str) -> bool:
    """Whether this service sealed the cookie for the user with this key."""
    payload, _, signature = value.rpartition(".")
    return hmac.compare_digest(signature.encode(), _signature(payload, secret, private_key).encode())


def is_due(request: Request, *, user_id: int) -> bool:
    """Whether a correctly signed request brings no cookie that will do for a while."""
    current = claimed(request.cookies.get(NAME, ""))
    return current is None or current.user_id != user_id or current.expires - time.time() <= _RENEW_BELOW_S


def offer_cookie(request: Request, *, user_id: int, secret: str, private_key: str) -> None:
    """Let the answer to this correctly signed request carry a session."""
    session = Session(user_id, int(time.time()) + LIFETIME_S)
    request.state.session_cookie = seal(session, secret=secret, private_key=private_key)


def renew_cookie(request: Request, response: Response) -> None:
    """Put the offered session into the answer."""
    value = getattr(request.state, "session_cookie", None)
    if value is not None:
        configuration = request.app.state.parts.configuration
        is_secure = is_over_tls(request.scope, configuration)
        response.set_cookie(NAME, value, LIFETIME_S, path="/", secure=is_secure, httponly=True, samesite="lax")


def _signature(payload: str, secret: str, private_key: str) -> str:
    key = hashlib.sha256(f"{secret}:{private_key}".encode()).digest()
    return base64.urlsafe_b64encode(hmac.new(key, payload.encode(), hashlib.sha256).digest()).decode().rstrip("=")


def decode_base64(text: str) -> bytes | None:
    """Bytes of base64 text; None when it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
