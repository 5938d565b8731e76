"""What is still to be told of jobs that ended: written with the end itself, struck off when somebody has heard it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from plugin.service.jobs.record import JobRecord
from plugin.service.records import Record, Sessions, now

_AT_ONCE = 20


class JobNotice(Record):
    """The end of one attempt of a job, to be told."""

    __tablename__ = "job_notices"

    job_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    error_code: Mapped[int]
    ended_at: Mapped[datetime]
    due_at: Mapped[datetime] = mapped_column(index=True)
    trials: Mapped[int]


@dataclass(frozen=True)
class Notice:
    """As it is told."""

    job_id: str
    attempt: int
    kind: str
    state: str
    error_code: int
    ended_at: datetime
    """In UTC."""
    trials: int
    """This one included."""


class JobNotices:
    """The table of notices."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def add(self, session: Session, record: JobRecord) -> None:
        """In the transaction that ends the job."""
        moment = now()
        session.add(
            JobNotice(
                job_id=record.id,
                attempt=record.attempt,
                kind=record.kind,
                state=record.state,
                error_code=record.error_code,
                ended_at=moment,
                due_at=moment,
                trials=0,
            )
        )

    def take(self, lease: timedelta) -> list[Notice]:
        """Those that are due and that nobody else has taken; theirs for as long as ``lease``."""
        with self._sessions.begin() as session:
            due = select(JobNotice).where(JobNotice.due_at <= now()).order_by(JobNotice.due_at).limit(_AT_ONCE)
            return [
                Notice(
                    row.job_id, row.attempt, row.kind, row.state, row.error_code, row.ended_at, trials=row.trials + 1
                )
                for row in list(session.scalars(due))
                if _taken(session, row, lease)
            ]

    def postpone(self, notice: Notice, wait: timedelta) -> None:
        with self._sessions.begin() as session:
            session.execute(update(JobNotice).where(*_is(notice)).values(due_at=now() + wait))

    def strike_off(self, notices: Collection[Notice]) -> None:
        with self._sessions.begin() as session:
            for notice in notices:
                session.execute(delete(JobNotice).where(*_is(notice)))


def _taken(session: Session, row: JobNotice, lease: timedelta) -> bool:
    """Whether it was still as it was seen: services ask side by side."""
    seen = (JobNotice.job_id == row.job_id, JobNotice.attempt == row.attempt, JobNotice.trials == row.trials)
    values = {"due_at": now() + lease, "trials": row.trials + 1}
    taking = update(JobNotice).where(*seen).values(values).returning(JobNotice.job_id)
    return session.scalar(taking.execution_options(synchronize_session=False)) is not None


def _is(notice: Notice) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return JobNotice.job_id == notice.job_id, JobNotice.attempt == notice.attempt
