import json
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import psutil
import pytest

from plugin.service_process import ServiceProcess
from tests.kit.conditions import wait_until
from tests.kit.product import Product


def test_a_killed_service_is_started_again(fragile_product: Product) -> None:
    first = fragile_product.service_process()
    first.kill()
    psutil.wait_procs([first])

    def restarted() -> bool:
        return fragile_product.get("/plugins/ophtha/status").status_code == 200

    wait_until(restarted, what="restart of the service")
    assert fragile_product.service_process().pid != first.pid


def test_while_the_service_is_away_requests_get_503_and_jobs_stay_those_of_the_core(fragile_product: Product) -> None:
    with fragile_product.without_service():
        answer = fragile_product.get("/plugins/ophtha/status")
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "2"
        assert answer.json()["HttpStatus"] == 503
        assert fragile_product.get("/jobs").json() == []
        assert fragile_product.get("/system").status_code == 200
    wait_until(lambda: fragile_product.get("/plugins/ophtha/status").status_code == 200, what="restart of the service")


def test_when_orthanc_is_killed_the_service_and_its_socket_are_gone_and_a_new_orthanc_starts(
    fragile_product: Product,
) -> None:
    socket_path = fragile_product.socket_path()
    fragile_product.kill()
    wait_until(lambda: not socket_path.exists(), what="removal of the socket")
    fragile_product.start()
    assert fragile_product.get("/plugins/ophtha/status").json()["service"] == "ready"


@pytest.mark.parametrize("end", [Product.kill, Product.stop])
def test_a_locked_database_does_not_keep_the_service_of_an_orthanc_that_ended(
    own_product: Product, end: Callable[[Product], None]
) -> None:
    with closing(sqlite3.connect(own_product.folder / "ophtha" / "records.db", isolation_level=None)) as elsewhere:
        elsewhere.execute("BEGIN EXCLUSIVE")  # as a backup may hold it
        service = own_product.service_process()
        end(own_product)
        assert not service.is_running()
    own_product.start()


def test_the_socket_is_for_the_own_user_only(product: Product) -> None:
    socket_path = product.socket_path()
    assert socket_path.stat().st_mode & 0o777 == 0o600
    assert socket_path.parent.stat().st_mode & 0o777 == 0o700


def test_tools_reset_survives(fragile_product: Product) -> None:
    before = fragile_product.service_process().pid
    assert fragile_product.post("/tools/reset", json={}).status_code == 200

    def back_with_a_new_service() -> bool:
        try:
            answered = fragile_product.get("/plugins/ophtha/status").status_code == 200
        except httpx.TransportError:
            return False
        return answered and fragile_product.service_process().pid != before

    wait_until(back_with_a_new_service, what="restart of Orthanc", timeout_s=120)


def test_no_secret_shows_in_the_process_list(orthanc_installed: None, tmp_path: Path) -> None:
    users = [{"name": "alice", "public_key": "alice-public", "private_key": "alice-very-private", "role": "admin"}]
    with Product(tmp_path, settings={"Users": users}) as running:
        service = running.service_process()
        shown = " ".join(service.cmdline()) + json.dumps(service.environ())
        assert "alice-very-private" not in shown


@pytest.mark.parametrize(
    ("settings", "environment", "named"),
    [
        ({"Wrokers": 2}, {}, "Wrokers"),
        ({"Workers": "many"}, {}, "Workers"),
        ({}, {"OPHTHA_WROKERS": "2"}, "OPHTHA_WROKERS"),
        ({}, {"OPHTHA_USERS": "[{"}, "OPHTHA_USERS"),
        ({"Dask": "tcp://anywhere:8786"}, {}, "Dask"),
        ({"Users": [{"name": "a", "public_key": "k", "private_key": "too-short-not", "role": "king"}]}, {}, "role"),
    ],
)
def test_unknown_and_invalid_settings_stop_the_start_and_are_named(
    orthanc_installed: None, tmp_path: Path, settings: dict[str, object], environment: dict[str, str], named: str
) -> None:
    refused = Product(tmp_path, settings=settings, environment=environment)
    refused.spawn()
    process = refused._process
    assert process is not None
    assert process.wait(30) != 0
    assert named in refused.log()
    assert "too-short-not" not in refused.log()


@pytest.mark.parametrize(("exit_code", "is_started_again"), [(1, True), (2, False)])
def test_a_service_that_refuses_to_start_is_not_asked_again(
    tmp_path: Path, exit_code: int, is_started_again: bool
) -> None:
    runs = tmp_path / "runs"
    interpreter = tmp_path / "python"
    interpreter.write_text(f"#!/bin/sh\necho >> {runs}\nexit {exit_code}\n")
    interpreter.chmod(0o755)
    process = ServiceProcess(interpreter, tmp_path, {})
    before = set(threading.enumerate())
    process.start()
    try:
        if is_started_again:
            wait_until(lambda: runs.exists() and runs.read_text().count("\n") > 1, what="another start")
        else:
            wait_until(lambda: set(threading.enumerate()) <= before, what="the end of the supervision")
            assert runs.read_text() == "\n"
    finally:
        process.stop()
