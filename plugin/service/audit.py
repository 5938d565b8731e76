"""Who masked, exported, registered or changed what and when: one JSON line each, no patient data but Orthanc ids."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path

from plugin.service.access.senders import current_sender
from plugin.service.audit_chain import ChainedFile
from plugin.service.config import Configuration

AuditLine = Mapping[str, object]
_NOTED: ContextVar[list[str] | None] = ContextVar("actions that the request at work has accounted for", default=None)


AUDIT_FILE = "audit.jsonl"
LARGEST_MB = 64.0
"""Of the file that is written to; then a new one is begun."""


class AuditLog:
    """Appends to a file that only the service's user may read; ``tell`` hears each line as well."""

    def __init__(
        self, path: Path, *, largest_mb: float = LARGEST_MB, tell: Sequence[Callable[[AuditLine], None]] = ()
    ) -> None:
        self._file = ChainedFile(path, largest_bytes=int(largest_mb * 2**20))
        self._tell = tuple(tell)

    def write(
        self, action: str, *, user: str | None, resources: list[str], **facts: str | int | bool | list[str] | None
    ) -> None:
        """Record one action. ``user`` None is who sends the request at work, who may have no name."""
        sender = current_sender()
        line: AuditLine = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "user": user if user is not None or sender is None else sender.name,
            "address": None if sender is None else sender.address,
            "known_by": None if sender is None or sender.person is None else sender.person.known_by,
            "action": action,
            "resources": resources,
            **facts,
        }
        self._file.append(line)
        for tell in self._tell:
            tell(line)
        _note(action)


def audit_log(configuration: Configuration, *, tell: Sequence[Callable[[AuditLine], None]] = ()) -> AuditLog:
    """The log of this installation."""
    return AuditLog(configuration.storage / AUDIT_FILE, largest_mb=configuration.ophtha.audit_file_mb, tell=tell)


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
