"""A service that ended is missed at once on its own machine, however it ended; one that is stopped only in time."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from plugin.service.jobs.presence import Presence
from plugin.service.records import Sessions, open_database, sessions
from tests.kit.conditions import wait_until
from tests.plugin.service.jobs.services import TIMING, Service

_SERVICE = """
import sys, time
from pathlib import Path
from plugin.service.jobs.presence import Presence
from plugin.service.records import open_database, sessions
presence = Presence(sessions(open_database(sys.argv[1])), Path(sys.argv[2]))
presence.enter()
print(presence.id, flush=True)
time.sleep(600)
"""


@contextmanager
def another_process(url: str, folder: Path) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    with subprocess.Popen(
        [sys.executable, "-c", _SERVICE, url, str(folder)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip(), process
        finally:
            process.kill()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'records.db'}"


@pytest.fixture
def records(url: str) -> Iterator[Sessions]:
    engine = open_database(url)
    yield sessions(engine)
    engine.dispose()


@pytest.mark.parametrize("same_folder", [True, False])
def test_a_killed_service_is_gone(records: Sessions, url: str, tmp_path: Path, same_folder: bool) -> None:
    observer = Service(records, tmp_path / "services")
    observer.presence.enter()
    with another_process(url, tmp_path / ("services" if same_folder else "elsewhere")) as (other, process):
        observer.look()
        assert observer.others.alive == {other}
        process.kill()
        process.wait()
        observer.look()
        assert (other in observer.others.gone) is same_folder
        observer.clock.time_s += TIMING.still_s
        observer.look()
        assert other in observer.others.gone
        observer.presence.forget(observer.others.gone)
        observer.look()
        assert not observer.others.gone
        assert [each.name.partition(".")[0] for each in (tmp_path / "services").iterdir()] == [observer.id]
    with observer.presence.leave():
        pass
    assert list((tmp_path / "services").iterdir()) == []


def test_a_stopped_service_is_gone_only_when_it_was_not_heard_for_long(
    records: Sessions, url: str, tmp_path: Path
) -> None:
    observer = Service(records, tmp_path / "services")
    observer.presence.enter()
    with another_process(url, tmp_path / "services") as (other, process):
        process.send_signal(signal.SIGSTOP)
        observer.look()
        observer.clock.time_s += TIMING.still_s - 1
        observer.look()
        assert observer.others.alive == {other}
        observer.clock.time_s += 1
        observer.look()
        assert observer.others.gone == {other: 1}


def test_a_service_that_was_struck_off_beats_again(records: Sessions, tmp_path: Path) -> None:
    a, b = (Service(records, tmp_path / name) for name in "ab")
    for service in (a, b):
        service.presence.enter()
    b.look()
    b.clock.time_s += TIMING.still_s
    b.look()
    b.presence.forget(b.others.gone)
    a.clock.time_s += TIMING.still_s
    assert not a.presence.is_certain
    a.beat()
    assert a.presence.is_certain
    b.look()
    assert b.others.alive == {a.id}


def test_presences_of_one_process_are_told_apart(records: Sessions, tmp_path: Path) -> None:
    a, b = Presence(records, tmp_path), Presence(records, tmp_path)
    a.enter()
    b.enter()
    wait_until(lambda: b.id in a.others().alive, what="the other one")
    with b.leave():
        pass
    assert a.others().alive == frozenset()
