"""Pages of other sites change nothing; our own do, whatever a proxy made of Host."""

import pytest
from fastapi import FastAPI

from plugin.service.access.cross_site import RefuseCrossSite
from tests.kit.in_process import InProcessClient


@pytest.fixture
def client() -> InProcessClient:
    app = FastAPI()
    app.add_middleware(RefuseCrossSite, public_url="https://hospital.example/pacs")

    @app.post("/changes")
    def changes() -> None:
        """Something."""

    return InProcessClient(app)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://pacs.example", "Host": "pacs.example"},
        {"Origin": "http://pacs.example:8080", "Host": "pacs.example:8080"},
        {"Origin": "http://pacs.example:8080", "Host": "pacs.example"},
        {"Origin": "https://hospital.example", "Host": "localhost:8042"},
        {"Origin": "http://pacs.example", "Host": "localhost:8042", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_our_own_pages_and_clients_without_pages_may_write(client: InProcessClient, headers: dict[str, str]) -> None:
    assert client.post("/changes", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example", "Host": "pacs.example"},
        {"Origin": "http://pacs.example:8080", "Host": "pacs.example:8042"},
        {"Origin": "http://pacs.example.evil.example", "Host": "pacs.example"},
        {"Origin": "null", "Host": "pacs.example"},
        {"Origin": "http://pacs.example", "Host": "pacs.example", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_pages_of_other_sites_may_not(client: InProcessClient, headers: dict[str, str]) -> None:
    assert client.post("/changes", headers=headers).status_code == 403
