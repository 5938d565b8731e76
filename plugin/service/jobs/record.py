"""A job as the database remembers it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Float, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from plugin.service.records import Record

JsonObject = dict[str, object]


class JobState(StrEnum):
    """States of Orthanc's jobs."""

    PENDING = "Pending"
    RUNNING = "Running"
    PAUSED = "Paused"
    SUCCESS = "Success"
    FAILURE = "Failure"

    @property
    def is_final(self) -> bool:
        return self in (JobState.SUCCESS, JobState.FAILURE)


class JobWish(StrEnum):
    """What a user asked of a job that has not happened yet; survives a restart, and is heard by every service."""

    CANCEL = "cancel"


class Verdict(StrEnum):
    """What becomes of all that an attempt stored. Written once, before anything is removed; whoever acts obeys it."""

    KEEP = "keep"
    UNDO = "undo"


class JobRecord(Record):
    """One job. ``request`` never changes; ``plan`` is written before the first piece of work."""

    __tablename__ = "jobs"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    owner: Mapped[str | None] = mapped_column(String(255))
    """Name of the user of the API port that asked for it; None through Orthanc's port."""
    state: Mapped[str] = mapped_column(String(16), index=True)
    wish: Mapped[str | None] = mapped_column(String(16))
    priority: Mapped[int]
    progress: Mapped[float] = mapped_column(Float)
    """0 to 1."""
    request: Mapped[dict[str, object]] = mapped_column(JSON)
    plan: Mapped[dict[str, object] | None] = mapped_column(JSON(none_as_null=True))
    content: Mapped[dict[str, object]] = mapped_column(JSON)
    error_code: Mapped[int]
    error_details: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(index=True)
    completed_at: Mapped[datetime | None]
    runtime_s: Mapped[float] = mapped_column(Float)
    service_id: Mapped[str | None] = mapped_column(String(36), index=True)
    """The service that works on it."""
    claim_number: Mapped[int] = mapped_column(server_default="0")
    attempt: Mapped[int] = mapped_column(server_default="1")
    """Resubmitting a job opens a new one."""
    verdict: Mapped[str | None] = mapped_column(String(8))
    """Of the attempt."""


@dataclass(frozen=True, kw_only=True)
class OpenJob:
    """What a service looks at again and again of each unfinished job."""

    id: str
    kind: str
    state: str
    wish: str | None
    service_id: str | None
    claim_number: int
    attempt: int
