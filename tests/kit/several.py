"""Several products on one index, one storage and the same records, as a large hospital has them."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from sqlalchemy import Engine, create_engine, text

from tests.kit.postgresql import postgresql, postgresql_missing
from tests.kit.product import PYTHON_PLUGINS, Product

_INDEX_PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancPostgreSQLIndex.so")


def several_missing() -> str | None:
    """Why no two Orthancs can share an index here; None when they can."""
    if not _INDEX_PLUGIN.exists():
        return "Debian's package orthanc-postgresql is not installed"
    return postgresql_missing()


@dataclass(frozen=True)
class RecordedJob:
    """What only the records tell of a job."""

    state: str
    attempt: int
    claim_number: int
    verdict: str | None
    service_id: str | None
    progress: float


@dataclass(frozen=True)
class Several:
    """Products that are one archive."""

    products: list[Product]
    records: Engine
    storage: Path
    """Of this product, not of Orthanc."""

    def job(self, job_id: str) -> RecordedJob:
        """A job as the records have it now."""
        query = "SELECT state, attempt, claim_number, verdict, service_id, progress FROM jobs WHERE id = :id"
        with self.records.connect() as connection:
            return RecordedJob(*connection.execute(text(query), {"id": job_id}).one())


@contextmanager
def several_products(
    folder: Path, number: int, *, records: str, settings: Mapping[str, object] | None = None
) -> Iterator[Several]:
    """``records`` are in ``sqlite``, one file for all, or in ``postgresql``."""
    with postgresql() as url, ExitStack() as running:
        server = urlsplit(url)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE orthanc")
            connection.execute("CREATE DATABASE ophtha")
        index = {
            "EnableIndex": True,
            "EnableStorage": False,
            "Host": server.hostname,
            "Port": server.port,
            "Database": "orthanc",
            "Username": "postgres",
            "Password": "",
            "Lock": False,
        }
        shared: dict[str, object] = {"Storage": str(folder / "ophtha"), "Workers": 1, **(settings or {})}
        records_url = f"sqlite:///{folder / 'ophtha' / 'records.db'}"
        if records == "postgresql":
            shared["Database"] = url.rpartition("/")[0] + "/ophtha"
            records_url = str(shared["Database"]).replace("postgresql:", "postgresql+psycopg:")
        products = [
            Product(
                folder / f"orthanc-{place}",
                settings=shared,
                orthanc={
                    "StorageDirectory": str(folder / "storage"),
                    "IndexDirectory": str(folder / "storage"),
                    "PostgreSQL": index,
                    "Plugins": [*PYTHON_PLUGINS, str(_INDEX_PLUGIN)],
                },
            )
            for place in range(number)
        ]
        for product in products:
            running.enter_context(product)
        for product in products:
            product.wait_for_workers()
        records_engine = create_engine(records_url)
        running.callback(records_engine.dispose)
        yield Several(products, records_engine, folder / "ophtha")
