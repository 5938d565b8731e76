"""Orthanc's own users, and the header that browsers send their names and passwords in (RFC 7617)."""

import base64
import binascii
import hmac
from collections.abc import Mapping


class Passwords:
    """``RegisteredUsers`` of Orthanc's configuration."""

    def __init__(self, registered_users: Mapping[str, str]) -> None:
        self._passwords = {name.encode(): password.encode() for name, password in registered_users.items()}

    def name_of(self, authorization: str) -> str | None:
        """Whose name and password these are; None where they do not belong together."""
        given = _basic(authorization)
        if given is None:
            return None
        name, password = given
        expected = self._passwords.get(name)
        if expected is None or not hmac.compare_digest(password, expected):
            return None
        return _text(name)


def name_of_basic(authorization: str) -> str | None:
    """The name in a header that somebody else has checked."""
    given = _basic(authorization)
    return None if given is None else _text(given[0])


def _basic(authorization: str) -> tuple[bytes, bytes] | None:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, separator, password = base64.b64decode(value.strip(), validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return None
    return (name, password) if separator and name else None


def _text(name: bytes) -> str:
    try:
        return name.decode()
    except UnicodeDecodeError:
        return name.decode("latin-1")
