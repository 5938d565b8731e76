"""Refuses a signed write that was seen before.

A signature is the same for a whole second, so a client may well send the same request twice within it (a loop that
adds equal annotations). An equal write counts as a replay only when its date is no longer the present.
"""

import hashlib
import threading
import time
from collections import OrderedDict
from typing import Final

PRESENT_S: Final = 2.0
_MOST_REMEMBERED: Final = 200_000


class ReplayGuard:
    """Digests of accepted writes, for as long as their dates are accepted. Safe to share between threads."""

    def __init__(self, *, remember_s: float) -> None:
        self._remember_s = remember_s
        self._seen: OrderedDict[bytes, float] = OrderedDict()
        self._lock = threading.Lock()

    def accepts(self, *parts: bytes, age_s: float) -> bool:
        """Whether the write made of these parts may go on; it is remembered."""
        digest = hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts)).digest()
        moment = time.monotonic()
        with self._lock:
            self._forget(moment)
            known = digest in self._seen
            self._seen[digest] = moment
            self._seen.move_to_end(digest)
        return not known or abs(age_s) <= PRESENT_S

    def _forget(self, moment: float) -> None:
        while self._seen:
            _, seen_at = next(iter(self._seen.items()))
            if moment - seen_at <= 2 * self._remember_s and len(self._seen) <= _MOST_REMEMBERED:
                return
            self._seen.popitem(last=False)
