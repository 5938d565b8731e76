"""Services without an engine: what each does to the records, step by step, on clocks that tests turn."""

from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from plugin.service.jobs.claim import Claim, Timing
from plugin.service.jobs.presence import Others, Presence, ServiceRecord
from plugin.service.jobs.record import JobRecord
from plugin.service.jobs.records import JobRecords
from plugin.service.jobs.undone import UndoneAttempt
from plugin.service.records import Record, Sessions, sessions

TIMING = Timing()


def memory_records() -> Sessions:
    """The tables of jobs in memory, for steps that follow each other."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    tables = [Record.metadata.tables[table.__tablename__] for table in (ServiceRecord, JobRecord, UndoneAttempt)]
    Record.metadata.create_all(engine, tables)
    return sessions(engine)


def add_job(records: JobRecords) -> str:
    return records.add(kind="K", request={}, owner=None, priority=0, content={}, plan={"key": "secret"}).id


@dataclass
class Clock:
    """Turned by hand."""

    time_s: float = 1000.0

    def __call__(self) -> float:
        return self.time_s


@dataclass
class Service:
    """One service, and the claims it believes in."""

    sessions: Sessions
    folder: Path
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.records = JobRecords(self.sessions)
        self.presence = Presence(self.sessions, self.folder, timing=TIMING, clock=self.clock)
        self.others = Others()
        self.claims: dict[str, Claim] = {}

    @property
    def id(self) -> str:
        return self.presence.id

    def beat(self) -> None:
        """As the engine does: certainty comes back with the knowledge of what was lost."""
        with self.presence.beating() as session:
            held = self.records.claims(session, self.id)
            self.claims = {job: claim for job, claim in self.claims.items() if claim in held}

    def look(self) -> None:
        self.others = self.presence.others()

    def claim(self, job_id: str) -> Claim | None:
        """The job, when it is free as far as the last look tells."""
        for job in self.records.open_jobs():
            if job.id == job_id and job.service_id not in self.others.alive:
                beat = self.others.gone.get(job.service_id or "")
                record = self.records.claim(job, service_id=self.id, beat_of_holder=beat)
                if record is not None:
                    number = record.claim_number
                    claim = Claim(job_id=job_id, attempt=record.attempt, service_id=self.id, number=number)
                    self.claims[job_id] = claim
                    return claim
        return None

    def may_remove(self, job_id: str) -> bool:
        """As ``RunningJob.require_authority`` sees it."""
        return job_id in self.claims and self.presence.is_certain
