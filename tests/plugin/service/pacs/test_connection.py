"""What a connection does when Orthanc closes it: a server that says what it heard, and hangs up when it is told to."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from plugin.service.pacs.address import OrthancAddress
from plugin.service.pacs.connection import OrthancAway, OrthancConnection

_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class HangingUp:
    """A server whose connections last for the number of requests given; the one after is read and not answered."""

    def __init__(self, *answers: int) -> None:
        self.heard: list[str] = []
        self._answers = answers
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = OrthancAddress(f"http://127.0.0.1:{self._listening.getsockname()[1]}", "Bearer x")
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        for answers in self._answers:
            try:
                connection, _ = self._listening.accept()
            except OSError:  # the test is over
                return
            with connection, suppress(EOFError):
                for _ in range(answers):
                    self._read(connection)
                    connection.sendall(_OK)
                self._read(connection)

    def _read(self, connection: socket.socket) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(1 << 16)
            if not piece:
                raise EOFError
            data += piece
        self.heard.append(data.split(b"\r\n", 1)[0].decode())

    def close(self) -> None:
        self._listening.close()


@pytest.fixture
def hanging_up() -> Iterator[type[HangingUp]]:
    servers: list[HangingUp] = []

    class Remembered(HangingUp):
        def __init__(self, *answers: int) -> None:
            super().__init__(*answers)
            servers.append(self)

    yield Remembered
    for server in servers:
        server.close()


def test_what_does_no_harm_twice_is_sent_again_when_the_connection_was_stale(hanging_up: type[HangingUp]) -> None:
    server = hanging_up(1, 1)
    with OrthancConnection(server.address, patience_s=0) as orthanc:
        assert orthanc.get("/first").body == b"ok"
        assert orthanc.repeatable("POST", "/tools/lookup", b"x").body == b"ok"
    assert server.heard[:3] == ["GET /first HTTP/1.1", "POST /tools/lookup HTTP/1.1", "POST /tools/lookup HTTP/1.1"]


def test_what_must_not_happen_twice_goes_over_a_new_connection_and_once(hanging_up: type[HangingUp]) -> None:
    server = hanging_up(1, 0, 1)
    with OrthancConnection(server.address) as orthanc:
        assert orthanc.get("/first").body == b"ok"
        with pytest.raises(OrthancAway):
            orthanc.once("POST", "/modify", b"x")
    assert server.heard.count("POST /modify HTTP/1.1") == 1


def test_a_file_comes_in_pieces_and_one_that_is_not_there_is_said_so(hanging_up: type[HangingUp]) -> None:
    server = hanging_up(1)
    with OrthancConnection(server.address) as orthanc:
        assert b"".join(orthanc.pieces("/file")) == b"ok"


def test_nobody_there_is_orthanc_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    with OrthancConnection(OrthancAddress(f"http://127.0.0.1:{port}", "")) as orthanc:
        for request in (orthanc.repeatable, orthanc.once):
            with pytest.raises(OrthancAway, match="ConnectionRefusedError"):
                request("GET", "/", None)
