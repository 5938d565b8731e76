"""A hospital's audit repository gets what the audit log says."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import pytest

from plugin.service.audit import AuditLog
from plugin.service.audit_messages import AuditRepository, audit_message
from plugin.service.config import AuditSyslog
from tests.kit.certificate import Certificate, self_signed
from tests.kit.conditions import wait_until

LINE = {"time": "2026-01-31T08:00:00.000+00:00", "user": "doc <x>", "address": "192.0.2.1", "resources": ["a", "b"]}


@dataclass
class Repository:
    """Takes syslog messages over TLS."""

    certificate: Certificate
    port: int
    received: bytearray = field(default_factory=bytearray)

    def messages(self) -> list[bytes]:
        """As framed by their lengths (RFC 5425)."""
        found, rest = [], bytes(self.received)
        while b" " in rest:
            length, _, rest = rest.partition(b" ")
            if len(rest) < int(length):
                break
            found.append(rest[: int(length)])
            rest = rest[int(length) :]
        return found


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    certificate = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        running = Repository(certificate, listening.getsockname()[1])

        def take() -> None:
            connection, _ = listening.accept()
            # A client that trusts nobody we know hangs up.
            with connection, suppress(ssl.SSLError), context.wrap_socket(connection, server_side=True) as client:
                while piece := client.recv(65536):
                    running.received.extend(piece)

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        yield running


def test_a_message_says_who_did_what_where_and_to_what() -> None:
    message = ElementTree.fromstring(audit_message({**LINE, "action": "annotations.export"}))
    event, participant = message.find("EventIdentification"), message.find("ActiveParticipant")
    assert event is not None
    assert participant is not None
    assert event.get("EventOutcomeIndicator") == "0"
    assert [each.get("csd-code") for each in event] == ["110106", "annotations.export"]
    assert (participant.get("UserID"), participant.get("NetworkAccessPointID")) == ("doc <x>", "192.0.2.1")
    objects = message.findall("ParticipantObjectIdentification")
    assert [each.get("ParticipantObjectID") for each in objects] == ["a", "b"]


@pytest.mark.parametrize(
    ("action", "code", "kind"),
    [
        ("login failed", "110114", "E"),
        ("view", "110103", "R"),
        ("registration downloaded", "110106", "R"),
        ("annotations.term.delete", "110103", "D"),
        ("pixels-masker modify", "110103", "C"),
        ("job cancel", "110100", "E"),
    ],
)
def test_each_action_is_an_event_of_the_standard(action: str, code: str, kind: str) -> None:
    event = ElementTree.fromstring(audit_message({**LINE, "action": action})).find("EventIdentification")
    assert event is not None
    assert (event[0].get("csd-code"), event.get("EventActionCode")) == (code, kind)


def test_every_line_of_the_log_arrives_over_tls(repository: Repository, tmp_path: Path) -> None:
    settings = AuditSyslog(host="127.0.0.1", port=repository.port, ca_file=repository.certificate.chain)
    sender = AuditRepository(settings)
    log = AuditLog(tmp_path / "audit.jsonl", tell=(sender.tell,))
    for number in range(3):
        log.write("view", user="doc", resources=[str(number)])
    wait_until(lambda: len(repository.messages()) == 3, what="messages")
    sender.close()
    header, _, body = repository.messages()[2].partition(b"\xef\xbb\xbf")
    assert header.startswith(b"<85>1 ")
    assert b" DICOM+RFC3881 - " in header
    assert ElementTree.fromstring(body).tag == "AuditMessage"


def test_a_repository_that_is_not_trusted_gets_nothing_and_keeps_nobody(repository: Repository, tmp_path: Path) -> None:
    sender = AuditRepository(AuditSyslog(host="127.0.0.1", port=repository.port))
    AuditLog(tmp_path / "audit.jsonl", tell=(sender.tell,)).write("view", user="doc", resources=[])
    sender.close()
    assert repository.received == b""
