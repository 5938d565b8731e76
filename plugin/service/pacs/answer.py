"""What Orthanc answers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue


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


def as_json(value: Mapping[str, JsonValue]) -> bytes:
    """Body of a request."""
    return json.dumps(value).encode()
