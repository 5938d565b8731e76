"""An Orthanc that is named by its URL proves who it is; the one of this machine need not."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from plugin.service.config import Configuration, InvalidSettings, read_configuration
from plugin.service.pacs.address import OrthancAddress, require_address
from plugin.service.pacs.connection import OrthancAway, OrthancConnection
from tests.kit.certificate import Certificate, self_signed


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"path": self.path, "token": self.headers["Authorization"]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return self_signed(tmp_path)


@contextmanager
def tls_server(certificate: Certificate, *, asks_for_certificate: bool = False) -> Iterator[int]:
    """Its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    if asks_for_certificate:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(certificate.chain)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answer) as server:
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # who does not trust it hangs up
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()


def configuration(port: int, *, ssl_enabled: bool = True, **settings: object) -> Configuration:
    orthanc = {"HttpPort": port, "SslEnabled": ssl_enabled, "StorageDirectory": "/srv", "Token": "Bearer t"}
    return read_configuration(json.dumps({"Ophtha": settings, "Orthanc": orthanc}), {})


def ask(configuration: Configuration, path: str = "/system") -> object:
    with OrthancConnection(OrthancAddress.of(configuration), patience_s=0.0) as orthanc:
        return orthanc.get_json(path)


def test_orthanc_on_this_machine_is_believed(certificate: Certificate) -> None:
    with tls_server(certificate) as port:
        assert ask(configuration(port)) == {"path": "/system", "token": "Bearer t"}


def test_a_named_orthanc_is_asked_below_its_path_when_its_certificate_is_of_the_authority(
    certificate: Certificate,
) -> None:
    with tls_server(certificate) as port:
        named = configuration(1, OrthancUrl=f"https://127.0.0.1:{port}/pacs/", OrthancCaFile=str(certificate.chain))
        assert ask(named) == {"path": "/pacs/system", "token": "Bearer t"}


def test_a_named_orthanc_with_a_certificate_of_nobody_is_not_asked(certificate: Certificate) -> None:
    with tls_server(certificate) as port, pytest.raises(OrthancAway):
        ask(configuration(1, OrthancUrl=f"https://127.0.0.1:{port}"))


def test_our_own_certificate_is_shown_to_an_orthanc_that_asks_for_one(certificate: Certificate) -> None:
    named = {"OrthancCaFile": str(certificate.chain)}
    ours = {"OrthancCertificate": str(certificate.chain), "OrthancKey": str(certificate.key)}
    with tls_server(certificate, asks_for_certificate=True) as port:
        url = f"https://127.0.0.1:{port}"
        assert ask(configuration(1, OrthancUrl=url, **named, **ours)) is not None
        with pytest.raises(OrthancAway):
            ask(configuration(1, OrthancUrl=url, **named))


def test_files_that_cannot_be_used_are_named_at_the_start(tmp_path: Path, certificate: Certificate) -> None:
    require_address(configuration(1, OrthancUrl="https://pacs", OrthancCaFile=str(certificate.chain)))
    with pytest.raises(InvalidSettings, match="OrthancCaFile"):
        require_address(configuration(1, OrthancUrl="https://pacs", OrthancCaFile=str(tmp_path / "none.pem")))
    with pytest.raises(InvalidSettings, match="OrthancCertificate and OrthancKey belong together"):
        configuration(1, OrthancKey=str(certificate.key))
