"""Who is relayed now, and who is to ask again: a request that waited here would hold one of Orthanc's threads."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

from plugin.thread_shares import ThreadShares

_SHORT = re.compile(r"/jobs(/.*)?|/plugins/ophtha/(status|metrics|jobs(/.*)?)")
_UNTIL_ITS_JOB_ENDS = re.compile(
    r"/plugins/pixels-masker/((patients|studies|series)/[^/]+/(modify|anonymize)|(patients|studies|series|instances)/[^/]+/detect)"
)
_LONGEST_WAIT_S = 30.0
_LONGEST_JOB_S = 24 * 3600.0


class Kind(Enum):
    """How long a request may hold one of Orthanc's threads."""

    SHORT = "short"
    """About jobs and the service's state: answered from its records, and never to be kept out by the others."""
    WORK = "work"
    """Answered when it is done, which must be soon."""
    JOB = "job"
    """Answered when its job has ended."""

    @property
    def longest_s(self) -> float:
        return _LONGEST_JOB_S if self is Kind.JOB else _LONGEST_WAIT_S


def kind_of(method: str, uri: str) -> Kind:
    """What a request is, by its path."""
    if _SHORT.fullmatch(uri):
        return Kind.SHORT
    return Kind.JOB if method == "POST" and _UNTIL_ITS_JOB_ENDS.fullmatch(uri) else Kind.WORK


class AtCapacity(Exception):
    """As many requests are being relayed as may be."""


class Admission:
    """Counts the requests being relayed. Nobody waits for a turn."""

    def __init__(self, shares: ThreadShares) -> None:
        self._shares = shares
        self._relayed = 0
        self._lasting = 0
        self._lock = threading.Lock()

    @contextmanager
    def admit(self, kind: Kind) -> Iterator[None]:
        """Hold one of the relay's threads. Raises AtCapacity."""
        lasting = kind is not Kind.SHORT
        with self._lock:
            if self._relayed >= self._shares.relayed or (lasting and self._lasting >= self._shares.lasting):
                raise AtCapacity
            self._relayed += 1
            self._lasting += lasting
        try:
            yield
        finally:
            with self._lock:
                self._relayed -= 1
                self._lasting -= lasting
