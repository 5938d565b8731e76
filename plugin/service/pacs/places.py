"""How many of Orthanc's HTTP threads the service and its workers may hold, and who is next.

Who has no place waits here and never in Orthanc, whose other clients need its threads. Nobody waits for a place while
holding one: then everybody who holds one gives it back.
"""

import asyncio
import threading
import time
from bisect import insort
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from itertools import count

from plugin.service.errors import Unavailable

PATIENCE_S = 20.0
"""How long a request may wait for a place: the plugin waits no longer than half a minute for all of it."""
_HEAD_START_S = 1.0
"""Who answers a client comes before jobs, except before one that has waited longer than that."""


class NoPlace(Unavailable):
    """Every place is taken, and was for as long as the request may wait."""

    def __init__(self) -> None:
        super().__init__("The service asks as much of Orthanc as its threads allow; ask again in a moment")


class Place:
    """One place, or the wait for it. Leave it in any case."""

    def __init__(self, places: "Places", *, for_job: bool, turn: tuple[float, int]) -> None:
        self._places = places
        self._granted: Future[None] = Future()
        self.for_job = for_job
        self.turn = turn

    def grant(self) -> None:
        self._granted.set_result(None)

    def wait(self, patience_s: float | None) -> None:
        """Wait in a thread. Raises NoPlace."""
        try:
            self._granted.result(patience_s)
        except TimeoutError:
            raise NoPlace from None

    async def granted(self, patience_s: float | None) -> None:
        """Wait in an event loop. Raises NoPlace."""
        try:
            async with asyncio.timeout(patience_s):
                await asyncio.shield(asyncio.wrap_future(self._granted))
        except TimeoutError:
            raise NoPlace from None

    def leave(self) -> None:
        """Give it back, or stop waiting for it."""
        self._places.leave(self)


class Places:
    """The places of one Orthanc. Used from the event loop and from threads."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._free = number
        # Where there are several, jobs never take all of them.
        self._free_for_jobs = number if number == 1 else number - max(1, number // 4)
        self._waiting: list[Place] = []
        self._arrivals = count()
        self._lock = threading.Lock()

    @property
    def free(self) -> int:
        return self._free

    @property
    def awaited(self) -> int:
        """How many wait for a place."""
        return len(self._waiting)

    def enter(self, *, for_job: bool = False) -> Place:
        """Ask for a place."""
        with self._lock:
            due = time.monotonic() + (_HEAD_START_S if for_job else 0.0)
            place = Place(self, for_job=for_job, turn=(due, next(self._arrivals)))
            insort(self._waiting, place, key=lambda each: each.turn)
            self._grant()
        return place

    def leave(self, place: Place) -> None:
        with self._lock:
            if place in self._waiting:
                self._waiting.remove(place)
                return
            self._free += 1
            self._free_for_jobs += place.for_job
            self._grant()

    @contextmanager
    def held(self, *, for_job: bool = False, patience_s: float | None = PATIENCE_S) -> Iterator[None]:
        """Hold a place in a thread. Raises NoPlace."""
        place = self.enter(for_job=for_job)
        try:
            place.wait(patience_s)
            yield
        finally:
            place.leave()

    def _grant(self) -> None:
        for place in list(self._waiting):
            if self._free == 0:
                return
            if place.for_job and self._free_for_jobs == 0:
                continue
            self._waiting.remove(place)
            self._free -= 1
            self._free_for_jobs -= place.for_job
            place.grant()
