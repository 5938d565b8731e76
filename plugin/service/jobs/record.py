"""A job as the database remembers it."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import JSON, String, Text, delete, or_, select, update
from sqlalchemy.orm import Mapped, defer, mapped_column

from plugin.service.records import Record, Sessions, now

_DAY = timedelta(days=1)


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
    """What a user asked of a job that has not happened yet; survives a restart."""

    CANCEL = "cancel"


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
    progress: Mapped[float]
    """0 to 1."""
    request: Mapped[dict[str, object]] = mapped_column(JSON)
    plan: Mapped[dict[str, object] | None] = mapped_column(JSON(none_as_null=True))
    content: Mapped[dict[str, object]] = mapped_column(JSON)
    error_code: Mapped[int]
    error_details: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(index=True)
    completed_at: Mapped[datetime | None]
    runtime_s: Mapped[float]


class JobRecords:
    """The table of jobs."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def add(
        self,
        *,
        kind: str,
        request: dict[str, object],
        owner: str | None,
        priority: int,
        content: dict[str, object],
        plan: dict[str, object] | None = None,
    ) -> JobRecord:
        record = JobRecord(
            id=str(uuid4()),
            kind=kind,
            owner=owner,
            state=JobState.PENDING,
            wish=None,
            priority=priority,
            progress=0.0,
            request=request,
            plan=plan,
            content=content,
            error_code=0,
            error_details=None,
            created_at=now(),
            completed_at=None,
            runtime_s=0.0,
        )
        with self._sessions.begin() as session:
            session.add(record)
        return record

    def find(self, job_id: str) -> JobRecord | None:
        """The job of that id, in any case of letters."""
        with self._sessions() as session:
            return session.get(JobRecord, job_id.lower())

    def list_all(self, *, owner: str | None = None) -> list[JobRecord]:
        """Every job, oldest first, without request and plan; of one owner when named."""
        # A request may name a thousand files: a list does without.
        query = (
            select(JobRecord).options(defer(JobRecord.request), defer(JobRecord.plan)).order_by(JobRecord.created_at)
        )
        if owner is not None:
            query = query.where(JobRecord.owner == owner)
        with self._sessions() as session:
            return list(session.scalars(query))

    def unfinished(self) -> list[JobRecord]:
        """Jobs that are to run, or were running when the service ended; the most urgent first."""
        query = (
            select(JobRecord)
            .where(JobRecord.state.in_([JobState.PENDING, JobState.RUNNING, JobState.PAUSED]))
            .order_by(JobRecord.priority.desc(), JobRecord.created_at)
        )
        with self._sessions() as session:
            return list(session.scalars(query))

    def change(self, job_id: str, values: Mapping[str, object]) -> None:
        with self._sessions.begin() as session:
            session.execute(update(JobRecord).where(JobRecord.id == job_id).values(**values))

    def remove(self, job_id: str) -> None:
        with self._sessions.begin() as session:
            session.execute(delete(JobRecord).where(JobRecord.id == job_id))

    def prune(self, *, keep: int, kept_for_a_day: Collection[str] = ()) -> None:
        """Forget the oldest finished jobs beyond ``keep``; those of some kinds not before a day has passed."""
        with self._sessions.begin() as session:
            newest = select(JobRecord.id).order_by(JobRecord.created_at.desc()).limit(keep)
            final = [JobState.SUCCESS, JobState.FAILURE]
            session.execute(
                delete(JobRecord)
                .where(
                    JobRecord.state.in_(final),
                    or_(JobRecord.kind.not_in(kept_for_a_day), JobRecord.completed_at < now() - _DAY),
                    JobRecord.id.not_in(newest.scalar_subquery()),
                )
                .execution_options(synchronize_session=False)
            )
