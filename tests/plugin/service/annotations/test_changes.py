"""Statements that go past the session's own bookkeeping are noted as well, or refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from plugin.service.annotations import tables as t
from plugin.service.annotations.changes import Changes
from plugin.service.records import open_database, sessions


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    engine = open_database(f"sqlite:///{tmp_path / 'records.db'}")
    with sessions(engine)() as session:
        yield session
    engine.dispose()


def user(identifier: int) -> dict[str, object]:
    return {"id": identifier, "username": f"u{identifier}", "public_key": f"p{identifier}", "private_key": "secret"}


def noted(changes: Changes) -> list[tuple[str, str, list[int]]]:
    return [(each.kind, each.verb, list(each.resources)) for each in changes]


def test_one_row_and_several_are_noted_alike(session: Session) -> None:
    changes = Changes(session)
    session.execute(insert(t.User), user(1001))
    session.execute(insert(t.User), [user(1002), user(1003)])
    assert noted(changes) == [("user", "add", [1001, 1002, 1003])]


def test_an_insert_whose_rows_cannot_be_told_is_refused(session: Session) -> None:
    Changes(session)
    with pytest.raises(TypeError, match="rows of an insert"):
        session.execute(insert(t.User).values(**user(1001)))


def test_rows_that_a_statement_changes_or_deletes_are_named(session: Session) -> None:
    session.execute(insert(t.User), [user(1001), user(1002), user(1003)])
    changes = Changes(session)
    session.execute(update(t.User).where(t.User.id > 1001).values(lastname="x"))
    session.execute(delete(t.User).where(t.User.id == 1003))
    assert noted(changes) == [("user", "change", [1002, 1003]), ("user", "delete", [1003])]
