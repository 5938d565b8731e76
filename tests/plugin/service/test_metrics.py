"""What Prometheus reads."""

import re
from datetime import timedelta

from plugin.service.jobs.record import JobRecord
from plugin.service.metrics import Gauge, _of_jobs
from plugin.service.records import now
from tests.kit.product import Product

_SAMPLE = re.compile(r'[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? [-+0-9.e]+')


def job(kind: str, state: str, *, runtime_s: float = 0.0, error_code: int = 0, age_s: float = 0.0) -> JobRecord:
    created_at = now() - timedelta(seconds=age_s)
    return JobRecord(kind=kind, state=state, runtime_s=runtime_s, error_code=error_code, created_at=created_at)


def gauges(*records: JobRecord) -> dict[str, Gauge]:
    return {gauge.name: gauge for gauge in _of_jobs(records)}


def test_jobs_are_counted_by_type_state_and_error() -> None:
    found = gauges(job("A", "Success"), job("A", "Success"), job("B", "Failure", error_code=9), job("B", "Running"))
    assert found["ophtha_jobs"].values == {
        (("type", "A"), ("state", "Success")): 2,
        (("type", "B"), ("state", "Failure")): 1,
        (("type", "B"), ("state", "Running")): 1,
    }
    assert found["ophtha_jobs_failed"].values == {(("type", "B"), ("error_code", "9")): 1}


def test_quantiles_are_of_successful_jobs() -> None:
    records = [job("A", "Success", runtime_s=float(seconds)) for seconds in range(101)]
    found = gauges(*records, job("A", "Failure", runtime_s=1e6))["ophtha_job_runtime_seconds"].values
    assert found == {
        (("type", "A"), ("quantile", "0.5")): 50,
        (("type", "A"), ("quantile", "0.9")): 90,
        (("type", "A"), ("quantile", "0.99")): 99,
    }
    assert set(gauges(job("A", "Success", runtime_s=3.0))["ophtha_job_runtime_seconds"].values.values()) == {3.0}


def test_the_wait_is_that_of_the_oldest_pending_job() -> None:
    found = gauges(job("A", "Pending", age_s=10), job("A", "Pending", age_s=600), job("A", "Running", age_s=1e5))
    (waited_s,) = found["ophtha_job_longest_wait_seconds"].values.values()
    assert 600 <= waited_s < 660
    assert list(gauges()["ophtha_job_longest_wait_seconds"].values.values()) == [0]


def test_a_label_may_hold_anything() -> None:
    assert list(Gauge("g", "A gauge.", {(("name", 'a"b\\c\nd'),): 1}).lines())[2] == r'g{name="a\"b\\c\nd"} 1'


def test_orthancs_port_serves_the_text_format(product: Product) -> None:
    answer = product.get("/plugins/ophtha/metrics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    samples = [line for line in lines if not line.startswith("#")]
    assert all(_SAMPLE.fullmatch(line) for line in samples)
    assert "ophtha_workers 2" in samples
    names = {re.split(r"[{ ]", line)[0] for line in samples}
    assert names <= {line.split()[2] for line in lines if line.startswith("# TYPE")}
