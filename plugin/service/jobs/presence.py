"""A service among the others on the same records: it gives signs of life, and sees whose have ceased.

A beat is a number that grows. How long it stood still is measured by whoever looks, on its own clock: clocks of two
machines are never compared. A service that could not beat for as long as others wait knows that it may have lost its
jobs. On one machine a locked file tells at once that a service has ended, however it ended.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from sqlalchemy import String, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from plugin.service.jobs.claim import Clock, Timing, running_clock
from plugin.service.records import Record, Sessions

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class ServiceRecord(Record):
    """One service at work."""

    __tablename__ = "services"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    beat: Mapped[int]


@dataclass(frozen=True)
class Others:
    """The other services. Whoever is in neither has left."""

    alive: frozenset[str] = frozenset()
    gone: Mapping[str, int] = field(default_factory=dict)
    """With the last beat of each."""


class Presence:
    """This service, from :meth:`enter` to :meth:`leave`."""

    def __init__(
        self, sessions: Sessions, folder: Path, *, timing: Timing | None = None, clock: Clock = running_clock
    ) -> None:
        """``folder`` holds a locked file for each service of this machine."""
        self.id = str(uuid4())
        self.timing = timing or Timing()
        self.clock = clock
        self._sessions = sessions
        self._signs = _LifeSigns(folder)
        self._beat = 0
        self._heard_at: float | None = None
        self._has_left = False
        self._seen: dict[str, tuple[int, float]] = {}
        """Beat of every other service, and since when it has been that."""

    def enter(self) -> None:
        """Be among the services. Raises OSError when the folder cannot be written."""
        self._signs.give(self.id)
        with self.beating():
            pass

    @property
    def is_certain(self) -> bool:
        """Whether no other service can have taken this one for gone."""
        if self._has_left or self._heard_at is None:
            return False
        return self.clock() - self._heard_at < self.timing.still_s

    @property
    def must_beat(self) -> bool:
        return self._heard_at is None or self.clock() - self._heard_at >= self.timing.beat_every_s

    @contextmanager
    def beating(self) -> Iterator[Session]:
        """Beat; what the block does belongs to the same transaction. Certainty returns only when the block is left:
        within it the service learns which of its jobs it has lost."""
        began = self.clock()
        with self._sessions.begin() as session:
            beaten = session.execute(
                update(ServiceRecord)
                .where(ServiceRecord.id == self.id)
                .values(beat=ServiceRecord.beat + 1)
                .returning(ServiceRecord.beat)
            ).scalar()
            if beaten is None:  # also when it was struck off: no beat comes twice
                beaten = self._beat + 1
                session.add(ServiceRecord(id=self.id, beat=beaten))
                session.flush()
            yield session
        self._beat, self._heard_at = beaten, began

    def others(self) -> Others:
        """The other services, as far as they can be told from here."""
        with self._sessions() as session:
            beats = {
                other: beat
                for other, beat in session.execute(select(ServiceRecord.id, ServiceRecord.beat))
                if other != self.id
            }
        looked_at = self.clock()
        self._seen = {
            other: seen if (seen := self._seen.get(other)) is not None and seen[0] == beat else (beat, looked_at)
            for other, beat in beats.items()
        }
        gone = {
            other: beat
            for other, (beat, since) in self._seen.items()
            if looked_at - since >= self.timing.still_s or self._signs.have_ceased(other)
        }
        return Others(alive=frozenset(beats) - frozenset(gone), gone=gone)

    def forget(self, gone: Mapping[str, int]) -> None:
        """Strike off services that have no jobs left."""
        for other, beat in gone.items():
            with self._sessions.begin() as session:
                session.execute(delete(ServiceRecord).where(ServiceRecord.id == other, ServiceRecord.beat == beat))
            self._signs.clear_away(other)

    def falter(self) -> None:
        """The service ends: what is under way stops at its next step."""
        self._has_left = True

    @contextmanager
    def leave(self) -> Iterator[Session]:
        """Be no more among the services; what the block does belongs to the same transaction."""
        self.falter()
        try:
            with self._sessions.begin() as session:
                yield session
                session.execute(delete(ServiceRecord).where(ServiceRecord.id == self.id))
        finally:
            self._signs.take_back(self.id)


class _LifeSigns:
    """A file per service, locked for as long as its process lives. Those of other machines are not looked at."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # Locks on a shared folder mean something among processes of one kernel only.
        self._machine = _BOOT_ID.read_text().strip()
        self._file: int | None = None

    def give(self, service_id: str) -> None:
        if self._file is not None:
            return
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._path(service_id)
        unlocked = path.with_suffix(".new")
        self._file = os.open(unlocked, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        unlocked.rename(path)  # who finds it finds it locked

    def have_ceased(self, service_id: str) -> bool:
        try:
            file = os.open(self._path(service_id), os.O_RDWR)
        except OSError:
            return False  # of another machine, or another folder
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        finally:
            os.close(file)
        return True

    def take_back(self, service_id: str) -> None:
        self.clear_away(service_id)
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def clear_away(self, service_id: str) -> None:
        with suppress(OSError):
            self._path(service_id).unlink()

    def _path(self, service_id: str) -> Path:
        return self._folder / f"{service_id}.{self._machine}"
