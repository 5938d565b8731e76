"""A kind of object is one file and a migration: shown by adding one to a copy of the product."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from plugin.service.record_store import MIGRATIONS

ROOT = Path(__file__).parents[4]

KIND = '''
"""Notes: what people write down about projects."""

from collections.abc import Sequence

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from plugin.service.annotations.entity import Entity, owned_by, refers_to
from plugin.service.annotations.fields import Identifier, Name
from plugin.service.annotations.kind import Condition, Kind, Viewing, everyone, owns
from plugin.service.annotations.kind_routers import routes_of
from plugin.service.annotations.membership import projects_of
from plugin.service.annotations.shapes import Given, View


class Note(Entity):
    """A line about a project."""

    __tablename__ = "ann_note"

    line: Mapped[str] = mapped_column(String(255), unique=True)
    project_id: Mapped[int] = owned_by("ann_project.id")
    user_id: Mapped[int] = refers_to("ann_user.id")


class NewNote(Given):
    """A note to add."""

    line: Name
    project_id: Identifier


class NoteChange(Given):
    """What changes of a note."""

    line: Name | None = None


class NoteView(View):
    """A note."""

    line: str
    project_id: int
    user_id: int


def _views(viewing: Viewing, notes: Sequence[Note]) -> list[NoteView]:
    return [NoteView.of(note, java_class=NOTE.java_class) for note in notes]


def _visible(user_id: int) -> Condition:
    return Note.project_id.in_(projects_of(user_id))


NOTE = Kind(
    label="Note", package="project", table=Note, new=NewNote, change=NoteChange, shown=NoteView,
    views=_views, visible=_visible, may_add=everyone, may_change=owns, parents={"project": Note.project_id},
)
router = routes_of(NOTE)
'''

MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "note"
down_revision = "{head}"


def upgrade():
    op.create_table(
        "ann_note",
        sa.Column("id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger()),
        sa.Column("line", sa.String(255), nullable=False, unique=True),
        sa.Column("project_id", sa.BigInteger(), sa.ForeignKey("ann_project.id", ondelete="CASCADE"), nullable=False,
                  index=True),
        sa.Column("user_id", sa.BigInteger(), sa.ForeignKey("ann_user.id"), nullable=False, index=True),
    )
"""

USE = """
import sys
from sqlalchemy import func, select, update
from plugin.service.annotations import store, tables as t
from plugin.service.annotations.callers import Caller
from plugin.service.annotations.kind import kind_named
from plugin.service.annotations.state import next_ids
from plugin.service.config import Role
from plugin.service.records import open_database, sessions
from plugin.service.errors import Conflict
from tests.plugin.service.test_openapi import app

note, project = kind_named("note"), kind_named("project")
with sessions(open_database(sys.argv[1]))() as session, session.begin():
    user = t.User(id=next_ids(session, 1)[0], username="ada", public_key="a", private_key="b")
    session.add(user)
    session.flush()
    ada = Caller(user.id, "ada", "a", "b", Role.USER, True)
    trial = store.add(session, ada, project, project.new(name="trial"))
    given = note.new.model_validate({"line": "ready", "project": trial.id})
    added = store.add(session, ada, note, given)
    assert (added.user_id, added.project_id) == (user.id, trial.id)
    try:
        store.add(session, ada, note, given)
        raise AssertionError("two notes with one line")
    except Conflict as refusal:
        assert "line" in str(refusal)
    store.remove(session, ada, t.Project, trial.id)
    assert session.scalar(select(func.count()).select_from(note.table)) == 0
document = app().openapi()
assert {"/api/note.json", "/api/note/{object_id}.json", "/api/project/{parent_id}/note.json"} <= set(document["paths"])
posted = document["paths"]["/api/note.json"]["post"]
assert "NewNote" in str(posted["requestBody"]) and "NoteWritten" in str(posted["responses"]["200"])
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for package in ("plugin", "ophtha_core", "registration"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("web", "__pycache__"))
    tests = tmp_path / "tests" / "plugin" / "service"
    tests.mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "plugin" / "service" / "test_openapi.py", tests)
    return tmp_path


def test_a_kind_is_one_file_and_a_migration(copy: Path) -> None:
    (copy / "plugin" / "service" / "annotations" / "kinds" / "note.py").write_text(KIND)
    scripts = Config()
    scripts.set_main_option("script_location", str(MIGRATIONS))
    head = ScriptDirectory.from_config(scripts).get_current_head()
    versions = copy / MIGRATIONS.relative_to(ROOT) / "versions"
    (versions / "9999_note.py").write_text(MIGRATION.format(head=head))
    done = subprocess.run(
        [sys.executable, "-c", USE, f"sqlite:///{copy}/records.db"], cwd=copy, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
