"""Whoever is to be told of ends of jobs hears of each, whatever fails in between."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import select

from plugin.service.config import JobWebhook
from plugin.service.jobs.claim import Claim
from plugin.service.jobs.notices import JobNotice, JobNotices
from plugin.service.jobs.presence import ServiceRecord
from plugin.service.jobs.record import JobState, Verdict
from plugin.service.jobs.records import JobRecords
from plugin.service.jobs.webhook import Rhythm, Webhook, signature
from plugin.service.records import Sessions, open_database, sessions
from tests.kit.conditions import wait_until
from tests.kit.product import Product
from tests.plugin.service.pixels_masker.phantoms import StudyIds, slices, to_bytes

SECRET = "a long secret"
QUICK = Rhythm(look_every_s=0.01, first_wait_s=0.01, longest_wait_s=0.02, lease_s=0.5)
LEASE = timedelta(seconds=60)


@dataclass
class Listener:
    """An address; answers ``statuses`` one after the other, then 204."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    heard: list[dict[str, object]] = field(default_factory=list)
    deliveries: list[str] = field(default_factory=list)

    def states(self) -> list[tuple[object, object]]:
        return [(each["Attempt"], each["State"]) for each in self.heard]


@contextmanager
def listener(*statuses: int) -> Iterator[Listener]:
    found = Listener(statuses=list(statuses))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            expected = signature(SECRET, self.headers["X-Ophtha-Timestamp"], body)
            status = found.statuses.pop(0) if found.statuses else 204
            if self.headers["X-Ophtha-Signature"] != expected:
                status = 401
            elif status == 204:
                found.heard.append(json.loads(body))
            found.deliveries.append(self.headers["X-Ophtha-Delivery"])
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.url = f"http://127.0.0.1:{server.server_port}/jobs"
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield found
        finally:
            server.shutdown()


@pytest.fixture
def factory(tmp_path: Path) -> Iterator[Sessions]:
    engine = open_database(f"sqlite:///{tmp_path / 'records.db'}")
    made = sessions(engine)
    with made.begin() as session:
        session.add(ServiceRecord(id="here", beat=1))
    yield made
    engine.dispose()


def run_job(records: JobRecords, job_id: str, state: JobState) -> None:
    """To its end."""
    job = next(each for each in records.open_jobs() if each.id == job_id)
    record = records.claim(job, service_id="here", beat_of_holder=None)
    assert record is not None
    claim = Claim(job_id=job_id, attempt=record.attempt, service_id="here", number=record.claim_number)
    if state == JobState.SUCCESS:
        records.succeed(claim, {})
    else:
        records.decide(claim, Verdict.UNDO)
        records.fail(claim, {"error_code": 9})


def add_job(records: JobRecords) -> str:
    return records.add(kind="PixelsMasker", request={"PatientName": "DOE"}, owner=None, priority=0, content={}).id


def trials(factory: Sessions) -> int:
    with factory() as session:
        return session.scalar(select(JobNotice.trials)) or 0


def tell(notices: JobNotices, url: str, until: Callable[[], bool]) -> None:
    async def run() -> None:
        async with Webhook(JobWebhook(url=url, secret=SECRET), notices, QUICK):  # type: ignore[arg-type]
            while not until():
                await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(run(), 30))


def test_each_attempt_of_a_job_is_told_with_its_end_and_without_a_word_of_the_patient(factory: Sessions) -> None:
    notices = JobNotices(factory)
    records = JobRecords(factory, notices)
    job = add_job(records)
    run_job(records, job, JobState.FAILURE)
    assert records.resubmit(job, attempt=1)
    run_job(records, job, JobState.SUCCESS)
    with listener() as address:
        tell(notices, address.url, lambda: len(address.heard) == 2)
    assert sorted(address.states()) == [(1, "Failure"), (2, "Success")]
    assert address.heard[0]["JobId"] == job
    assert address.heard[0]["ErrorCode"] == 9
    assert address.heard[0].keys() == {"JobId", "Attempt", "Type", "State", "ErrorCode", "CompletedAt"}


@pytest.mark.parametrize("refusals", [[500, 503], [302], [404]])
def test_an_address_that_refuses_is_asked_again_and_hears_the_same_delivery(
    factory: Sessions, refusals: list[int]
) -> None:
    notices = JobNotices(factory)
    records = JobRecords(factory, notices)
    run_job(records, add_job(records), JobState.SUCCESS)
    with listener(*refusals) as address:
        tell(notices, address.url, lambda: len(address.heard) == 1)
    assert len(address.deliveries) == len(refusals) + 1
    assert len(set(address.deliveries)) == 1


def test_an_address_that_is_away_hears_of_it_when_it_is_back_and_the_service_was_started_again(
    factory: Sessions,
) -> None:
    notices = JobNotices(factory)
    records = JobRecords(factory, notices)
    run_job(records, add_job(records), JobState.SUCCESS)
    with listener() as address:
        gone = address.url
    tell(notices, gone, lambda: trials(factory) > 1)
    with listener() as address:
        tell(notices, address.url, lambda: len(address.heard) == 1)


def test_two_services_do_not_tell_the_same_at_once(factory: Sessions) -> None:
    notices, others = JobNotices(factory), JobNotices(factory)
    records = JobRecords(factory, notices)
    run_job(records, add_job(records), JobState.SUCCESS)
    assert len(notices.take(LEASE)) == 1
    assert others.take(LEASE) == []


def test_without_an_address_nothing_is_kept_for_one(factory: Sessions) -> None:
    records = JobRecords(factory)
    run_job(records, add_job(records), JobState.SUCCESS)
    assert JobNotices(factory).take(LEASE) == []


def test_pauses_grow_up_to_an_hour() -> None:
    waits = [Rhythm().wait_after(trials).total_seconds() for trials in (1, 2, 3, 20, 10_000)]
    assert waits == [5, 10, 20, 3600, 3600]


def test_a_masking_job_is_told(orthanc_installed: None, tmp_path: Path) -> None:
    with listener() as address:
        settings = {"Workers": 1, "JobWebhook": {"Url": address.url, "Secret": SECRET}}
        with Product(tmp_path, settings=settings) as product:
            instance = product.upload([to_bytes(each) for each in slices(StudyIds(), 1, rows=8, columns=8)])[0]
            region = {"MaskType": "Fill", "FillValue": 0, "RegionType": "2D", "Origin": [0, 0], "End": [4, 4]}
            study = product.get(f"/instances/{instance}/study").json()["ID"]
            body = {"MaskPixelData": {"Regions": [region]}, "Asynchronous": True}
            job = product.post(f"/plugins/pixels-masker/studies/{study}/modify", json=body).json()["ID"]
            wait_until(lambda: bool(address.heard), what="word of the job", timeout_s=120)
            assert address.heard[0]["JobId"] == job
            assert address.heard[0]["State"] == "Success"
            assert SECRET not in product.log()
