"""What readers are asked in tests; files do such things to parsers."""

import os
import signal
import threading
import time
from pathlib import Path

from ophtha_core.errors import InvalidInput, UnreadableImage
from plugin.service.errors import NotFound


def process_id(_: object = None) -> int:
    return os.getpid()


def wait_forever() -> None:
    threading.Event().wait()


def compute_forever() -> None:
    while True:
        time.monotonic()


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def crash_once(marker: str) -> str:
    path = Path(marker)
    if not path.exists():
        path.touch()
        crash()
    return "read"


def fill_memory(size: int) -> int:
    return len(bytearray(size))


def refuse_field() -> None:
    raise InvalidInput("Regions[1].End", "lies outside")


def refuse_image() -> None:
    raise UnreadableImage("Rows is missing")


def miss() -> None:
    raise NotFound("There is no such frame")


def quote(value: str) -> float:
    return float(value)


def warn(value: str) -> None:
    import logging
    import warnings

    warnings.warn(value, UserWarning, stacklevel=1)
    logging.getLogger("pydicom").error(value)


def wait_for(path: str) -> None:
    while not Path(path).exists():
        time.sleep(0.01)
