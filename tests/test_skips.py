import subprocess
import sys
from pathlib import Path

from tests.skips import summary

_SKIPPING = """
import pytest

@pytest.mark.parametrize("number", range(3))
def test_of_a_client(number):
    pytest.skip("the client has no version for this Python")

def test_of_a_disk():
    pytest.skip("only root can mount a small disk")

def test_that_runs():
    pass
"""


def test_each_reason_is_named_once_with_its_number_over_all_runs(tmp_path: Path) -> None:
    script = tmp_path / "test_skipping.py"
    script.write_text(_SKIPPING)
    results = [tmp_path / "service.xml", tmp_path / "rest.xml"]
    for path in results:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(script), f"--junitxml={path}"]
        subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)
    assert summary([*results, tmp_path / "never-written.xml"]).splitlines() == [
        "Skipped: 8 tests",
        "    6  the client has no version for this Python",
        "    2  only root can mount a small disk",
    ]


def test_a_run_without_skips_says_so() -> None:
    assert summary([]) == "Skipped: 0 tests"
