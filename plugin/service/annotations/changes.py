"""What a transaction adds, changes and deletes, noted by its session: no write is silent because it was forgotten."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import Delete, Update, event, inspect, select
from sqlalchemy.orm import ORMExecuteState, Session

from plugin.service.annotations.entity import Entity


class Verb(StrEnum):
    """What was done to objects."""

    ADD = "add"
    CHANGE = "change"
    DELETE = "delete"


@dataclass
class Change:
    """Everything that one transaction did to objects of one kind in one way."""

    kind: str
    verb: Verb
    resources: dict[int, None] = field(default_factory=dict)
    """Ids of the objects and of all they refer to, each once, in the order of the writes."""
    columns: dict[str, None] = field(default_factory=dict)
    """Names of the columns that changed, of changed objects; never their values."""


class Changes:
    """Listens to one session from now on. Rows that the database removes with the row they belong to are not listed:
    they share its fate."""

    def __init__(self, session: Session) -> None:
        self._found: dict[tuple[str, Verb], Change] = {}
        event.listen(session, "before_flush", self._note_flush)
        event.listen(session, "do_orm_execute", self._note_statement)

    def __iter__(self) -> Iterator[Change]:
        """One for each kind and verb, in the order of the first writes."""
        return iter(self._found.values())

    def _note_flush(self, session: Session, *_: object) -> None:
        for verb, objects in ((Verb.ADD, session.new), (Verb.CHANGE, session.dirty), (Verb.DELETE, session.deleted)):
            for each in objects:
                if isinstance(each, Entity) and (verb is not Verb.CHANGE or session.is_modified(each)):
                    self._note(type(each), verb, _loaded(each), columns=_changed(each) if verb is Verb.CHANGE else ())

    def _note_statement(self, state: ORMExecuteState) -> None:
        table = state.bind_mapper.class_ if state.bind_mapper is not None else None
        if table is None or not issubclass(table, Entity):
            return
        if state.is_insert:
            rows = [state.parameters] if isinstance(state.parameters, Mapping) else state.parameters
            if not rows:
                raise TypeError("the rows of an insert are its parameters: of others nobody can tell what was added")
            for row in rows:
                self._note(table, Verb.ADD, row)
        elif isinstance(state.statement, Delete | Update):
            # Asked before the statement is carried out.
            where = () if state.statement.whereclause is None else (state.statement.whereclause,)
            verb = Verb.DELETE if isinstance(state.statement, Delete) else Verb.CHANGE
            for identifier in state.session.scalars(select(table.id).where(*where)):
                self._note(table, verb, {"id": identifier})

    def _note(self, table: type[Entity], verb: Verb, row: Mapping[str, object], *, columns: Iterable[str] = ()) -> None:
        kind = table.__name__.lower()
        change = self._found.setdefault((kind, verb), Change(kind, verb))
        identifiers = [value for name, value in row.items() if name.endswith("_id") and isinstance(value, int)]
        change.resources |= dict.fromkeys((*_own(row), *identifiers))
        change.columns |= dict.fromkeys(columns)


def _own(row: Mapping[str, object]) -> list[int]:
    identifier = row.get("id")
    return [identifier] if isinstance(identifier, int) else []


def _loaded(entity: Entity) -> Mapping[str, object]:
    return inspect(entity).dict


def _changed(entity: Entity) -> list[str]:
    return [each.key for each in inspect(entity).attrs if each.history.has_changes()]
