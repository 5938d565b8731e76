"""Free space is looked at before a job starts: a full disk in the middle of one helps nobody."""

import shutil
from pathlib import Path

from plugin.service.errors import StorageFull

RESERVE_BYTES = 256 * 2**20
"""Left to Orthanc and its database in any case."""


def require_free_space(folder: Path, needed_bytes: int) -> None:
    """Raises StorageFull when ``folder`` cannot take that much and keep its reserve."""
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    if free < needed_bytes + RESERVE_BYTES:
        raise StorageFull(
            f"The result needs {_megabytes(needed_bytes)} MB; {_megabytes(free)} MB are free, "
            f"{_megabytes(RESERVE_BYTES)} MB of them reserved"
        )


def _megabytes(size: int) -> int:
    return -(-size // 2**20)
