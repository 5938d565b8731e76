"""The service's side of borrowing: lends places to tasks, and takes them back from workers that are gone."""

import asyncio
from contextlib import suppress
from dataclasses import astuple, dataclass, field
from uuid import uuid4

from distributed import Client, Variable

from plugin.service.pacs.borrowing import ASK, GIVE_BACK, OrthancDesk, loan_name
from plugin.service.pacs.orthanc import Orthanc

_EVERYTHING = "all"
"""Dask's own topic of what happens to workers."""


@dataclass
class _Loan:
    worker: str
    for_job: bool
    is_over: asyncio.Event = field(default_factory=asyncio.Event)


class Lending:
    """Places of one Orthanc for the tasks of one service."""

    def __init__(self, orthanc: Orthanc) -> None:
        self.orthanc = orthanc
        name = uuid4().hex
        self.for_jobs = OrthancDesk(name, for_job=True)
        self.for_answers = OrthancDesk(name, for_job=False)
        self._client: Client | None = None
        self._loans: dict[str, _Loan] = {}
        self._lending: set[asyncio.Task[None]] = set()

    def serve(self, client: Client) -> None:
        """Lend to whoever asks by way of this client's scheduler; what was lent by way of another is given back."""
        for loan in self._loans.values():
            loan.is_over.set()
        self._client = client
        client.subscribe_topic(self.for_jobs.topic, self._hear)
        client.subscribe_topic(_EVERYTHING, self._hear_of_workers)

    def _hear(self, event: tuple[object, tuple[str, str, str, bool]]) -> None:
        wish, loan, worker, for_job = event[1]
        if loan in self._loans:
            if wish == GIVE_BACK:
                self._loans[loan].is_over.set()
        elif wish == ASK:
            self._loans[loan] = _Loan(worker, for_job)
            lending = asyncio.create_task(self._lend(loan))
            self._lending.add(lending)
            lending.add_done_callback(self._lending.discard)

    def _hear_of_workers(self, event: tuple[object, dict[str, object]]) -> None:
        """A worker that is gone holds no connection any more."""
        if event[1].get("action") == "remove-worker":
            for loan in self._loans.values():
                if loan.worker == event[1].get("worker"):
                    loan.is_over.set()

    async def _lend(self, loan: str) -> None:
        over = asyncio.create_task(self._loans[loan].is_over.wait())
        place = self.orthanc.places.enter(for_job=self._loans[loan].for_job)
        granted = asyncio.create_task(place.granted(None))
        try:
            await asyncio.wait([granted, over], return_when=asyncio.FIRST_COMPLETED)
            if not over.done():
                await self._hand_over(loan)
                await over
        finally:
            place.leave()
            del self._loans[loan]
            for each in (granted, over):
                each.cancel()
            await asyncio.gather(granted, over, return_exceptions=True)

    async def _hand_over(self, loan: str) -> None:
        with suppress(OSError, TimeoutError):  # the scheduler is gone, and with it who asked
            await Variable(loan_name(loan), client=self._client).set(astuple(self.orthanc.address))
