"""Refuses signatures that were used before for something else, and signed writes that were received before.

A signature is the same for a whole second, and that of newer clients covers no address: they use one for several
requests. Whoever has caught one could do the same for as long as its date is accepted. So a signature opens something
new for a moment only, and an equal write (a loop may well add equal annotations) is none again while it is the present.
"""

import hashlib
import threading
import time
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import String, delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from plugin.service.records import Record, Sessions, now

PRESENT_S: Final = 2.0
MOMENT_S: Final = 5.0
_SWEPT_EVERY_S: Final = 60.0
_MOST_REMEMBERED: Final = 100_000


class UsedSignature(Record):
    """A signature, or a write that was signed, by its digest."""

    __tablename__ = "ann_used_signature"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    first_used_at: Mapped[datetime] = mapped_column(index=True)


class UsedSignatures:
    """In the database: a restart does not make an old request new, and several services share one memory.

    Safe to share between threads.
    """

    def __init__(self, sessions: Sessions, *, remember_s: float) -> None:
        self._sessions = sessions
        # A date may lie as far in the future as in the past.
        self._remembered = timedelta(seconds=2 * remember_s)
        self._first_uses: OrderedDict[str, datetime] = OrderedDict()
        self._reads: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._swept_at = 0.0
        self._lock = threading.Lock()

    def opens(self, signature: str, target: str | None, *, is_write: bool) -> bool:
        """Whether a signature may be used for this ``target``; None where the signature itself names it.

        What was read with it may be read again.
        """
        if target is None or (not is_write and self._was_read(signature, target)):
            return True
        if not self.is_new(signature):
            return False
        if not is_write:
            self._note_read(signature, target)
        return True

    def is_new(self, signature: str) -> bool:
        """Whether a signature was first used a moment ago, or is now."""
        return (now() - self._first_use(signature)).total_seconds() <= MOMENT_S

    def accepts_write(self, write: str, *, age_s: float) -> bool:
        """Whether a write may go on; it is remembered. ``age_s`` is that of its date."""
        moment = now()
        return self._recorded(write, moment) == moment or abs(age_s) <= PRESENT_S

    def _first_use(self, signature: str) -> datetime:
        with self._lock:
            known = self._first_uses.get(signature)
        if known is None:
            known = self._recorded(signature, now())
            with self._lock:
                self._first_uses[signature] = known
                _forget_oldest(self._first_uses)
        return known

    def _recorded(self, digest: str, moment: datetime) -> datetime:
        """When the digest was first recorded, which is now where it was not."""
        self._sweep()
        try:
            with self._sessions.begin() as session:
                session.add(UsedSignature(digest=digest, first_used_at=moment))
            return moment
        except IntegrityError:
            with self._sessions() as session:
                known = session.get(UsedSignature, digest)
                return moment if known is None else known.first_used_at

    def _was_read(self, signature: str, target: str) -> bool:
        with self._lock:
            return (signature, target) in self._reads

    def _note_read(self, signature: str, target: str) -> None:
        with self._lock:
            self._reads[signature, target] = None
            _forget_oldest(self._reads)

    def _sweep(self) -> None:
        """Forget what would be refused as too old anyway."""
        if time.monotonic() - self._swept_at < _SWEPT_EVERY_S:
            return
        self._swept_at = time.monotonic()
        with self._sessions.begin() as session:
            session.execute(delete(UsedSignature).where(UsedSignature.first_used_at < now() - self._remembered))


def digest_of(*parts: bytes) -> str:
    """One name for several parts, whatever is in them."""
    return hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def _forget_oldest(remembered: OrderedDict[str, datetime] | OrderedDict[tuple[str, str], None]) -> None:
    while len(remembered) > _MOST_REMEMBERED:
        remembered.popitem(last=False)
