"""The API port among slow, silent and many clients: over raw sockets, against the running service."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from email.utils import formatdate
from pathlib import Path

import pytest

from tests.kit.annotation_service import MEMBER, AnnotationService, annotation_service, signature
from tests.kit.conditions import wait_until
from tests.kit.product import Product
from tests.kit.raw_client import answer, head, is_closed, opened, sent

HALF_A_HEAD = b"GET /api/project.json HTTP/1.1\r\nHos"
HALF_A_BODY = head("POST", "/api/project.json", content_length=1000) + b"{"


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AnnotationService]:
    """A service that waits a second for its clients, and lets in few of them."""
    orthanc = Product(tmp_path_factory.mktemp("orthanc"), with_plugin=False)
    settings = {"api_timeout_s": 1, "api_connections": 20, "api_connections_per_peer": 12}
    with annotation_service(tmp_path_factory.mktemp("service"), orthanc, settings=settings) as running:
        yield running


def good_answer(service: AnnotationService) -> str:
    with service.client(MEMBER) as client:
        name: str = client.get("/api/user/current.json").json()["username"]
        return name


@pytest.mark.parametrize("said", [b"", b"G", HALF_A_HEAD, HALF_A_BODY], ids=["nothing", "byte", "head", "body"])
def test_a_client_that_does_not_go_on_is_dismissed(impatient: AnnotationService, said: bytes) -> None:
    with opened(impatient.url) as connection:
        connection.sendall(said)
        wait_until(lambda: is_closed(connection), what="end of the connection")


def test_a_head_that_comes_byte_by_byte_has_one_deadline(impatient: AnnotationService) -> None:
    with opened(impatient.url) as connection:

        def dripped() -> bool:
            try:
                connection.setblocking(True)
                connection.sendall(b"x")
            except OSError:
                return True
            return is_closed(connection)

        connection.sendall(HALF_A_HEAD)
        wait_until(dripped, what="end of the connection")


def test_the_body_of_a_known_client_that_stops_is_answered_408(impatient: AnnotationService) -> None:
    date = formatdate(usegmt=True)
    authorization = signature(MEMBER, method="POST", content_type="", date=date)
    with opened(impatient.url) as connection:
        said = head("POST", "/api/ontology.json", content_length=1000, date=date, authorization=authorization)
        connection.sendall(said + b"{")
        refused = answer(connection)
    assert refused.status == 408
    assert refused.json()["errors"] == "The body comes too slowly"
    assert refused.headers["connection"] == "close"


def test_more_clients_than_are_let_in_do_not_keep_out_a_good_one(impatient: AnnotationService) -> None:
    with ExitStack() as stack:
        slow: list[socket.socket] = []
        for number in range(60):
            connection = stack.enter_context(opened(impatient.url))
            connection.sendall(HALF_A_BODY if number % 2 else HALF_A_HEAD)
            slow.append(connection)
            if number % 10 == 9:
                assert good_answer(impatient) == "mia"
        wait_until(lambda: all(map(is_closed, slow)), what="end of the slow connections")
    assert good_answer(impatient) == "mia"


def test_the_rest_of_a_refused_body_is_read_until_its_client_has_the_answer(impatient: AnnotationService) -> None:
    size = 8 << 20
    for connection in ("close", "keep-alive"):
        first = head("POST", "/api/project.json", content_length=size, connection=connection)
        refused = sent(impatient.url, first, (b"x" * (1 << 20) for _ in range(size >> 20)))
        assert refused.status == 401
        assert refused.json()["success"] is False


def test_a_connection_goes_on_after_a_request_without_body(impatient: AnnotationService) -> None:
    with opened(impatient.url) as connection:
        for _ in range(3):
            connection.sendall(head("GET", "/server/ping"))
            assert answer(connection).json()["alive"] is True
        wait_until(lambda: is_closed(connection), what="end of the idle connection")


@pytest.mark.parametrize(
    "said",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"GET /" + b"a" * 300_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        head("POST", "/api/project.json", transfer_encoding="chunked") + b"zz\r\n",
    ],
    ids=["two hosts", "nonsense", "large head", "bad chunk"],
)
def test_what_is_no_request_is_refused_in_the_one_shape(impatient: AnnotationService, said: bytes) -> None:
    refused = sent(impatient.url, said)
    assert refused.status == 400
    assert refused.json()["HttpStatus"] == 400


def test_one_connection_too_many_is_refused_when_nobody_can_be_dismissed(tmp_path: Path) -> None:
    sent_bytes, size = 20 << 20, 40 << 20
    orthanc = Product(tmp_path / "orthanc", with_plugin=False)
    with (
        annotation_service(tmp_path / "service", orthanc, settings={"api_connections": 3}) as service,
        ExitStack() as stack,
    ):
        for _ in range(3):
            date = formatdate(usegmt=True)
            authorization = signature(MEMBER, method="POST", content_type="", date=date)
            said = head("POST", "/api/ontology.json", content_length=size, date=date, authorization=authorization)
            connection = stack.enter_context(opened(service.url))
            # More than lies in buffers: once it is gone, the service has read it, so it knows who sends.
            connection.sendall(said + b" " * sent_bytes)
        with opened(service.url) as one_too_many:
            refused = answer(one_too_many)
        assert (refused.status, refused.headers["retry-after"]) == (503, "2")
        assert refused.json()["HttpStatus"] == 503
