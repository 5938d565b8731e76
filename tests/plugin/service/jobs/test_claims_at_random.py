"""Whatever three services do, stop in the middle of, and wake up to do: one has the say, and no fate is changed."""

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from plugin.service.jobs.claim import ClaimLost
from plugin.service.jobs.record import JobState, Verdict
from plugin.service.jobs.records import JobRecords
from tests.plugin.service.jobs.services import TIMING, Service, add_job, memory_records

_SERVICES = st.integers(0, 2)
_VERDICTS = st.sampled_from(list(Verdict))


class Services(RuleBasedStateMachine):
    """Each service acts on what it saw last; time passes for all, and they act in any order, or not at all."""

    jobs = Bundle("jobs")

    @initialize()
    def begin(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        sessions = memory_records()
        self.records = JobRecords(sessions)
        self.services = [Service(sessions, Path(self._folder.name) / str(number)) for number in range(3)]
        for service in self.services:
            service.presence.enter()
        self.verdicts: dict[tuple[str, int], str] = {}
        self.ended: dict[tuple[str, int], str] = {}
        self.removed: dict[tuple[str, int], Verdict] = {}

    def teardown(self) -> None:
        for service in getattr(self, "services", ()):
            with service.presence.leave():
                pass
        self._folder.cleanup()

    @rule(target=jobs)
    def submit(self) -> str:
        return add_job(self.records)

    @rule(seconds=st.sampled_from([1.0, TIMING.beat_every_s, TIMING.still_s / 2, TIMING.still_s]))
    def wait(self, seconds: float) -> None:
        for service in self.services:
            service.clock.time_s += seconds

    @rule(number=_SERVICES)
    def beat(self, number: int) -> None:
        self.services[number].beat()

    @rule(number=_SERVICES)
    def look(self, number: int) -> None:
        self.services[number].look()

    @rule(number=_SERVICES, job=jobs)
    def claim(self, number: int, job: str) -> None:
        service = self.services[number]
        if service.presence.is_certain:
            service.claim(job)

    @rule(number=_SERVICES, job=jobs, verdict=_VERDICTS)
    def decide(self, number: int, job: str, verdict: Verdict) -> None:
        service = self.services[number]
        if job in service.claims:
            self._try(service, job, lambda claim: service.records.decide(claim, verdict))

    @rule(number=_SERVICES, job=jobs)
    def remove_what_the_verdict_says(self, number: int, job: str) -> None:
        service = self.services[number]
        record = self.records.find(job)
        if record is not None and record.verdict is not None and service.may_remove(job):
            assert service.claims[job].attempt == record.attempt
            assert not JobState(record.state).is_final
            self.removed[job, record.attempt] = Verdict(record.verdict)

    @rule(number=_SERVICES, job=jobs, succeeds=st.booleans())
    def end(self, number: int, job: str, succeeds: bool) -> None:
        service = self.services[number]
        if job in service.claims:
            end = service.records.succeed if succeeds else service.records.fail
            self._try(service, job, lambda claim: end(claim, {}))

    @rule(job=jobs, what=st.sampled_from(["cancel", "pause", "resume", "remove"]))
    def ask(self, job: str, what: str) -> None:
        getattr(self.records, what)(job)

    @rule(job=jobs)
    def resubmit(self, job: str) -> None:
        record = self.records.find(job)
        if record is not None and record.state == JobState.FAILURE:
            assert self.records.resubmit(job, attempt=record.attempt)

    @rule(number=_SERVICES)
    def start_again(self, number: int) -> None:
        old = self.services[number]
        with old.presence.leave() as session:
            old.records.release(session, old.id)
        self.services[number] = Service(old.sessions, old.folder, old.clock)
        self.services[number].presence.enter()

    @invariant()
    def one_service_has_the_say(self) -> None:
        for job in self.records.list_all() if hasattr(self, "records") else ():
            having = [each for each in self.services if each.may_remove(job.id)]
            assert len(having) <= 1 or JobState(job.state).is_final

    @invariant()
    def no_fate_changes(self) -> None:
        for job in self.records.list_all() if hasattr(self, "records") else ():
            key = (job.id, job.attempt)
            if job.verdict is not None:
                assert self.verdicts.setdefault(key, job.verdict) == job.verdict
            if JobState(job.state).is_final:
                assert self.ended.setdefault(key, job.state) == job.state
                assert job.verdict == (Verdict.KEEP if job.state == JobState.SUCCESS else Verdict.UNDO)
            if key in self.removed:
                assert job.verdict == self.removed[key]

    def _try(self, service: Service, job: str, act: object) -> None:
        claim = service.claims[job]
        record = self.records.find(job)
        assert callable(act)
        try:
            act(claim)
        except ClaimLost:
            return
        assert record is not None
        assert (record.service_id, record.claim_number, record.attempt) == (service.id, claim.number, claim.attempt)
        after = self.records.find(job)
        if after is not None and JobState(after.state).is_final:
            del service.claims[job]


TestServices = Services.TestCase
TestServices.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
