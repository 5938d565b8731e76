"""Undo and redo what was done to rows, within the rights that the user has by now."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from plugin.service.annotations import store
from plugin.service.annotations.belongings import Hanging, remove_hangings, require_unused
from plugin.service.annotations.callers import Caller
from plugin.service.annotations.entity import Entity, now_ms
from plugin.service.annotations.hanging import Domain, require_domain_change
from plugin.service.annotations.image_reviews import require_open_to
from plugin.service.annotations.journal import ChangedRow, Steps
from plugin.service.annotations.kinds.annotation import Annotation, require_annotating
from plugin.service.annotations.rights import require_change
from plugin.service.errors import Conflict


@dataclass(frozen=True)
class Done:
    """What became of one row: ``verb`` is Add, Edit or Delete."""

    verb: str
    table: type[Entity]
    id: int


def apply_inverse(session: Session, caller: Caller, steps: Steps) -> list[Done]:
    """Do the opposite of what was done, all of it.

    Raises NotFound, Forbidden, Conflict when something that matters to it has changed meanwhile.
    """
    done: list[Done] = []
    done += _restore(session, caller, steps.removed)
    done += [_change_back(session, caller, each) for each in steps.changed]
    done += _remove(session, caller, steps.added)
    return done


def _tables(names: Mapping[str, object]) -> Iterator[type[Entity]]:
    """Of these names, those that others refer to first."""
    mapped = {mapper.class_.__tablename__: mapper.class_ for mapper in Entity.registry.mappers}
    for table in Entity.metadata.sorted_tables:
        if table.name in names:
            yield mapped[table.name]


def _restore(session: Session, caller: Caller, removed: Mapping[str, list[dict[str, Any]]]) -> list[Done]:
    rows: list[Entity] = []
    for table in _tables(removed):
        for values in removed[table.__tablename__]:
            row = table(**values)
            session.add(row)
            session.flush()
            _forget_older_versions(session, row, values)
            rows.append(row)
    # What they belong to is there only now.
    for row in rows:
        _require_right(session, caller, row)
    return [Done("Add", type(row), row.id) for row in rows]


def _forget_older_versions(session: Session, row: Entity, values: Mapping[str, Any]) -> None:
    """Who saw a version before the row was removed has not seen this one."""
    if isinstance(row, Annotation):
        table = Annotation.__table__
        assert isinstance(table, Table)
        session.execute(update(table).where(table.c.id == row.id).values(version=values["version"] + 1))
        session.refresh(row)


def _change_back(session: Session, caller: Caller, changed: ChangedRow) -> Done:
    (table,) = _tables({changed.table: None})
    row = session.get(table, changed.id)
    if row is None:
        raise Conflict(f"{table.__name__} {changed.id} has been deleted since")
    _require_right(session, caller, row)
    if isinstance(row, Annotation) and "reviewed" in changed.before:
        require_open_to(session, caller, row.image_id)
    if any(getattr(row, name) != value for name, value in changed.after.items()):
        raise Conflict(f"{table.__name__} {changed.id} has changed since")
    for name, value in changed.before.items():
        setattr(row, name, value)
    row.updated_ms = now_ms()
    session.flush()
    return Done("Edit", table, row.id)


def _remove(session: Session, caller: Caller, added: Mapping[str, list[int]]) -> list[Done]:
    done: list[Done] = []
    for table in reversed(list(_tables(added))):
        for identifier in added[table.__tablename__]:
            row = session.scalar(select(table).where(table.id == identifier))
            if row is None:
                continue  # gone already: with what it belonged to, or by somebody else
            _require_right(session, caller, row)
            require_unused(session, row)
            remove_hangings(session, row)
            session.delete(row)
            session.flush()
            done.append(Done("Delete", table, identifier))
    return done


def _require_right(session: Session, caller: Caller, row: Entity) -> None:
    """Raise unless the caller may, by now, add, change and delete such a row."""
    annotation_id = getattr(row, "annotation_id", None)
    if annotation_id is not None:
        require_annotating(session, caller, store.find(session, caller, Annotation, annotation_id))
    elif isinstance(row, Hanging):
        require_domain_change(session, caller, Domain(row.domain_class, row.domain_id))
    else:
        require_change(session, caller, store.find(session, caller, type(row), row.id))
