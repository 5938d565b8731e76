"""Attempts that were rolled back, as the database remembers them until nothing of them can arrive."""

from collections.abc import Sequence

from sqlalchemy import JSON, ColumnElement, String, and_, delete, select, update
from sqlalchemy.orm import Mapped, defer, mapped_column

from plugin.service.jobs.claim import Claim
from plugin.service.jobs.record import JobRecord
from plugin.service.records import Record, Sessions


class UndoneAttempt(Record):
    """An attempt that was rolled back: remembered, whatever becomes of its job, until nothing of it can arrive."""

    __tablename__ = "undone_attempts"

    job_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    request: Mapped[dict[str, object]] = mapped_column(JSON)
    plan: Mapped[dict[str, object]] = mapped_column(JSON)
    service_id: Mapped[str] = mapped_column(String(36))
    """The service that looks once more."""


def undone_attempt(record: JobRecord, plan: dict[str, object], claim: Claim) -> UndoneAttempt:
    """What to remember of an attempt whose work is taken back."""
    return UndoneAttempt(
        job_id=record.id,
        attempt=claim.attempt,
        kind=record.kind,
        request=record.request,
        plan=plan,
        service_id=claim.service_id,
    )


class UndoneAttempts:
    """The table of them."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def list_all(self) -> Sequence[UndoneAttempt]:
        """Every one that is still remembered, without request and plan."""
        query = select(UndoneAttempt).options(defer(UndoneAttempt.request), defer(UndoneAttempt.plan))
        with self._sessions() as session:
            return list(session.scalars(query))

    def adopt(self, undone: UndoneAttempt, service_id: str) -> None:
        """Look after it in place of a service that is gone."""
        with self._sessions.begin() as session:
            session.execute(update(UndoneAttempt).where(_same(undone)).values(service_id=service_id))

    def recall(self, undone: UndoneAttempt) -> UndoneAttempt | None:
        """All of it."""
        with self._sessions() as session:
            return session.scalar(select(UndoneAttempt).where(_same(undone)))

    def forget(self, undone: UndoneAttempt) -> None:
        with self._sessions.begin() as session:
            session.execute(delete(UndoneAttempt).where(_same(undone)))


def _same(undone: UndoneAttempt) -> ColumnElement[bool]:
    return and_(UndoneAttempt.job_id == undone.job_id, UndoneAttempt.attempt == undone.attempt)
