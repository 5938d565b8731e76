"""A job as the database remembers it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast
from uuid import uuid4

from sqlalchemy import (
    JSON,
    ColumnElement,
    CursorResult,
    Delete,
    Float,
    String,
    Text,
    Update,
    and_,
    case,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, defer, mapped_column

from plugin.service.jobs.claim import Claim, ClaimLost
from plugin.service.jobs.presence import ServiceRecord
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


_FINAL = (JobState.SUCCESS, JobState.FAILURE)


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


class JobRecords:
    """The table of jobs. Methods that take a claim raise ClaimLost, and change nothing, when it does not hold."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    # -- what clients ask ----------------------------------------------------------------------------------------

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
            service_id=None,
            claim_number=0,
            attempt=1,
            verdict=None,
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

    def cancel(self, job_id: str) -> bool:
        """Wish for the end of a job; whether it was not finished yet."""
        return self._change(job_id, _unfinished(), {"wish": JobWish.CANCEL})

    def pause(self, job_id: str) -> bool:
        """Whether the job was not finished yet."""
        return self._change(job_id, _unfinished(), {"state": JobState.PAUSED})

    def resume(self, job_id: str) -> bool:
        """Whether the job was not finished yet."""
        state = case((JobRecord.service_id.is_(None), JobState.PENDING), else_=JobState.RUNNING)
        return self._change(job_id, _unfinished(), {"state": state})

    def resubmit(self, job_id: str, *, attempt: int) -> bool:
        """Open the attempt after a failed one; False when that has been done, or is not to be done."""
        failed = and_(JobRecord.state == JobState.FAILURE, JobRecord.attempt == attempt)
        values = {
            "attempt": attempt + 1,
            "claim_number": 0,
            "service_id": None,
            "verdict": None,
            "state": JobState.PENDING,
            "wish": None,
            "plan": None,
            "progress": 0.0,
            "error_code": 0,
            "error_details": None,
            "completed_at": None,
        }
        return self._change(job_id, failed, values)

    def remove(self, job_id: str) -> bool:
        """Forget a finished job; False when it is not finished, or gone."""
        with self._sessions.begin() as session:
            return _count(session, delete(JobRecord).where(JobRecord.id == job_id, ~_unfinished())) == 1

    def prune(self, *, keep: int, kept_for_a_day: Collection[str] = ()) -> None:
        """Forget the oldest finished jobs beyond ``keep``; those of some kinds not before a day has passed."""
        with self._sessions.begin() as session:
            newest = select(JobRecord.id).order_by(JobRecord.created_at.desc()).limit(keep)
            session.execute(
                delete(JobRecord)
                .where(
                    ~_unfinished(),
                    or_(JobRecord.kind.not_in(kept_for_a_day), JobRecord.completed_at < now() - _DAY),
                    JobRecord.id.not_in(newest.scalar_subquery()),
                )
                .execution_options(synchronize_session=False)
            )

    # -- whose a job is ------------------------------------------------------------------------------------------

    def open_jobs(self) -> list[OpenJob]:
        """Jobs that are not finished, the most urgent first."""
        query = (
            select(
                JobRecord.id,
                JobRecord.kind,
                JobRecord.state,
                JobRecord.wish,
                JobRecord.service_id,
                JobRecord.claim_number,
                JobRecord.attempt,
            )
            .where(_unfinished())
            .order_by(JobRecord.priority.desc(), JobRecord.created_at)
        )
        with self._sessions() as session:
            return [OpenJob(**row) for row in session.execute(query).mappings()]

    def claim(self, job: OpenJob, *, service_id: str, beat_of_holder: int | None) -> JobRecord | None:
        """Make a job this service's, when it is still as it was seen; None when it is not.

        ``beat_of_holder`` is the last beat of the service that the job is taken from: if it has beaten since, or is
        just beating, the job stays where it is.
        """
        with self._sessions.begin() as session:
            if not _holds_still(session, job.service_id, beat_of_holder, claimant=service_id):
                return None
            seen = and_(
                _unfinished(),
                JobRecord.attempt == job.attempt,
                JobRecord.claim_number == job.claim_number,
                JobRecord.service_id.is_not_distinct_from(job.service_id),
                or_(JobRecord.state != JobState.PAUSED, JobRecord.wish.is_not(None)),
            )
            values = {
                "service_id": service_id,
                "claim_number": job.claim_number + 1,
                "state": JobState.RUNNING,
            }
            if not _count(session, update(JobRecord).where(JobRecord.id == job.id, seen).values(values)):
                return None
            return session.get(JobRecord, job.id)

    def claims(self, session: Session, service_id: str) -> frozenset[Claim]:
        """All that a service holds, as the transaction sees it."""
        query = select(JobRecord.id, JobRecord.attempt, JobRecord.claim_number).where(
            JobRecord.service_id == service_id, _unfinished()
        )
        return frozenset(
            Claim(job_id=job_id, attempt=attempt, service_id=service_id, number=number)
            for job_id, attempt, number in session.execute(query)
        )

    def release(self, session: Session, service_id: str) -> None:
        """Leave a service's jobs to whoever comes first."""
        session.execute(
            update(JobRecord).where(JobRecord.service_id == service_id, _unfinished()).values(service_id=None)
        )

    def require(self, claim: Claim) -> None:
        """See that the claim holds."""
        with self._sessions() as session:
            if session.scalar(select(func.count()).where(_held(claim))) != 1:
                raise ClaimLost

    def change(self, claim: Claim, values: Mapping[str, object]) -> None:
        with self._sessions.begin() as session:
            if not _count(session, update(JobRecord).where(_held(claim)).values(**values)):
                raise ClaimLost

    def decide(self, claim: Claim, verdict: Verdict, values: Mapping[str, object] | None = None) -> Verdict:
        """Write the verdict of the attempt, and with it ``values``; the one that stands, which may be another."""
        with self._sessions.begin() as session:
            undecided = and_(_held(claim), JobRecord.verdict.is_(None))
            if _count(session, update(JobRecord).where(undecided).values(verdict=verdict, **(values or {}))):
                return verdict
            known = session.scalar(select(JobRecord.verdict).where(_held(claim)))
            if known is None:
                raise ClaimLost
            return Verdict(known)

    def succeed(self, claim: Claim, values: Mapping[str, object]) -> None:
        """End the attempt as a success; nothing of it is undone, ever."""
        allowed = or_(JobRecord.verdict.is_(None), JobRecord.verdict == Verdict.KEEP)
        final = {"state": JobState.SUCCESS, "verdict": Verdict.KEEP, "plan": None, "wish": None, "service_id": None}
        with self._sessions.begin() as session:
            if not _count(session, update(JobRecord).where(_held(claim), allowed).values({**values, **final})):
                raise ClaimLost

    def fail(self, claim: Claim, values: Mapping[str, object]) -> None:
        """End an attempt that was undone, and remember what it would have stored."""
        final = {"state": JobState.FAILURE, "wish": None, "service_id": None}
        decided = and_(_held(claim), JobRecord.verdict == Verdict.UNDO)
        with self._sessions.begin() as session:
            # First the update: it waits for whoever else is about to change the job.
            if not _count(session, update(JobRecord).where(decided).values({**values, **final})):
                raise ClaimLost
            record = session.get_one(JobRecord, claim.job_id)
            if record.plan is not None:
                session.add(_undone(record, record.plan, claim))
                record.plan = None

    # -- what an undone attempt may still bring ------------------------------------------------------------------

    def undone_attempts(self) -> Sequence[UndoneAttempt]:
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

    # -- inside --------------------------------------------------------------------------------------------------

    def _change(self, job_id: str, condition: ColumnElement[bool], values: Mapping[str, object]) -> bool:
        with self._sessions.begin() as session:
            return _count(session, update(JobRecord).where(JobRecord.id == job_id, condition).values(**values)) == 1


def _unfinished() -> ColumnElement[bool]:
    return JobRecord.state.not_in(_FINAL)


def _held(claim: Claim) -> ColumnElement[bool]:
    return and_(
        JobRecord.id == claim.job_id,
        JobRecord.attempt == claim.attempt,
        JobRecord.service_id == claim.service_id,
        JobRecord.claim_number == claim.number,
        _unfinished(),
    )


def _holds_still(session: Session, holder: str | None, beat: int | None, *, claimant: str) -> bool:
    """Whether the holder of a job has not beaten, and does not until the transaction ends; nor is the claimant struck
    off meanwhile."""
    # In one order: two services may claim jobs of each other.
    for service_id in sorted({claimant, holder or claimant}):
        row = ServiceRecord.id == service_id
        if service_id == claimant:
            if not _count(session, _touched(row)):
                return False
        elif session.scalar(select(func.count()).where(row)) and not _count(
            session, _touched(row, ServiceRecord.beat == beat)
        ):
            return False
    return True


def _touched(*conditions: ColumnElement[bool]) -> Update:
    """Change nothing of a service's row, but make everybody wait who would."""
    return update(ServiceRecord).where(*conditions).values(beat=ServiceRecord.beat)


def _undone(record: JobRecord, plan: dict[str, object], claim: Claim) -> UndoneAttempt:
    return UndoneAttempt(
        job_id=record.id,
        attempt=claim.attempt,
        kind=record.kind,
        request=record.request,
        plan=plan,
        service_id=claim.service_id,
    )


def _same(undone: UndoneAttempt) -> ColumnElement[bool]:
    return and_(UndoneAttempt.job_id == undone.job_id, UndoneAttempt.attempt == undone.attempt)


def _count(session: Session, statement: Update | Delete) -> int:
    """How many rows a statement changed."""
    result = session.execute(statement.execution_options(synchronize_session=False))
    return cast("CursorResult[object]", result).rowcount
