from collections.abc import Iterator

import pytest

from tests.kit.file_server import FileServer, file_server
from tests.kit.product import Product, free_port
from tests.kit.registration import USERS, Chest, ProtocolClient, stored_chest, url_form


@pytest.fixture(scope="session")
def files() -> Iterator[FileServer]:
    """A configured host that series may be fetched from."""
    with file_server() as running:
        yield running


@pytest.fixture(scope="session")
def api_port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def registering(
    orthanc_installed: None, tmp_path_factory: pytest.TempPathFactory, files: FileServer, api_port: int
) -> Iterator[Product]:
    """A product with users, an API port and a configured host."""
    settings = {"ApiPort": api_port, "Users": USERS, "RegistrationHosts": [f"127.0.0.1:{files.port}"]}
    with Product(tmp_path_factory.mktemp("registering"), settings=settings) as running:
        running.wait_for_workers()
        yield running


@pytest.fixture(scope="session")
def chest(registering: Product) -> Chest:
    return stored_chest(registering)


@pytest.fixture(scope="session")
def orthanc_port(registering: Product) -> ProtocolClient:
    """A client of Orthanc's own port that signs nothing."""
    return ProtocolClient(f"http://localhost:{registering.port}")


@pytest.fixture(scope="session")
def alice(registering: Product, api_port: int) -> ProtocolClient:
    return ProtocolClient(f"http://127.0.0.1:{api_port}", "alice")


@pytest.fixture(scope="session")
def finished(registering: Product, alice: ProtocolClient, chest: Chest) -> str:
    """A registration of alice's that succeeded, of one series with itself."""
    job_id = alice.submit(url_form(registering, chest.reference, chest.reference))
    alice.results(job_id)
    return job_id
