"""What takes too long ends its process, whatever it does; what does not leaves no trace."""

import subprocess
import sys
from pathlib import Path

_PROGRAM = """
from plugin.service.jobs.deadline import worker_deadline
with worker_deadline({time_limit_s}):
    {work}
print("done")
"""


def outcome_of(work: str, *, time_limit_s: float) -> subprocess.CompletedProcess[str]:
    program = _PROGRAM.format(work=work, time_limit_s=time_limit_s)
    root = Path(__file__).parents[4]
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=root, check=False)


def test_a_block_that_never_ends_ends_its_process() -> None:
    ended = outcome_of("all(iter(lambda: True, False))", time_limit_s=0.2)
    assert (ended.returncode, ended.stdout) == (1, "")


def test_a_block_in_time_goes_on() -> None:
    assert outcome_of("pass", time_limit_s=60).stdout == "done\n"
