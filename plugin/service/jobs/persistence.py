"""Doing a piece of work on the database for as long as it takes: no job is lost because it was busy or away."""

import asyncio
import logging
from collections.abc import Callable
from itertools import chain, repeat
from typing import TypeVar

from sqlalchemy.exc import OperationalError

_LOG = logging.getLogger(__name__)
_Result = TypeVar("_Result")

WAITS_S = (0.5, 1, 2, 5, 10, 30, 60)
"""Pauses between trials of what must be done at last; the last one repeats."""


async def persist(work: Callable[[], _Result]) -> _Result:
    """``work()`` in a thread, again and again while the database does not answer."""
    for wait_s in chain(WAITS_S, repeat(WAITS_S[-1])):
        try:
            return await asyncio.to_thread(work)
        except OperationalError:
            _LOG.exception("the database does not answer")
            await asyncio.sleep(wait_s)
    raise AssertionError("the waits never end")
