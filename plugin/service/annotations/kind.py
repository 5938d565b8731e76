"""What a kind of object is: its table, what clients may say of it, how it is shown, and whose it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute, Session

from plugin.service.annotations.callers import Caller
from plugin.service.annotations.entity import Entity
from plugin.service.annotations.requests import Viewing
from plugin.service.annotations.shapes import Given, Shown
from plugin.service.annotations.wire import PACKAGE

Condition = ColumnElement[bool]
Row = TypeVar("Row", bound=Entity)
New = TypeVar("New", bound=Given)


@dataclass(frozen=True, eq=False)
class Kind(Generic[Row, New, Shown]):
    """One kind of object.

    ``package`` is the one of its Java class, ``label`` the class's name; both name it in addresses and answers.
    ``visible`` is the condition that rows fulfil which a user may see who is no administrator. ``may_add`` and
    ``may_change`` say what such a user may do to a row he sees. ``complete`` fills in what follows from other columns
    before a new row is stored, ``after_adding`` adds what belongs to it. ``before_change`` and ``before_removal``
    may refuse. ``parents`` maps the name of a parent in an address to the column that refers to it, ``filters`` names
    a listing may be cut by; ``unrecorded`` are filters of clients about things that nobody writes down here.
    """

    label: str
    package: str
    table: type[Row]
    new: type[New]
    change: type[Given]
    shown: type[Shown]
    views: Callable[[Viewing, Sequence[Row]], list[Shown]]
    visible: Callable[[int], Condition]
    may_add: Callable[[Session, Caller, Row], bool]
    may_change: Callable[[Session, Caller, Row], bool]
    complete: Callable[[Session, Row], None] = lambda session, row: None
    after_adding: Callable[[Session, Caller, Row, New], None] = lambda session, caller, row, given: None
    before_change: Callable[[Session, Row, Mapping[str, object]], None] = lambda session, row, values: None
    before_removal: Callable[[Row], None] = lambda row: None
    parents: Mapping[str, InstrumentedAttribute[Any]] = field(default_factory=dict)
    filters: Mapping[str, InstrumentedAttribute[Any]] = field(default_factory=dict)
    unrecorded: tuple[str, ...] = ()
    is_listed: bool = True
    is_of_the_archive: bool = False
    """Whether whoever Orthanc knows sees all of them, as Orthanc would show them."""
    aliases: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _BY_TABLE[self.table.__tablename__] = self

    @property
    def key(self) -> str:
        return self.label.lower()

    @property
    def java_class(self) -> str:
        return f"{PACKAGE}.{self.package}.{self.label}"

    def view(self, viewing: Viewing, row: Row) -> Shown:
        return self.views(viewing, [row])[0]


_BY_TABLE: Final[dict[str, Kind[Any, Any, Any]]] = {}


def kind_of(table: type[Row]) -> Kind[Row, Any, Any]:
    """The kind whose rows a table holds."""
    return _BY_TABLE[table.__tablename__]


def kind_in(table_name: str) -> Kind[Any, Any, Any]:
    """The kind whose rows a table holds, by the table's name."""
    return _BY_TABLE[table_name]


def kind_named(name: str) -> Kind[Any, Any, Any] | None:
    """The kind of a domain class, under every name that clients use for it."""
    return next((kind for kind in _BY_TABLE.values() if name in (kind.key, kind.java_class, *kind.aliases)), None)


def owns(session: Session, caller: Caller, row: Entity) -> bool:
    """Whether an object is the caller's."""
    return getattr(row, "user_id", None) == caller.user_id


def everyone(session: Session, caller: Caller, row: Entity) -> bool:
    return True


def nobody(session: Session, caller: Caller, row: Entity) -> bool:
    return False
