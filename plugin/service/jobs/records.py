"""What the database knows of all jobs: asked for, claimed, decided."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import cast
from uuid import uuid4

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Delete,
    Update,
    and_,
    case,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, defer

from plugin.service.jobs.claim import Claim, ClaimLost
from plugin.service.jobs.notices import JobNotices
from plugin.service.jobs.presence import ServiceRecord
from plugin.service.jobs.record import JobRecord, JobState, JobWish, OpenJob, Verdict
from plugin.service.jobs.undone import UndoneAttempts, undone_attempt
from plugin.service.records import Sessions, now

_DAY = timedelta(days=1)
_FINAL = tuple(state for state in JobState if state.is_final)


class JobRecords:
    """The table of jobs. Methods that take a claim raise ClaimLost, and change nothing, when it does not hold."""

    def __init__(self, sessions: Sessions, notices: JobNotices | None = None) -> None:
        """``notices`` takes the end of each job, where somebody is to be told."""
        self._sessions = sessions
        self._notices = notices
        self.undone = UndoneAttempts(sessions)

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

    def note(self, job_id: str, key: str, value: object) -> bool:
        """Add to the content of a job that succeeded, once; False when it is not there, or has that key already."""
        with self._sessions.begin() as session:
            # First an update that changes nothing: it waits for whoever else is about to change the job.
            succeeded = and_(JobRecord.id == job_id, JobRecord.state == JobState.SUCCESS)
            if not _count(session, update(JobRecord).where(succeeded).values(claim_number=JobRecord.claim_number)):
                return False
            record = session.get_one(JobRecord, job_id)
            if key in record.content:
                return False
            record.content = {**record.content, key: value}
            return True

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
            self._notice(session, claim)

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
                session.add(undone_attempt(record, record.plan, claim))
                record.plan = None
            self._notice(session, claim)

    # -- inside --------------------------------------------------------------------------------------------------

    def _notice(self, session: Session, claim: Claim) -> None:
        if self._notices is not None:
            self._notices.add(session, session.get_one(JobRecord, claim.job_id))

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


def _count(session: Session, statement: Update | Delete) -> int:
    """How many rows a statement changed."""
    result = session.execute(statement.execution_options(synchronize_session=False))
    return cast("CursorResult[object]", result).rowcount
