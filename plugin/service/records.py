"""The database of everything the service must remember: SQLite by default, PostgreSQL by URL."""

from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

_MIGRATIONS = Path(__file__).parent / "migrations"

Sessions = sessionmaker[Session]


class Record(DeclarativeBase):
    """Base of every table."""


def now() -> datetime:
    """The present in UTC, without a zone: SQLite stores none."""
    return datetime.now(UTC).replace(tzinfo=None)


def open_database(url: str) -> Engine:
    """Engine of an upgraded database; a new SQLite file is readable by its owner only."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        path = Path(parsed.database)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = create_engine(parsed, pool_pre_ping=True, hide_parameters=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _tune_sqlite)
    upgrade(engine)
    return engine


def sessions(engine: Engine) -> Sessions:
    """Factory of short sessions, one per unit of work."""
    return sessionmaker(engine, expire_on_commit=False)


def upgrade(engine: Engine) -> None:
    """Bring the tables up to date (Alembic)."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _tune_sqlite(connection, _record) -> None:  # type: ignore[no-untyped-def]  # the driver's own objects
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")  # readers do not wait for the writer
    cursor.execute("PRAGMA synchronous=FULL")  # a record that was answered for survives a power cut
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.close()
