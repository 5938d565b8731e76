"""Somebody to try the product out as: exists only below ``make run``, for this machine, where nobody is asked.

No setting makes it: an installed or containerised service has no such parent process.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from plugin.service.access.person import KnownBy, Person
from plugin.service.config import Configuration, Role

DEMO_NAME: Final = "demo"
_TRYING_OUT: Final = [b"-m", b"plugin.standalone.run"]


def demo_person(configuration: Configuration) -> Person | None:
    """None for everything but a plain ``make run``."""
    is_plain = not (configuration.ophtha.users or configuration.ophtha.trusted_proxy)
    if not is_plain or configuration.orthanc.is_open_to_others or not _is_tried_out():
        return None
    return Person(DEMO_NAME, Role.USER, KnownBy.DEMO)


def _is_tried_out() -> bool:
    """Whether the service is a descendant of the module that ``make run`` starts, run by the same user."""
    try:
        return any(_is_make_run(process) for process in _ancestors())
    except (OSError, ValueError):
        return False


def _ancestors() -> Iterator[Path]:
    parent = os.getppid()
    while parent > 1:
        process = Path("/proc") / str(parent)
        yield process
        after_name = (process / "stat").read_text().rpartition(")")[2]
        parent = int(after_name.split()[1])


def _is_make_run(process: Path) -> bool:
    arguments = (process / "cmdline").read_bytes().split(b"\0")
    return process.stat().st_uid == os.getuid() and arguments[1:3] == _TRYING_OUT
