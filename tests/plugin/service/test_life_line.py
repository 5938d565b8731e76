"""A service whose Orthanc is gone ends, whatever keeps it."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

_REPOSITORY = Path(__file__).parents[3]
_SERVICE = """
import asyncio, time
from plugin.service import life_line

async def serve():
    line = asyncio.create_task(life_line.cut())
    await asyncio.sleep(0)
    print("begun", flush=True)
    {work}

asyncio.run(serve())
"""
_ENDS_BY_ITSELF = "await line"
_LOOP_IS_BUSY = "time.sleep(3600)"
_THREAD_HANGS = "await line; await asyncio.to_thread(time.sleep, 3600)"
Process = subprocess.Popen[str]


def cut_line(process: Process) -> None:
    assert process.stdin is not None
    process.stdin.close()


def terminate(process: Process) -> None:
    process.send_signal(signal.SIGTERM)


@pytest.mark.parametrize(
    ("work", "end", "code"),
    [
        (_ENDS_BY_ITSELF, cut_line, 0),
        (_ENDS_BY_ITSELF, terminate, 0),
        (_LOOP_IS_BUSY, cut_line, 1),
        (_THREAD_HANGS, terminate, 1),
    ],
)
def test_it_ends_by_itself_or_is_ended_and_says_where_it_was(
    work: str, end: Callable[[Process], None], code: int
) -> None:
    command = [sys.executable, "-c", _SERVICE.format(work=work)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=_REPOSITORY, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
            end(process)
            assert process.wait(60) == code
            assert process.stderr is not None
            assert ("in serve" in process.stderr.read()) is (code == 1 and work == _LOOP_IS_BUSY)
        finally:
            process.kill()
