"""What a transaction did to rows, to undo it: which ones it added, and what those were that it changed or removed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from sqlalchemy import Delete, Table, Update, event, select
from sqlalchemy.orm import ORMExecuteState, Session

from plugin.service.annotations.belongings import parts_of
from plugin.service.annotations.entity import Entity

UNDOABLE: Final = frozenset(
    {
        "ann_annotation", "ann_annotation_term", "ann_annotation_track", "ann_comment", "ann_configuration",
        "ann_description", "ann_ontology",
        "ann_property", "ann_relation_term", "ann_tag", "ann_tag_link", "ann_term", "ann_track",
    }
)  # fmt: skip
"""Tables whose rows can come back. A transaction that touches others cannot be undone: images, projects and people are
more than their rows."""
_STAYING: Final = frozenset({"ann_abstract_slice", "ann_slice_instance"})
"""Tables of planes, which are made for the first annotation that lies on them, and stay."""
_OF_EVERY_WRITE: Final = frozenset({"version", "updated_ms"})
"""Columns that say how often and when a row was written, not what it is."""
_MOST_ROWS: Final = 100_000
_AT_ONCE: Final = 500
Values = dict[str, Any]
_Key = tuple[str, int]


@dataclass(frozen=True)
class ChangedRow:
    """A row of which columns changed: what they were, and what they became."""

    table: str
    id: int
    before: Values
    after: Values


@dataclass(frozen=True)
class Steps:
    """What was done to rows: ids of those that were added, changes, and those that were removed, whole."""

    added: Mapping[str, list[int]] = field(default_factory=dict)
    changed: tuple[ChangedRow, ...] = ()
    removed: Mapping[str, list[Values]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    def to_json(self) -> Values:
        changed = [[each.table, each.id, each.before, each.after] for each in self.changed]
        return {"added": dict(self.added), "changed": changed, "removed": dict(self.removed)}

    @classmethod
    def from_json(cls, value: Values) -> Self:
        return cls(value["added"], tuple(ChangedRow(*each) for each in value["changed"]), value["removed"])


class Journal:
    """Listens to one session from now on. Rows that the database removes with the one they belong to are in it too."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._before: dict[_Key, Values | None] = {}
        self._is_undoable = True
        event.listen(session, "before_flush", self._note_flush)
        event.listen(session, "do_orm_execute", self._note_statement)

    def steps(self) -> Steps | None:
        """What was done up to now; None when it cannot be undone."""
        self._session.flush()
        if not self._is_undoable:
            return None
        added: dict[str, list[int]] = {}
        changed: list[ChangedRow] = []
        removed: dict[str, list[Values]] = {}
        present = self._present()
        for (table, identifier), before in self._before.items():
            after = present.get((table, identifier))
            if before is None and after is not None:
                added.setdefault(table, []).append(identifier)
            elif before is not None and after is None:
                removed.setdefault(table, []).append(before)
            elif before is not None and after is not None:
                names = [name for name in before if before[name] != after[name] and name not in _OF_EVERY_WRITE]
                if names:
                    old, new = ({name: row[name] for name in names} for row in (before, after))
                    changed.append(ChangedRow(table, identifier, old, new))
        return Steps(added, tuple(changed), removed)

    # -- inside --------------------------------------------------------------------------------------------------

    def _note_flush(self, session: Session, *_: object) -> None:
        for each in session.new:
            if isinstance(each, Entity):
                self._note_addition(_table(type(each)), each.id)
        for each in session.dirty:
            if isinstance(each, Entity) and session.is_modified(each):
                self._note_present(_table(type(each)), select(_table(type(each)).c.id).where(_id_is(each)))
        for each in session.deleted:
            if isinstance(each, Entity):
                for table, identifiers in parts_of(each).items():
                    self._note_present(table, identifiers)

    def _note_statement(self, state: ORMExecuteState) -> None:
        mapped = state.bind_mapper.class_ if state.bind_mapper is not None else None
        if mapped is None or not issubclass(mapped, Entity):
            return
        table = _table(mapped)
        if state.is_insert:
            rows = [state.parameters] if isinstance(state.parameters, Mapping) else state.parameters or ()
            for row in rows:
                self._note_addition(table, row["id"])
        elif isinstance(state.statement, Delete | Update):
            where = () if state.statement.whereclause is None else (state.statement.whereclause,)
            self._note_present(table, select(table.c.id).where(*where))

    def _note_addition(self, table: Table, identifier: int) -> None:
        if table.name in _STAYING:
            return
        self._touch(table)
        if self._is_undoable:
            self._before.setdefault((table.name, identifier), None)

    def _note_present(self, table: Table, identifiers: Any) -> None:
        """Rows as they are before something happens to them; only the first time counts."""
        if not self._is_undoable:
            return
        connection = self._session.connection()
        if table.name not in UNDOABLE:
            if connection.execute(identifiers.limit(1)).first() is not None:
                self._touch(table)
            return
        for row in connection.execute(select(table).where(table.c.id.in_(identifiers))).mappings():
            self._touch(table)
            self._before.setdefault((table.name, row["id"]), dict(row))

    def _touch(self, table: Table) -> None:
        if table.name not in UNDOABLE or len(self._before) >= _MOST_ROWS:
            self._is_undoable = False
            self._before.clear()

    def _present(self) -> dict[_Key, Values]:
        """Rows that are there now. Of those that were added, their ids are enough."""
        found: dict[_Key, Values] = {}
        for table in Entity.metadata.sorted_tables:
            wanted = [(key[1], before) for key, before in self._before.items() if key[0] == table.name]
            for part in _parts([each for each, before in wanted if before is not None]):
                for row in self._session.connection().execute(select(table).where(table.c.id.in_(part))).mappings():
                    found[table.name, row["id"]] = dict(row)
            for part in _parts([each for each, before in wanted if before is None]):
                for identifier in self._session.connection().scalars(select(table.c.id).where(table.c.id.in_(part))):
                    found[table.name, identifier] = {}
        return found


def _parts(identifiers: list[int]) -> Iterator[list[int]]:
    for begin in range(0, len(identifiers), _AT_ONCE):
        yield identifiers[begin : begin + _AT_ONCE]


def _table(mapped: type[Entity]) -> Table:
    table = mapped.__table__
    assert isinstance(table, Table)
    return table


def _id_is(entity: Entity) -> Any:
    return _table(type(entity)).c.id == entity.id
