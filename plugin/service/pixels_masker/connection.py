"""A worker's connection to Orthanc: one socket kept open between requests, and no request sent twice by accident."""

import http.client
import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from pydantic import JsonValue

from plugin.service.orthanc_client import OrthancAddress

_REUSE_FOR_S = 0.5
"""Orthanc closes idle connections after one second."""
WORKER_PATIENCE_S = 30.0
"""How long Orthanc may be away (``/tools/reset``) before a task gives up."""
_SERVICE_PATIENCE_S = 1.0
"""Within the service: it ends with Orthanc and must not wait for it."""
_RETRY_EVERY_S = 0.25
_ANSWER_TIMEOUT_S = 600.0


class OrthancAway(Exception):
    """Orthanc does not answer, or not in time: nobody knows whether the request was carried out."""


@dataclass(frozen=True)
class OrthancAnswer:
    """Status and body of an answer."""

    status: int
    body: bytes

    @property
    def is_ok(self) -> bool:
        return self.status == 200

    def json(self) -> JsonValue:
        value: JsonValue = json.loads(self.body)
        return value

    @property
    def reason(self) -> str:
        """What Orthanc says of an error: ``Details`` where it gives them, else ``Message``."""
        error = self._error()
        return str(error.get("Details") or error.get("Message") or f"status {self.status}")

    @property
    def error_code(self) -> int | None:
        """Orthanc's number of an error; None where there is none."""
        code = self._error().get("OrthancStatus")
        return code if isinstance(code, int) else None

    def _error(self) -> dict[str, JsonValue]:
        try:
            answer = self.json()
        except ValueError:
            return {}
        return answer if isinstance(answer, dict) and not self.is_ok else {}


class OrthancConnection:
    """Orthanc's REST API for one thread."""

    def __init__(self, address: OrthancAddress, *, patience_s: float = _SERVICE_PATIENCE_S) -> None:
        self._patience_s = patience_s
        parts = urlsplit(address.url)
        assert parts.hostname is not None
        if parts.scheme == "https":
            # Orthanc's own certificate, on loopback: its name says nothing.
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            self._http: http.client.HTTPConnection = http.client.HTTPSConnection(
                parts.hostname, parts.port, timeout=_ANSWER_TIMEOUT_S, context=context
            )
        else:
            self._http = http.client.HTTPConnection(parts.hostname, parts.port, timeout=_ANSWER_TIMEOUT_S)
        self._prefix = parts.path.rstrip("/")
        self._headers = {"Authorization": address.token} if address.token else {}
        self._used_at = 0.0

    def get(self, path: str) -> OrthancAnswer:
        """Raises OrthancAway."""
        return self.repeatable("GET", path)

    def get_json(self, path: str) -> JsonValue:
        """Decoded answer. Raises OrthancAway, LookupError when there is no such resource."""
        answer = self.get(path)
        if not answer.is_ok:
            raise LookupError(path)
        return answer.json()

    def repeatable(self, method: str, path: str, body: bytes | None = None) -> OrthancAnswer:
        """A request that may be carried out more than once without harm. Raises OrthancAway."""
        give_up_at = time.monotonic() + self._patience_s
        while True:
            try:
                return self.once(method, path, body)
            except OrthancAway:
                if time.monotonic() > give_up_at:
                    raise
                time.sleep(_RETRY_EVERY_S)

    def once(self, method: str, path: str, body: bytes | None = None) -> OrthancAnswer:
        """Send a request, at most once. Raises OrthancAway."""
        if time.monotonic() - self._used_at > _REUSE_FOR_S:
            self._http.close()
        try:
            self._http.request(method, self._prefix + path, body=body, headers=self._headers)
            response = self._http.getresponse()
            answer = OrthancAnswer(response.status, response.read())
        except (OSError, http.client.HTTPException) as error:
            self._http.close()
            raise OrthancAway(f"Orthanc does not answer ({type(error).__name__})") from error
        self._used_at = time.monotonic()
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()


def as_json(value: Mapping[str, JsonValue]) -> bytes:
    """Body of a request."""
    return json.dumps(value).encode()
