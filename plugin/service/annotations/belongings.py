"""What belongs to an object and goes with it, read off the foreign keys: those that cascade, and those that refuse."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, delete, literal, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.types import BigInteger, String

from plugin.service.annotations.entity import NAME_LENGTH, Entity
from plugin.service.errors import Conflict

_Ids = Select[Any]


class Hanging(Entity):
    """What hangs on any object, whatever its kind, and goes with it."""

    __abstract__ = True

    domain_class: Mapped[str] = mapped_column(String(NAME_LENGTH))
    domain_id: Mapped[int] = mapped_column(BigInteger, index=True)


def parts_of(row: Entity) -> dict[Table, _Ids]:
    """Ids of the rows that go with a row, and its own, by their tables."""
    found: dict[Table, _Ids] = {_table(row): select(literal(row.id))}
    waiting = list(found)
    while waiting:
        owner = waiting.pop(0)
        for table in Entity.metadata.sorted_tables:
            owners = [] if table in found else list(_references(table, owner, cascading=True))
            if owners:
                found[table] = select(table.c.id).where(or_(*(column.in_(found[owner]) for column in owners)))
                waiting.append(table)
    return found


def require_unused(session: Session, row: Entity) -> None:
    """Raise Conflict while something that stays refers to a row, or to what goes with it."""
    parts = parts_of(row)
    for part, ids in parts.items():
        for table in Entity.metadata.sorted_tables:
            for column in () if table in parts else _references(table, part, cascading=False):
                if session.scalar(select(table.c.id).where(column.in_(ids)).limit(1)) is not None:
                    user = table.name.removeprefix("ann_").replace("_", " ")
                    raise Conflict(f"{type(row).__name__} {row.id} is still used by {_article(user)} {user}")


def remove_hangings(session: Session, row: Entity) -> None:
    """Remove what hangs on a row and on what goes with it."""
    parts = parts_of(row)
    for hanging in Hanging.__subclasses__():
        for ids in parts.values():
            session.execute(delete(hanging).where(hanging.domain_id.in_(ids)))


def _table(row: Entity) -> Table:
    table = type(row).__table__
    assert isinstance(table, Table)
    return table


def _references(table: Table, target: Table, *, cascading: bool) -> Iterator[ColumnElement[int]]:
    """Columns that refer to another table, and whose rows go with the target's, or keep it."""
    wanted = "CASCADE" if cascading else None
    for key in table.foreign_keys:
        if key.column.table is target and key.ondelete == wanted:
            yield key.parent


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"
