"""The Pythons of this machine: some clients have no version for the one that runs the tests."""

import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

_NAME = re.compile(r"python3\.(\d+)")


def interpreters(folders: Iterable[Path] | None = None) -> Iterator[Path]:
    """This Python, then every other Python 3 in ``folders`` (default: ``PATH`` and pyenv's), the newest first."""
    this = Path(sys.executable)
    yield this
    found = (path for folder in folders or _folders() if folder.is_dir() for path in folder.iterdir())
    others = {path.resolve(): path for path in found if _NAME.fullmatch(path.name) and os.access(path, os.X_OK)}
    others.pop(this.resolve(), None)
    yield from sorted(others.values(), key=_minor, reverse=True)


def _folders() -> Iterator[Path]:
    yield from (Path(folder) for folder in os.get_exec_path())
    yield from Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob("versions/*/bin")


def _minor(path: Path) -> int:
    name = _NAME.fullmatch(path.name)
    return int(name[1]) if name else 0
