"""A bound on the time that a stranger's file may hold a worker."""

import faulthandler
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def worker_deadline(time_limit_s: float) -> Iterator[None]:
    """End this process when the block takes longer: a codec that runs for ever hears nobody, and holds its thread.

    The task then runs again in another worker, and is given up when that ends too.
    """
    faulthandler.dump_traceback_later(time_limit_s, exit=True, file=sys.__stderr__ or sys.stderr)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
