"""The database of everything the service must remember: SQLite by default, PostgreSQL by URL."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from plugin.service.record_store import MIGRATIONS, require_usable

_UPGRADE_LOCK = 0x6F70687468610001
"""PostgreSQL's advisory lock of whoever brings the tables up to date: "ophtha" and a number."""

Sessions = sessionmaker[Session]


class Record(DeclarativeBase):
    """Base of every table."""


def now() -> datetime:
    """The present in UTC, without a zone: SQLite stores none."""
    return datetime.now(UTC).replace(tzinfo=None)


def open_database(url: str) -> Engine:
    """Engine of an upgraded database; a new SQLite file is readable by its owner only. Raises UnusableRecords."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        path = Path(parsed.database)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    require_usable(url)
    engine = create_engine(parsed, pool_pre_ping=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _tune_sqlite)
    upgrade(engine)
    return engine


def sessions(engine: Engine) -> Sessions:
    """Factory of short sessions, one per unit of work."""
    return sessionmaker(engine, expire_on_commit=False)


def upgrade(engine: Engine) -> None:
    """Bring the tables up to date (Alembic), one service at a time."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with _alone(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """A transaction during which no other service upgrades the same tables."""
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})
            yield connection
    elif engine.url.database:
        # Beside the file, not the file itself: SQLite has locks of its own on that.
        with Path(f"{engine.url.database}.upgrade").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            with engine.begin() as connection:
                yield connection
    else:
        with engine.begin() as connection:
            yield connection


def _tune_sqlite(connection, _record) -> None:  # type: ignore[no-untyped-def]  # the driver's own objects
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.execute("PRAGMA journal_mode=WAL")  # readers do not wait for the writer
    cursor.execute("PRAGMA synchronous=FULL")  # a record that was answered for survives a power cut
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()
