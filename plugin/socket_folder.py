"""The private folder of a service's socket, and what Orthancs that were killed have left of theirs."""

import contextlib
import fcntl
import os
import socket
import stat
import tempfile
from pathlib import Path

PREFIX = "ophtha-"
_SOCKET = "service.sock"


class SocketFolder:
    """A folder for this user only, locked while its owner lives: the system drops the lock of whoever dies."""

    def __init__(self) -> None:
        sweep(Path(tempfile.gettempdir()))
        self.path, self._lock = _new_locked_folder()
        self.socket = self.path / _SOCKET

    def keep(self) -> None:
        """Be there and empty for the next service, also after somebody has cleaned up. Raises OSError."""
        self.socket.unlink(missing_ok=True)  # a service that was killed leaves it behind
        if self.path.is_dir():
            return
        self.path.mkdir(mode=0o700)  # never one that another user has put there
        os.close(self._lock)
        self._lock = _locked(self.path)

    def remove(self) -> None:
        with contextlib.suppress(OSError):
            _remove(self.path)
        os.close(self._lock)


def sweep(folder: Path) -> None:
    """Remove what nobody owns any more of this user's socket folders in ``folder``."""
    for each in folder.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):  # somebody else's, or just being removed by another
            if _is_own_folder(each):
                _remove_if_unowned(each)


def _new_locked_folder() -> tuple[Path, int]:
    while True:
        path = Path(tempfile.mkdtemp(prefix=PREFIX))  # mode 0700
        with contextlib.suppress(OSError):  # swept between the two
            lock = _locked(path)
            if path.exists():
                return path, lock
            os.close(lock)


def _is_own_folder(path: Path) -> bool:
    status = path.lstat()
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()


def _remove_if_unowned(path: Path) -> None:
    lock = _locked(path)
    try:
        # Version 0.1.0 locks nothing: its service is heard instead.
        if {each.name for each in path.iterdir()} <= {_SOCKET} and not _is_heard(path / _SOCKET):
            _remove(path)
    finally:
        os.close(lock)


def _is_heard(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def _locked(path: Path) -> int:
    """Raises BlockingIOError when the folder has an owner."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _remove(path: Path) -> None:
    (path / _SOCKET).unlink(missing_ok=True)
    path.rmdir()
