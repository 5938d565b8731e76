"""The rules that are kept."""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import JSON, String, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from plugin.service.jobs import JsonObject
from plugin.service.pixels_masker.rules.model import Rule
from plugin.service.records import Record, Sessions


class RuleRecord(Record):
    """One rule."""

    __tablename__ = "mask_rules"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int]
    definition: Mapped[JsonObject] = mapped_column(JSON)


class RuleStore:
    """In the database: several services share them."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def all(self) -> list[JsonObject]:
        """Their definitions, in their order."""
        with self._sessions() as session:
            ordered = select(RuleRecord).order_by(RuleRecord.position, RuleRecord.name)
            return [each.definition for each in session.scalars(ordered)]

    def get(self, name: str) -> JsonObject | None:
        with self._sessions() as session:
            record = session.get(RuleRecord, name)
            return None if record is None else record.definition

    def put(self, rule: Rule) -> None:
        """Add a rule, or replace the one of its name."""
        with self._sessions.begin() as session:
            session.merge(_record(rule))

    def remove(self, name: str) -> bool:
        """Whether there was one."""
        with self._sessions.begin() as session:
            found = session.get(RuleRecord, name)
            session.execute(delete(RuleRecord).where(RuleRecord.name == name))
            return found is not None

    def append(self, rules: Sequence[Rule]) -> list[str]:
        """Add rules behind all others, in their order; where a name is taken, it gets a number. Their names."""
        with self._sessions.begin() as session:
            taken = set(session.scalars(select(RuleRecord.name)))
            start = (session.scalar(select(func.max(RuleRecord.position))) or 0) + 1
            names = list(_untaken((each.Name for each in rules), taken))
            for index, (name, rule) in enumerate(zip(names, rules, strict=True)):
                session.add(_record(rule.model_copy(update={"Name": name, "Order": start + index})))
            return names


def _untaken(names: Iterable[str], taken: set[str]) -> Iterator[str]:
    numbers: dict[str, int] = {}
    for wanted in names:
        name = wanted
        while name in taken:
            numbers[wanted] = numbers.get(wanted, 1) + 1
            name = f"{wanted[:56].rstrip()} {numbers[wanted]}"
        taken.add(name)
        yield name


def _record(rule: Rule) -> RuleRecord:
    return RuleRecord(name=rule.Name, position=rule.Order, definition=rule.to_json())
