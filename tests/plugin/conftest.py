from collections.abc import Iterator

import httpx
import pytest

from tests.kit.conditions import wait_until
from tests.kit.product import Product


@pytest.fixture(scope="session")
def _often_killed(orthanc_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with Product(tmp_path_factory.mktemp("killed")) as running:
        yield running


@pytest.fixture
def fragile_product(_often_killed: Product) -> Product:
    """A product whose processes may be killed, with its service at work: what comes next waits for its return."""

    def answers() -> bool:
        try:
            return _often_killed.get("/plugins/ophtha/status").status_code == 200
        except httpx.TransportError:
            return False

    wait_until(answers, what="return of the service", timeout_s=120)
    return _often_killed
