"""Nobody changes the audit log unseen."""

import json
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from plugin.service.audit_chain import CHAIN, ChainedFile, verify
from plugin.service.check import check_installation
from plugin.service.vulnerabilities import known_against


def written(path: Path, count: int = 5, *, largest_bytes: int = 2**20) -> None:
    file = ChainedFile(path, largest_bytes=largest_bytes)
    for number in range(count):
        file.append({"action": "act", "resources": [str(number)], "user": "ü"})


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_what_was_written_is_whole(tmp_path: Path) -> None:
    written(tmp_path / "audit.jsonl")
    assert [json.loads(line)["resources"] for line in lines(tmp_path / "audit.jsonl")] == [[str(n)] for n in range(5)]
    assert list(verify(tmp_path / "audit.jsonl")) == []


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda text: [*text[:2], text[2].replace("act", "cat"), *text[3:]], 3),
        (lambda text: [*text[:2], *text[3:]], 3),
        (lambda text: text[1:], 1),
        (lambda text: [text[1], text[0], *text[2:]], 1),
        (lambda text: [*text[:2], "{}", *text[2:]], 3),
        (lambda text: [*text[:4], text[4][:20]], 5),
    ],
    ids=["changed", "taken out", "begun later", "in another order", "put in", "cut off"],
)
def test_the_first_line_that_is_not_as_written_is_named(
    tmp_path: Path, change: Callable[[list[str]], list[str]], line: int
) -> None:
    path = tmp_path / "audit.jsonl"
    written(path)
    path.write_text("\n".join(change(lines(path))) + "\n", encoding="utf-8")
    assert next(verify(path)).line == line


def test_lines_of_an_older_version_are_continued(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    path.write_text('{"action": "old"}\n{"action": "older"}\n')
    written(path)
    assert list(verify(path)) == []
    path.write_text(path.read_text().replace("older", "other"))
    assert next(verify(path)).line == 3


def test_a_line_that_a_crash_cut_off_does_not_spoil_the_next(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    written(path)
    with path.open("a") as file:
        file.write('{"action": "half')
    written(path, 2)
    assert [each.line for each in verify(path)] == [6]
    assert json.loads(lines(path)[-1])[CHAIN]


def test_large_files_are_put_aside_and_belong_together(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    written(path, 40, largest_bytes=1500)
    aside = sorted(tmp_path.glob("audit-*.jsonl"))
    assert len(aside) > 1
    assert all(file.stat().st_mode & 0o077 == 0 for file in (*aside, path))
    assert list(verify(path)) == []
    aside[1].unlink()
    assert [each.reason for each in verify(path)] == ["does not continue the file before it"]


def _append_from_another_process(path: str) -> None:
    written(Path(path), 50, largest_bytes=4000)


def test_several_services_write_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    with ProcessPoolExecutor(3) as processes:
        list(processes.map(_append_from_another_process, [str(path)] * 3))
    assert list(verify(path)) == []
    whole = [line for file in (*tmp_path.glob("audit-*.jsonl"), path) for line in lines(file)]
    assert sum(json.loads(line)["action"] == "act" for line in whole) == 150


def test_the_command_says_whether_the_log_is_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_installation(tmp_path) == 1
    path = tmp_path / "audit.jsonl"
    written(path)
    check_installation(tmp_path)
    assert "The audit log is whole" in capsys.readouterr().out
    path.write_bytes(os.linesep.join(lines(path)[1:]).encode() + b"\n")
    assert check_installation(tmp_path) == 1
    assert "audit.jsonl, line 1: does not follow from the line before it" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("version", "names"),
    [
        ("1.10.1+dfsg-2", ["CVE-2023-33466", "CVE-2026-5437 to CVE-2026-5445"]),
        ("1.10.1+dfsg-2+deb12u1", ["CVE-2026-5437 to CVE-2026-5445"]),
        ("1.10.1+dfsg-2+deb12u3", ["CVE-2026-5437 to CVE-2026-5445"]),
        ("1:1.12.7+dfsg-3", ["CVE-2026-5437 to CVE-2026-5445"]),
        ("1.12.11", []),
        ("1.13.0", []),
    ],
)
def test_a_package_is_compared_with_what_has_been_published(version: str, names: list[str]) -> None:
    assert [each.name for each in known_against(version)] == names
