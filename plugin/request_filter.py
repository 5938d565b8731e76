"""Lets key-signed clients through Orthanc's own port while every other route asks for Orthanc's passwords.

With ``"AuthenticationEnabled": true`` Orthanc itself rejects an ``Authorization`` header that is not Basic before any
plugin sees it. With ``false`` and ``RegisteredUsers`` present, this filter asks for the passwords instead.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Mapping

_KEY_SIGNED_ROUTES = re.compile(r"/api(/.*)?|/session/.*|/server/ping")


class RequestFilter:
    """Decides on each request before Orthanc routes it."""

    def __init__(self, registered_users: Mapping[str, str], token: str) -> None:
        self._passwords = {name.encode(): password.encode() for name, password in registered_users.items()}
        self._token = token.encode()

    def allows(self, uri: str, headers: Mapping[str, str]) -> bool:
        """True when the request may go on; the service checks the signatures of the routes it signs itself."""
        if _KEY_SIGNED_ROUTES.fullmatch(uri):
            return True
        given = headers.get("authorization", "").encode()
        return hmac.compare_digest(given, self._token) or self._knows(given)

    def _knows(self, authorization: bytes) -> bool:
        scheme, _, value = authorization.partition(b" ")
        if scheme.lower() != b"basic":
            return False
        try:
            name, separator, password = base64.b64decode(value, validate=True).partition(b":")
        except binascii.Error:
            return False
        expected = self._passwords.get(name)
        return bool(separator) and expected is not None and hmac.compare_digest(password, expected)
