"""OCT routes on two transports: in process, and through a real Orthanc."""

from typing import Protocol

import httpx
import pytest
from fastapi import FastAPI

from plugin.service.errors import install_error_handlers
from plugin.service.oct import router
from tests.kit.in_process import InProcessClient


class Client(Protocol):
    """What both transports answer to."""

    def get(self, path: str, **arguments: object) -> httpx.Response: ...

    def post(self, path: str, **arguments: object) -> httpx.Response: ...


@pytest.fixture(scope="session")
def oct_app() -> FastAPI:
    app = FastAPI()
    install_error_handlers(app)
    app.include_router(router)
    return app


@pytest.fixture(scope="session")
def client(oct_app: FastAPI) -> Client:
    return InProcessClient(oct_app)


@pytest.fixture(params=["in process", "Orthanc"])
def any_client(request: pytest.FixtureRequest) -> Client:
    """Either transport; Orthanc is started once for the whole run."""
    if request.param == "in process":
        in_process: Client = request.getfixturevalue("client")
        return in_process
    product: Client = request.getfixturevalue("product")
    return product
