import asyncio
import os
import signal
import threading

import psutil
import pytest

from ophtha_core.errors import InvalidInput, UnreadableImage
from plugin.service.errors import NotFound, Unavailable, Unprocessable
from plugin.service.readers import pool
from plugin.service.readers.pool import Readers
from tests.kit.conditions import wait_until
from tests.plugin.service.readers import readings

FILE = "Instance a-b-c"


@pytest.fixture(scope="module")
def readers():
    made = Readers(memory_mb=256, time_limit_s=1.0)
    made.start()
    yield made
    made.close()


def test_what_a_function_makes_of_a_file_comes_back(readers):
    assert readers.call(FILE, len, b"x" * 10_000_000) == 10_000_000
    assert readers.call(FILE, bytes, 3_000_000) == bytes(3_000_000)
    assert readers.call(FILE, readings.process_id) != os.getpid()


def test_the_event_loop_waits_for_an_answer_without_standing_still(readers):
    async def ask() -> list[int]:
        return list(await asyncio.gather(*(readers.ask(FILE, abs, -number) for number in range(50))))

    assert asyncio.run(ask()) == list(range(50))


def test_a_function_refuses_as_it_would_here(readers):
    with pytest.raises(InvalidInput) as refused:
        readers.call(FILE, readings.refuse_field)
    assert (refused.value.field, refused.value.message) == ("Regions[1].End", "lies outside")
    with pytest.raises(UnreadableImage, match="Rows is missing"):
        readers.call(FILE, readings.refuse_image)
    with pytest.raises(NotFound, match="no such frame"):
        readers.call(FILE, readings.miss)


def test_what_nobody_foresaw_is_told_without_the_value(readers):
    with pytest.raises(Unprocessable) as refused:
        readers.call(FILE, readings.quote, "1950-12-24")
    assert refused.value.message == "Instance a-b-c cannot be read (ValueError)"


@pytest.mark.parametrize("function", [readings.wait_forever, readings.compute_forever])
def test_a_file_has_so_much_time(readers, function):
    with pytest.raises(Unprocessable, match="Instance a-b-c cannot be read within 1 s"):
        readers.call(FILE, function)
    assert readers.call(FILE, abs, -1) == 1


def test_a_file_has_so_much_memory(readers):
    assert readers.call(FILE, readings.fill_memory, 100 * 2**20) == 100 * 2**20
    with pytest.raises(Unprocessable, match=r"Instance a-b-c cannot be read \(MemoryError\)"):
        readers.call(FILE, readings.fill_memory, 2**30)
    assert readers.call(FILE, abs, -1) == 1


def test_a_file_larger_than_that_is_not_begun(readers):
    with pytest.raises(Unprocessable, match="larger than 268435456 bytes"):
        readers.call(FILE, len, memoryview(bytearray(2**28 + 1)))


def test_a_file_that_ends_its_reader_twice_is_named(readers):
    with pytest.raises(Unprocessable, match="Instance a-b-c cannot be read: it ends the process"):
        readers.call(FILE, readings.crash)
    assert readers.call(FILE, abs, -1) == 1


def test_a_reader_that_ends_once_is_not_the_files_fault(readers, tmp_path):
    assert readers.call(FILE, readings.crash_once, str(tmp_path / "marker")) == "read"


def test_readers_are_ended_by_others_without_a_client_noticing(readers):
    for _ in range(3):
        os.kill(readers.call(FILE, readings.process_id), signal.SIGKILL)
        assert readers.call(FILE, abs, -1) == 1


def test_a_template_that_was_ended_is_started_again(readers):
    reader = psutil.Process(readers.call(FILE, readings.process_id))
    template = reader.parent()
    assert template is not None
    template.kill()
    wait_until(lambda: not reader.is_running() or reader.status() == psutil.STATUS_ZOMBIE, what="end of the reader")
    assert readers.call(FILE, abs, -1) == 1


def test_a_reader_writes_no_value_to_the_log(readers, capfd):
    readers.call(FILE, readings.warn, "1950-12-24")
    assert "1950" not in "".join(capfd.readouterr())


def test_a_queue_that_is_full_says_when_to_come_back(readers, monkeypatch, tmp_path):
    monkeypatch.setattr(pool, "_LONGEST_QUEUE", 4)
    waiting = [
        threading.Thread(target=readers.call, args=(FILE, readings.wait_for, str(tmp_path / "go"))) for _ in range(4)
    ]
    for thread in waiting:
        thread.start()
    wait_until(lambda: readers.queued == 4, what="a full queue")
    with pytest.raises(Unavailable) as refused:
        readers.call(FILE, abs, -1)
    assert refused.value.headers() == {"Retry-After": "2"}
    (tmp_path / "go").touch()
    for thread in waiting:
        thread.join()
    assert readers.call(FILE, abs, -1) == 1


def test_all_readers_end_with_the_pool():
    own = Readers(memory_mb=256, time_limit_s=10)
    own.start()
    reader = psutil.Process(own.call(FILE, readings.process_id))
    template = reader.parent()
    assert template is not None
    own.close()
    assert not psutil.pid_exists(template.pid)
    wait_until(lambda: not psutil.pid_exists(reader.pid), what="end of the reader")
    with pytest.raises(Unavailable):
        own.call(FILE, abs, -1)
