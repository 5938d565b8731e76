"""A file of lines of which each tells what stood before it: nobody takes one out or changes one unseen."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

CHAIN: Final = "chain"
CONTINUED: Final = "audit continued"
_PREVIOUS: Final = "previous"
_BEGINNING: Final = ""
_PIECE_BYTES: Final = 1 << 16


class ChainedFile:
    """Appends lines; several services may append to the same file. A file that has grown large is put aside."""

    def __init__(self, path: Path, *, largest_bytes: int) -> None:
        self._path = path
        self._largest_bytes = largest_bytes
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)

    def append(self, line: Mapping[str, object]) -> None:
        """Raises OSError."""
        with self._alone(), self._path.open("a+b") as file:
            previous = _last_link(file)
            if file.seek(0, os.SEEK_END) < self._largest_bytes:
                file.write(_chained(line, previous))
                return
        with self._alone():
            self._continue(line)

    def _continue(self, line: Mapping[str, object]) -> None:
        """In a new file, whose first line tells how the old one ends."""
        with self._path.open("rb") as file:
            previous = _last_link(file)
            is_still_large = file.seek(0, os.SEEK_END) >= self._largest_bytes
        if is_still_large:  # no other service was faster
            aside = put_aside_name(self._path)
            self._path.rename(aside)
            self._path.touch(mode=0o600)
            first = {"action": CONTINUED, "resources": [aside.name], _PREVIOUS: previous}
            self._path.write_bytes(_chained(first, previous))
        with self._path.open("a+b") as file:
            file.write(_chained(line, _last_link(file)))

    def _alone(self) -> "_Lock":
        return _Lock(self._path.with_name(self._path.name + ".lock"))


class _Lock:
    """Held by one service, and in it by one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        os.close(self._file)


@dataclass(frozen=True)
class Broken:
    """Where a file is not what was written."""

    file: str
    line: int
    reason: str


def verify(path: Path) -> Iterator[Broken]:
    """What is wrong with a file and with those that were put aside before it, the oldest first."""
    end: str | None = None
    for file in [*sorted(path.parent.glob(f"{path.stem}-*{path.suffix}")), path]:
        if file.exists():
            broken, end = _verified(file, end)
            yield from broken


def put_aside_name(path: Path) -> Path:
    """Sorted by time, these come before one another as they were written."""
    return path.with_name(f"{path.stem}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}{path.suffix}")


def _verified(path: Path, end_before: str | None) -> tuple[list[Broken], str | None]:
    broken: list[Broken] = []
    previous, had_chain = _BEGINNING, False
    with path.open("rb") as file:
        for number, text in enumerate(file, start=1):
            line = _parsed(text)
            if line is None:
                broken.append(Broken(path.name, number, "is no line of the audit log"))
            elif CHAIN in line:
                if number == 1 and line.get("action") == CONTINUED:
                    previous = str(line.get(_PREVIOUS))
                    if end_before is not None and previous != end_before:
                        broken.append(Broken(path.name, number, "does not continue the file before it"))
                if _link(line, previous) != line[CHAIN]:
                    broken.append(Broken(path.name, number, "does not follow from the line before it"))
            elif had_chain:
                broken.append(Broken(path.name, number, "has lost its link"))
            had_chain = line is not None and CHAIN in line
            previous = _link_of(text)
    return broken, previous


def _chained(line: Mapping[str, object], previous: str) -> bytes:
    return json.dumps({**line, CHAIN: _link(line, previous)}, ensure_ascii=False).encode() + b"\n"


def _link(line: Mapping[str, object], previous: str) -> str:
    content = json.dumps({name: value for name, value in line.items() if name != CHAIN}, sort_keys=True)
    return hashlib.sha256(f"{previous}\n{content}".encode()).hexdigest()


def _link_of(text: bytes) -> str:
    """What the next line is chained to; lines of older versions have no link of their own."""
    line = _parsed(text)
    return str(line[CHAIN]) if line is not None and CHAIN in line else hashlib.sha256(text.strip()).hexdigest()


def _parsed(text: bytes) -> Mapping[str, object] | None:
    try:
        line = json.loads(text)
    except ValueError:
        return None
    return line if isinstance(line, dict) else None


def _last_link(file: BinaryIO) -> str:
    """Of the last line; one that was cut off by a crash is ended first, where the file may be written."""
    end = file.seek(0, os.SEEK_END)
    if end == 0:
        return _BEGINNING
    tail = b""
    while b"\n" not in tail[:-1] and end > 0:
        begin = max(0, end - _PIECE_BYTES)
        file.seek(begin)
        tail = file.read(end - begin) + tail
        end = begin
    if not tail.endswith(b"\n") and file.writable():
        file.write(b"\n")
    return _link_of(tail.removesuffix(b"\n").rpartition(b"\n")[2])
