"""Whether the place of the records can be used, before anything is opened.

Also asked when the settings are checked, before Orthanc lets the service start: without SQLAlchemy, whose import takes
longer than all the questions.
"""

import os
import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

MIGRATIONS = Path(__file__).parent / "migrations"
_NETWORK_FILE_SYSTEMS = frozenset(
    (
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "coda",
        "glusterfs",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "smb3",
        "smbfs",
    )
)
_IN_USER_SPACE = frozenset(("beegfs", "ceph", "davfs", "gcsfuse", "glusterfs", "juicefs", "s3fs", "sshfs"))
"""Network file systems whose mounts are called ``fuse.<name>``."""
_MOUNTS = Path("/proc/self/mounts")
_ANSWER_WITHIN_S = 5


class UnusableRecords(Exception):
    """The records cannot be used as they are; the text says what to do."""


def require_usable(url: str) -> None:
    """Raises UnusableRecords for a SQLite file on a network file system, and for tables of a newer version.

    A database that does not answer now is no reason: it may later.
    """
    if urlsplit(url).scheme.partition("+")[0] == "sqlite":
        path = _sqlite_file(url)
        if path is None:
            return
        file_system = network_file_system(path, _mounts())
        if file_system is not None:
            raise UnusableRecords(
                f"Ophtha.Database: the records {path} lie on a network file system ({file_system}), where SQLite loses "
                "data: choose a local Storage, or a PostgreSQL database"
            )
        found = _sqlite_revision(path)
    else:
        found = _postgresql_revision(url)
    known = sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("*_*.py"))
    if found is not None and found not in known:
        raise UnusableRecords(
            f"Ophtha.Database: a newer version has written the records (their tables are {found}, this version knows "
            f"them up to {known[-1]}): install that version, or restore the records of this one"
        )


def network_file_system(path: Path, mounts: Iterable[tuple[str, str]]) -> str | None:
    """Name of the file system that a path, which need not exist, lies on, if it is a network's.

    ``mounts`` are folders and the file systems mounted there, the newest last.
    """
    parents = {path, *path.parents}
    at = [(Path(folder), name) for folder, name in mounts if Path(folder) in parents]
    if not at:
        return None
    deepest = max(len(folder.parts) for folder, _ in at)
    name = next(name for folder, name in reversed(at) if len(folder.parts) == deepest)
    kind, _, implementation = name.partition(".")
    is_network = implementation in _IN_USER_SPACE if kind in ("fuse", "fuseblk") else kind in _NETWORK_FILE_SYSTEMS
    return name if is_network else None


def _mounts() -> list[tuple[str, str]]:
    """What is mounted where, in the order it was."""
    fields = (line.split(" ") for line in os.fsdecode(_MOUNTS.read_bytes()).splitlines())
    return [(_unescaped(folder), name) for _, folder, name, *_ in fields]


def _unescaped(folder: str) -> str:
    r"""Blanks are written as ``\040``."""
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), folder)


def _sqlite_file(url: str) -> Path | None:
    """The file of an SQLAlchemy URL, with links followed; None for one in memory."""
    _, _, path = url.partition(":///")
    path = path.partition("?")[0]
    return Path(unquote(path)).resolve() if path and path != ":memory:" else None


def _sqlite_revision(path: Path) -> str | None:
    if not path.exists() or not path.stat().st_size:
        return None
    try:
        with closing(sqlite3.connect(path, timeout=_ANSWER_WITHIN_S)) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error:
        return None
    return None if row is None else str(row[0])


def _postgresql_revision(url: str) -> str | None:
    import psycopg  # only where it is used: a tenth of a second

    _, separator, rest = url.partition("://")
    try:
        with psycopg.connect(f"postgresql{separator}{rest}", connect_timeout=_ANSWER_WITHIN_S) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except psycopg.Error:
        return None
    return None if row is None else str(row[0])
