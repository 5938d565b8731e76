"""Find, add, change and delete objects of any kind, within the caller's rights."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, UniqueConstraint, func, select
from sqlalchemy.orm import Session

from ophtha_core.errors import InvalidInput
from plugin.service.annotations.belongings import remove_hangings, require_unused
from plugin.service.annotations.callers import Caller
from plugin.service.annotations.entity import Entity, now_ms
from plugin.service.annotations.fields import identifier as read_identifier
from plugin.service.annotations.fields import text as read_text
from plugin.service.annotations.kind import Condition, Kind, New, Row, kind_in, kind_of
from plugin.service.annotations.requests import Page
from plugin.service.annotations.rights import require_addition, require_change, visible
from plugin.service.annotations.shapes import Given, Shown, protocol_name
from plugin.service.annotations.state import next_ids
from plugin.service.errors import Conflict, Forbidden, NotFound


def find(session: Session, caller: Caller, table: type[Row], identifier: int) -> Row:
    """An object the caller may see. Raises NotFound."""
    row = session.scalar(select(table).where(table.id == identifier, visible(table, caller)))
    if row is None:
        raise NotFound(f"{kind_of(table).label} {identifier} not found")
    return row


def page_of(
    session: Session, caller: Caller, table: type[Row], *conditions: Condition, page: Page
) -> tuple[Sequence[Row], int]:
    """Objects the caller may see, oldest first, and how many there are."""
    seen = (visible(table, caller), *conditions)
    size = session.scalar(select(func.count()).select_from(table).where(*seen)) or 0
    query = select(table).where(*seen).order_by(table.id).offset(page.offset)
    return session.scalars(query.limit(page.limit) if page.limit else query).all(), size


def read_filters(kind: Kind[Row, New, Shown], query: Mapping[str, str]) -> list[Condition]:
    """Conditions that a listing's query names. Raises InvalidInput."""
    for name in kind.unrecorded:
        if query.get(name):
            raise InvalidInput(name, "is not recorded by this server")
    chosen: list[Condition] = []
    for name, column in kind.filters.items():
        if query.get(name):
            read = read_text if column.type.python_type is str else read_identifier
            chosen.append(column == read(query[name], name))
    return chosen


def add(session: Session, caller: Caller, kind: Kind[Row, New, Shown], given: New) -> Row:
    """Add an object. Raises InvalidInput, NotFound (of what it refers to), Forbidden, Conflict."""
    values = given.columns(kind.table)
    _require_references(session, caller, kind.table, values)
    if "user_id" in kind.table.__table__.columns:
        values.setdefault("user_id", caller.user_id)
    row = kind.table(id=next_ids(session, 1)[0], created_ms=now_ms(), **values)
    kind.complete(session, row)
    require_addition(session, caller, row)
    _refuse_duplicates(session, row)
    session.add(row)
    session.flush()
    kind.after_adding(session, caller, row, given)
    session.flush()
    return row


def change(session: Session, caller: Caller, kind: Kind[Row, New, Shown], identifier: int, given: Given) -> Row:
    """Change what the body names. Raises InvalidInput, NotFound, Forbidden, Conflict."""
    row = find(session, caller, kind.table, identifier)
    require_change(session, caller, row)
    values = given.columns(kind.table)
    _require_references(session, caller, kind.table, values)
    _refuse_new_owner(caller, row, values)
    kind.before_change(session, row, values)
    for column, value in values.items():
        setattr(row, column, value)
    with session.no_autoflush:
        _refuse_duplicates(session, row)
    row.updated_ms = now_ms()
    session.flush()
    return row


def remove(session: Session, caller: Caller, table: type[Row], identifier: int) -> Row:
    """Delete an object with everything that belongs to it. Raises NotFound, Forbidden, Conflict."""
    row = find(session, caller, table, identifier)
    require_change(session, caller, row)
    kind_of(table).before_removal(row)
    require_unused(session, row)
    remove_hangings(session, row)
    session.delete(row)
    session.flush()
    return row


def _require_references(session: Session, caller: Caller, table: type[Entity], values: Mapping[str, object]) -> None:
    """Raise NotFound for an object that the values refer to and the caller may not see."""
    for name, value in values.items():
        for reference in table.__table__.columns[name].foreign_keys:
            if isinstance(value, int):
                find(session, caller, kind_in(reference.column.table.name).table, value)


def _refuse_new_owner(caller: Caller, row: Entity, values: Mapping[str, object]) -> None:
    if "user_id" in values and values["user_id"] != getattr(row, "user_id", None) and not caller.is_admin:
        raise Forbidden("Only administrators give objects to another user")


def _refuse_duplicates(session: Session, row: Entity) -> None:
    table: Any = type(row)
    for names in _unique_columns(type(row)):
        own = {name: getattr(row, name) for name in names}
        if None in own.values():
            continue
        same = [getattr(table, name) == value for name, value in own.items()]
        if session.scalar(select(table.id).where(*same, table.id != row.id).limit(1)):
            named = " and ".join(protocol_name(name) for name in names)
            raise Conflict(f"{kind_of(type(row)).label} with this {named} already exists")


def _unique_columns(table: type[Entity]) -> list[tuple[str, ...]]:
    """Names of the columns whose values together only one row may have."""
    declared = table.__table__
    assert isinstance(declared, Table)
    single = [(column.name,) for column in declared.columns if column.unique]
    several = [each for each in declared.constraints if isinstance(each, UniqueConstraint)]
    return [*single, *(tuple(column.name for column in each.columns) for each in several if len(each.columns) > 1)]
