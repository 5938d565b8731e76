"""Records that were written before, by another version, or in a place where they cannot be."""

import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Column, Integer, Table, create_engine, func, select, text

from plugin.service import app  # noqa: F401  # defines every table
from plugin.service.annotations.tables import Counter
from plugin.service.jobs.records import JobRecords
from plugin.service.record_store import MIGRATIONS, UnusableRecords, network_file_system
from plugin.service.records import Record, open_database, sessions
from tests.kit.postgresql import postgresql, postgresql_missing

_REPOSITORY = Path(__file__).parents[3]
_AS_0_1_0 = "0003"
"""The tables that version 0.1.0 made."""


def records_of_0_1_0(folder: Path) -> str:
    """A database as version 0.1.0 left it, with a job in every state it knew."""
    path = folder / "records.db"
    engine = create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, _AS_0_1_0)
        for job_id, state, plan in (
            ("pending", "Pending", {"stage": "storing"}),
            ("running", "Running", {"stage": "storing"}),
            ("paused", "Paused", {"stage": "storing"}),
            ("removing", "Running", {"stage": "removing sources"}),
            ("registering", "Running", {"created": "2026-01-01T00:00:00"}),
            ("exporting", "Running", None),
            ("success", "Success", None),
            ("failure", "Failure", None),
        ):
            connection.execute(
                text(
                    "INSERT INTO jobs VALUES (:id, 'PixelsMasker', NULL, :state, NULL, 0, 0.5, '{}', :plan, '{}', 0,"
                    " NULL, '2026-01-01 00:00:00', NULL, 1.0)"
                ),
                {"id": job_id, "state": state, "plan": None if plan is None else json.dumps(plan)},
            )
    engine.dispose()
    return f"sqlite:///{path}"


def test_jobs_of_version_0_1_0_go_on_where_they_were(tmp_path: Path) -> None:
    engine = open_database(records_of_0_1_0(tmp_path))
    jobs = {job.id: job for job in JobRecords(sessions(engine)).list_all()}
    engine.dispose()
    assert {job_id: (job.state, job.verdict, job.claim_number) for job_id, job in jobs.items()} == {
        "pending": ("Pending", None, 0),
        "running": ("Running", None, 1),
        "paused": ("Paused", None, 1),
        "removing": ("Running", "keep", 1),
        "registering": ("Running", None, 1),
        "exporting": ("Running", None, 1),
        "success": ("Success", "keep", 0),
        "failure": ("Failure", "undo", 0),
    }
    assert {job.attempt for job in jobs.values()} == {1}
    assert {job.service_id for job in jobs.values()} == {None}


def newest_of_another_time(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()


def test_records_of_a_newer_version_are_refused_before_the_service_starts(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ophtha' / 'records.db'}"
    open_database(url).dispose()
    newest_of_another_time(tmp_path / "ophtha" / "records.db")
    with pytest.raises(UnusableRecords, match="newer version"):
        open_database(url)
    settings = {
        "Ophtha": {"Storage": str(tmp_path / "ophtha")},
        "Orthanc": {"HttpPort": 8042, "StorageDirectory": str(tmp_path), "Token": "t"},
    }
    for arguments in (["--check"], ["--socket", str(tmp_path / "socket")]):
        ended = subprocess.run(
            [sys.executable, "-m", "plugin.service", *arguments],
            cwd=_REPOSITORY,
            input=json.dumps(settings) + "\n",
            capture_output=True,
            text=True,
        )
        assert (ended.returncode, "newer version" in ended.stderr, "Traceback" in ended.stderr) == (2, True, False)


def test_records_of_a_newer_version_are_refused_on_postgresql(postgresql_url: str) -> None:
    engine = open_database(postgresql_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(UnusableRecords, match=r"newer version.*9999"):
        open_database(postgresql_url)


@pytest.fixture
def postgresql_url() -> Iterator[str]:
    missing = postgresql_missing()
    if missing is not None:
        pytest.skip(missing)
    with postgresql() as url:
        yield url


def first_start_of_many(url: str) -> None:
    """Several services find an empty database at the same moment."""
    start = threading.Barrier(4)
    failures: list[BaseException] = []

    def begin() -> None:
        start.wait()
        try:
            open_database(url).dispose()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    engine = open_database(url)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Counter)) == 1
    engine.dispose()


def test_services_that_start_first_together_on_sqlite(tmp_path: Path) -> None:
    first_start_of_many(f"sqlite:///{tmp_path / 'records.db'}")


def test_services_that_start_first_together_on_postgresql(postgresql_url: str) -> None:
    first_start_of_many(postgresql_url)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/data/records.db", None),
        ("/data/pacs/ophtha/records.db", "nfs4"),
        ("/data/pacs/local/records.db", None),
        ("/data/pacs2/records.db", None),
        ("/home/user/records.db", "fuse.sshfs"),
        ("/windows/records.db", "cifs"),
        ("/containers/records.db", "9p"),
        ("/encrypted/records.db", None),
        ("/over/records.db", "glusterfs"),
    ],
)
def test_network_file_systems_are_known_by_name(path: str, expected: str | None) -> None:
    mounts = [
        ("/", "ext4"),
        ("/data/pacs", "nfs4"),
        ("/data/pacs/local", "xfs"),
        ("/home", "fuse.sshfs"),
        ("/windows", "cifs"),
        ("/containers", "9p"),
        ("/encrypted", "fuse.gocryptfs"),
        ("/over", "ext4"),
        ("/over", "glusterfs"),
    ]
    assert network_file_system(Path(path), mounts) == expected


def test_a_folder_of_this_machine_is_no_network_file_system(tmp_path: Path) -> None:
    open_database(f"sqlite:///{tmp_path / 'records.db'}").dispose()


def test_records_on_a_network_file_system_are_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mounts"
    folder = tmp_path / "shared folder"
    escaped = str(folder).replace(" ", "\\040")
    mounts.write_text(f"none / ext4 rw 0 0\nserver:/export {escaped} nfs4 rw 0 0\n")
    monkeypatch.setattr("plugin.service.record_store._MOUNTS", mounts)
    with pytest.raises(UnusableRecords, match=r"nfs4.*PostgreSQL"):
        open_database(f"sqlite:///{folder / 'records.db'}")


def differences(url: str) -> list[object]:
    """What Alembic would write into a migration, so that the tables become those of the classes."""
    engine = open_database(url)
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), Record.metadata)
    engine.dispose()
    return list(found)


def test_the_migrations_make_the_tables_of_the_classes_on_sqlite(tmp_path: Path) -> None:
    assert {"ann_annotation", "jobs", "registration_nonces"} <= set(Record.metadata.tables)
    assert differences(f"sqlite:///{tmp_path / 'records.db'}") == []


def test_the_migrations_make_the_tables_of_the_classes_on_postgresql(postgresql_url: str) -> None:
    assert differences(postgresql_url) == []


def test_a_table_without_a_migration_is_a_difference(tmp_path: Path) -> None:
    forgotten = Table("forgotten", Record.metadata, Column("id", Integer, primary_key=True))
    try:
        ((verb, table),) = differences(f"sqlite:///{tmp_path / 'records.db'}")
        assert (verb, table.name) == ("add_table", "forgotten")
    finally:
        Record.metadata.remove(forgotten)
