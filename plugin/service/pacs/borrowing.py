"""A task's way to Orthanc: it borrows a place of its service, with the address and the token of the moment.

Neither is part of a plan: a task that another service hands out again asks that one.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

from distributed import Variable, get_client, get_worker

from plugin.service.pacs.address import Certificates, OrthancAddress
from plugin.service.pacs.connection import WORKER_PATIENCE_S, OrthancAway, OrthancConnection

ASK = "ask"
GIVE_BACK = "give back"
_ASK_AGAIN_S = 10.0
"""The question may have been lost with the connection it went over."""
_LONGEST_WAIT_S = 600.0


@dataclass(frozen=True)
class OrthancDesk:
    """Where tasks of one service borrow their places. Picklable."""

    service: str
    for_job: bool
    """Else for who answers a client: they come first."""

    @property
    def topic(self) -> str:
        return f"ophtha-places-{self.service}"

    @contextmanager
    def connection(self) -> Iterator[OrthancConnection]:
        """Inside a task: a connection to Orthanc, once a place is free. Raises OrthancAway when none is lent."""
        loan = uuid4().hex
        worker = get_worker()
        answer = Variable(loan_name(loan), client=get_client())
        try:
            with OrthancConnection(self._borrowed(loan, answer), patience_s=WORKER_PATIENCE_S) as orthanc:
                yield orthanc
        finally:
            worker.log_event(self.topic, (GIVE_BACK, loan, worker.address, self.for_job))
            answer.delete()

    def _borrowed(self, loan: str, answer: Variable) -> OrthancAddress:
        worker = get_worker()
        give_up_at = time.monotonic() + _LONGEST_WAIT_S
        while time.monotonic() < give_up_at:
            worker.log_event(self.topic, (ASK, loan, worker.address, self.for_job))
            try:
                url, token, files = answer.get(timeout=_ASK_AGAIN_S)
            except TimeoutError:
                continue
            return OrthancAddress(url, token, None if files is None else Certificates(*files))
        raise OrthancAway("the service does not let its task ask Orthanc")


def loan_name(loan: str) -> str:
    """The variable in which a task finds what it borrowed."""
    return f"ophtha-place-{loan}"
