"""Two hundred clients of every kind of route, in an Orthanc of few threads and of many."""

from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.kit.conditions import wait_until
from tests.kit.crowd import Archive, Call, ask, crowd
from tests.kit.product import Product

CLIENTS = 200
SYSTEM = Call("GET", "/system")


def answers(product: Product, call: Call) -> bool:
    with suppress(OSError):
        return ask(product, call) == 200
    return False


def kill_one(product: Product, victim: str) -> None:
    processes = [product.service_process()] if victim == "service" else product.worker_processes()
    for process in processes[:1]:
        with suppress(psutil.NoSuchProcess):
            process.kill()


@pytest.mark.parametrize("threads", [4, 10, 50])
def test_every_call_is_answered_and_orthanc_goes_on(orthanc_installed: None, tmp_path: Path, threads: int) -> None:
    with Product(tmp_path / "product", orthanc={"HttpThreadsCount": threads}) as product:
        product.wait_for_workers()
        archive = Archive.fill(product)
        calls = archive.calls()
        with crowd(product, calls, clients=CLIENTS) as outcome:
            wait_until(lambda: outcome.answers.total() >= CLIENTS, what="answers to the crowd", timeout_s=120)
            assert [ask(product, SYSTEM) for _ in range(10)] == [200] * 10
        assert not outcome.failures
        assert set(outcome.statuses()) == {200, 503}, outcome.answers
        for call in (*calls, SYSTEM):
            wait_until(lambda call=call: answers(product, call), what=f"answer to {call} afterwards", timeout_s=60)


def test_a_crowd_outlasts_the_end_of_workers_and_service(orthanc_installed: None, tmp_path: Path) -> None:
    with Product(tmp_path / "product", orthanc={"HttpThreadsCount": 10}) as product:
        product.wait_for_workers()
        archive = Archive.fill(product)
        calls = archive.calls()
        with crowd(product, calls, clients=CLIENTS) as outcome:
            for victim in ("worker", "service", "worker"):
                before = outcome.answers.total()
                kill_one(product, victim)
                wait_until(
                    lambda before=before: outcome.answers.total() >= before + CLIENTS // 2,
                    what=f"answers after the end of a {victim}",
                    timeout_s=120,
                )
                assert ask(product, SYSTEM) == 200
        assert not outcome.failures
        assert set(outcome.statuses()) <= {200, 503}, outcome.answers
        for call in (*calls, SYSTEM):
            wait_until(lambda call=call: answers(product, call), what=f"answer to {call} afterwards", timeout_s=60)
