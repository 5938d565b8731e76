"""What users did last, and can undo: a row a transaction. Only the latest of each user are kept."""

import json
from contextvars import ContextVar
from typing import Final

from sqlalchemy import BigInteger, Text, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from plugin.service.annotations.entity import now_ms, owned_by
from plugin.service.annotations.journal import Steps
from plugin.service.records import Record

_KEPT: Final = 100
"""Of each user."""
_LAST: Final[ContextVar[int | None]] = ContextVar("command", default=None)


class Command(Record):
    """A transaction of a user that can be undone, or was. It is no object of the protocol: nothing refers to it."""

    __tablename__ = "ann_command"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    created_ms: Mapped[int] = mapped_column(BigInteger, default=now_ms)
    user_id: Mapped[int] = owned_by("ann_user.id")
    steps: Mapped[str] = mapped_column(Text)
    """What was done when it was carried out last, be it by doing, by undoing or by redoing it."""
    undone: Mapped[int | None] = mapped_column(BigInteger)
    """When it was undone, as the place in the order of all ids; None while it is done."""

    def read(self) -> Steps:
        return Steps.from_json(json.loads(self.steps))

    def write(self, steps: Steps) -> None:
        self.steps = json.dumps(steps.to_json())


def remember(session: Session, user_id: int, identifier: int, steps: Steps) -> None:
    """Keep what a user did."""
    command = Command(id=identifier, user_id=user_id)
    command.write(steps)
    session.add(command)
    session.flush()
    own = select(Command.id).where(Command.user_id == user_id).order_by(Command.id.desc())
    oldest = session.scalar(own.offset(_KEPT).limit(1))
    if oldest is not None:
        session.execute(delete(Command).where(Command.user_id == user_id, Command.id <= oldest))


def tell(identifier: int | None) -> None:
    """The answer to the present request is to name this command."""
    _LAST.set(identifier)


def told() -> int | None:
    """The command that the present request has carried out."""
    return _LAST.get()
