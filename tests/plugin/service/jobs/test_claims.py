"""One service works on a job at a time, and what an attempt stored has one fate, on every database."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from plugin.service.jobs.claim import Claim, ClaimLost
from plugin.service.jobs.record import JobState, Verdict
from plugin.service.jobs.records import JobRecords
from plugin.service.records import Sessions, open_database, sessions
from tests.kit.postgresql import postgresql, postgresql_missing
from tests.plugin.service.jobs.services import TIMING, Clock, Service, add_job


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sessions]:
    with _url(request.param, tmp_path_factory) as url:
        engine = open_database(url)
        yield sessions(engine)
        engine.dispose()


@contextmanager
def _url(kind: str, folders: pytest.TempPathFactory) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folders.mktemp('records') / 'records.db'}"
        return
    missing = postgresql_missing()
    if missing is not None:
        pytest.skip(missing)
    with postgresql() as url:
        yield url


@pytest.fixture
def services(database: Sessions, tmp_path: Path) -> Iterator[tuple[Service, Service]]:
    """Two of them, each in a folder of its own: they see each other by the beat only."""
    both = (Service(database, tmp_path / "a"), Service(database, tmp_path / "b"))
    for service in both:
        service.presence.enter()
    yield both
    for service in both:
        with service.presence.leave():
            pass


@pytest.fixture
def job(database: Sessions) -> str:
    return add_job(JobRecords(database))


def claimed(service: Service, job: str) -> Claim:
    service.look()
    claim = service.claim(job)
    assert claim is not None
    return claim


def let_be_gone(gone: Service, observer: Service) -> None:
    """``gone`` is not heard for as long as it takes."""
    observer.look()
    observer.clock.time_s += TIMING.still_s
    observer.beat()
    observer.look()
    assert gone.id in observer.others.gone


def test_of_many_that_claim_a_job_one_gets_it(database: Sessions, tmp_path: Path, job: str) -> None:
    many = [Service(database, tmp_path / str(number)) for number in range(6)]
    for service in many:
        service.presence.enter()
    start = threading.Barrier(len(many))
    claims: list[Claim] = []

    def claim(service: Service) -> None:
        start.wait()
        found = service.claim(job)
        if found is not None:
            claims.append(found)

    threads = [threading.Thread(target=claim, args=(service,)) for service in many]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claims) == 1
    assert claims[0].is_first
    for service in many:
        with service.presence.leave() as session:
            service.records.release(session, service.id)


def test_a_job_stays_with_a_service_that_is_heard(services: tuple[Service, Service], job: str) -> None:
    a, b = services
    claim = claimed(a, job)
    for _ in range(5):
        b.clock.time_s += TIMING.still_s - 1
        a.beat()
        b.look()
        assert b.claim(job) is None
    a.records.change(claim, {"progress": 0.5})


def test_a_job_of_a_service_that_is_gone_is_another_s_with_the_same_plan(
    services: tuple[Service, Service], job: str
) -> None:
    a, b = services
    stale = claimed(a, job)
    let_be_gone(a, b)
    claim = claimed(b, job)
    assert (claim.number, claim.attempt, claim.is_first) == (2, 1, False)
    record = b.records.find(job)
    assert record is not None
    assert record.plan == {"key": "secret"}
    # The first one wakes: whatever it believes, it changes nothing.
    for act in (
        lambda: a.records.change(stale, {"plan": {}}),
        lambda: a.records.decide(stale, Verdict.KEEP),
        lambda: a.records.decide(stale, Verdict.UNDO),
        lambda: a.records.succeed(stale, {}),
        lambda: a.records.fail(stale, {}),
        lambda: a.records.require(stale),
    ):
        with pytest.raises(ClaimLost):
            act()
    a.beat()
    assert not a.may_remove(job)
    b.records.succeed(claim, {"progress": 1.0})


def test_a_service_that_beats_in_the_last_moment_keeps_its_job(services: tuple[Service, Service], job: str) -> None:
    a, b = services
    claim = claimed(a, job)
    let_be_gone(a, b)
    a.beat()
    assert b.claim(job) is None
    a.records.require(claim)
    assert a.may_remove(job)


def test_certainty_ends_before_another_can_take_over(tmp_path: Path, database: Sessions) -> None:
    service = Service(database, tmp_path, Clock(0.0))
    service.presence.enter()
    service.clock.time_s = TIMING.still_s - 0.001
    assert service.presence.is_certain
    service.clock.time_s = TIMING.still_s
    assert not service.presence.is_certain
    service.beat()
    assert service.presence.is_certain
    service.presence.falter()
    service.beat()
    assert not service.presence.is_certain
    with service.presence.leave():
        pass


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_verdict_is_written_once(services: tuple[Service, Service], job: str, verdict: Verdict) -> None:
    a, b = services
    claim = claimed(a, job)
    assert a.records.decide(claim, verdict, {"plan": {"stage": "settled"}}) is verdict
    for other in Verdict:
        assert a.records.decide(claim, other, {"plan": {"stage": "changed"}}) is verdict
    let_be_gone(a, b)
    claim = claimed(b, job)
    record = b.records.find(job)
    assert record is not None
    assert (record.verdict, record.plan) == (verdict, {"stage": "settled"})
    wrong, right = (b.records.fail, b.records.succeed)
    if verdict is Verdict.UNDO:
        wrong, right = right, wrong
    with pytest.raises(ClaimLost):
        wrong(claim, {})
    right(claim, {})


def test_a_failed_job_gets_a_new_attempt_that_the_old_one_cannot_touch(
    services: tuple[Service, Service], job: str
) -> None:
    a, b = services
    old = claimed(a, job)
    a.records.decide(old, Verdict.UNDO, {"error_code": 8})
    a.records.fail(old, {})
    assert b.records.resubmit(job, attempt=1)
    assert not a.records.resubmit(job, attempt=1)  # asked at both
    record = b.records.find(job)
    assert record is not None
    assert (record.attempt, record.verdict, record.plan, record.error_code) == (2, None, None, 0)
    claim = claimed(b, job)
    assert claim.is_first
    assert claim.attempt == 2
    with pytest.raises(ClaimLost):
        a.records.decide(old, Verdict.UNDO)
    b.records.succeed(claim, {})


def test_what_an_undone_attempt_planned_outlives_its_job(services: tuple[Service, Service], job: str) -> None:
    a, b = services
    claim = claimed(a, job)
    a.records.decide(claim, Verdict.UNDO)
    a.records.fail(claim, {})
    record = a.records.find(job)
    assert record is not None
    assert record.plan is None
    assert b.records.remove(job)
    (undone,) = (each for each in b.records.undone.list_all() if each.job_id == job)
    whole = b.records.undone.recall(undone)
    assert whole is not None
    assert (whole.plan, whole.service_id) == ({"key": "secret"}, a.id)
    b.records.undone.adopt(whole, b.id)
    b.records.undone.forget(whole)
    assert b.records.undone.recall(undone) is None


def test_wishes_are_heard_until_a_job_is_finished_and_not_beyond(services: tuple[Service, Service], job: str) -> None:
    a, b = services
    claim = claimed(a, job)
    assert b.records.pause(job)
    (seen,) = (each for each in a.records.open_jobs() if each.id == job)
    assert seen.state == JobState.PAUSED
    assert b.records.resume(job)
    assert b.records.cancel(job)
    (seen,) = (each for each in a.records.open_jobs() if each.id == job)
    assert (seen.state, seen.wish) == (JobState.RUNNING, "cancel")
    assert not b.records.remove(job)
    a.records.succeed(claim, {})
    for ask in (b.records.cancel, b.records.pause, b.records.resume):
        assert not ask(job)
    record = b.records.find(job)
    assert record is not None
    assert (record.state, record.wish) == (JobState.SUCCESS, None)
    assert not b.records.resubmit(job, attempt=1)
    assert b.records.remove(job)


def test_a_paused_job_is_claimed_by_nobody_unless_it_is_to_end(services: tuple[Service, Service], job: str) -> None:
    a, _ = services
    a.records.pause(job)
    a.look()
    assert a.claim(job) is None
    a.records.cancel(job)
    assert a.claim(job) is not None


def test_a_service_that_leaves_hands_its_jobs_on_at_once(database: Sessions, tmp_path: Path, job: str) -> None:
    a, b = Service(database, tmp_path / "a"), Service(database, tmp_path / "b")
    for service in (a, b):
        service.presence.enter()
    stale = claimed(a, job)
    with a.presence.leave() as session:
        a.records.release(session, a.id)
    claim = claimed(b, job)
    assert not claim.is_first
    with pytest.raises(ClaimLost):
        a.records.change(stale, {"progress": 1.0})
    assert a.id not in b.others.alive
    with b.presence.leave() as session:
        b.records.release(session, b.id)
