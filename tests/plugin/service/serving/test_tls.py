"""The API port speaks TLS, and nothing else, where it has a certificate."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from plugin.service.config import InvalidSettings, Settings
from plugin.service.serving.certificate import require_certificate
from plugin.service.serving.listening import api_server
from tests.kit.certificate import Certificate, self_signed
from tests.kit.conditions import wait_until
from tests.kit.product import free_port


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return self_signed(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def port(certificate: Certificate) -> Iterator[int]:
    """Where an application answers over TLS."""
    app, number = FastAPI(), free_port()
    app.add_api_route("/alive", lambda: True)
    settings = Settings(api_port=number, api_certificate=certificate.chain, api_certificate_key=certificate.key)
    server = api_server(app, settings)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    wait_until(lambda: server.started, what="start of the server")
    yield number
    server.should_exit = True
    thread.join(30)


def test_a_client_that_trusts_the_certificate_is_answered_over_tls_1_2_or_later(
    port: int, certificate: Certificate
) -> None:
    context = ssl.create_default_context(cafile=str(certificate.chain))
    with httpx.Client(verify=context) as client:
        assert client.get(f"https://127.0.0.1:{port}/alive").json() is True
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    with httpx.Client(verify=context) as client:
        assert client.get(f"https://127.0.0.1:{port}/alive").status_code == 200


def test_nothing_is_answered_in_the_open(port: int) -> None:
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{port}/alive")


def test_a_certificate_that_cannot_be_used_stops_the_start(certificate: Certificate, tmp_path: Path) -> None:
    require_certificate(Settings(api_certificate=certificate.chain, api_certificate_key=certificate.key))
    for chain, key in ((certificate.key, certificate.key), (certificate.chain, tmp_path / "none")):
        with pytest.raises(InvalidSettings, match="ApiCertificate"):
            require_certificate(Settings(api_certificate=chain, api_certificate_key=key))
