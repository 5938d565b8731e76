"""Who masked, exported, registered or changed what and when: one JSON line each, no patient data but Orthanc ids."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path

_NOTED: ContextVar[list[str] | None] = ContextVar("actions that the request at work has accounted for", default=None)


class AuditLog:
    """Appends to a file that only the service's user may read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)

    def write(
        self, action: str, *, user: str | None, resources: list[str], **facts: str | int | bool | list[str] | None
    ) -> None:
        """Record one action; ``user`` is None through Orthanc's own port."""
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "user": user,
            "action": action,
            "resources": resources,
            **facts,
        }
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
        _note(action)


@contextmanager
def noted_lines() -> Iterator[list[str]]:
    """Actions recorded by the request at work until the block ends, in whatever thread it records them."""
    noted: list[str] = []
    _NOTED.set(noted)
    yield noted


def leave_unwritten() -> None:
    """The request at work may write, and does not: it needs no line."""
    _note("nothing")


def _note(action: str) -> None:
    noted = _NOTED.get()
    if noted is not None:
        noted.append(action)
