"""What every object of the platform has.

Every row of every table has an id of one common sequence: an id alone tells two objects apart, whatever their kind.
"""

import time
from typing import Final

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from plugin.service.records import Record

NAME_LENGTH: Final = 255


def now_ms() -> int:
    """The present in milliseconds since 1970, as the protocol counts time."""
    return time.time_ns() // 1_000_000


def owned_by(target: str, *, index: bool = True) -> Mapped[int]:
    """A reference whose row disappears with the row it refers to."""
    return mapped_column(BigInteger, ForeignKey(target, ondelete="CASCADE"), index=index)


def refers_to(target: str) -> Mapped[int]:
    """A reference that keeps its target from being deleted."""
    return mapped_column(BigInteger, ForeignKey(target), index=True)


class Counter(Record):
    """The next free id (one row). Taking ids first also makes writers wait for each other."""

    __tablename__ = "ann_counter"

    id: Mapped[int] = mapped_column(primary_key=True)
    next_id: Mapped[int] = mapped_column(BigInteger)


class Entity(Record):
    """What every object of the protocol has."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    created_ms: Mapped[int] = mapped_column(BigInteger, default=now_ms)
    updated_ms: Mapped[int | None] = mapped_column(BigInteger)
