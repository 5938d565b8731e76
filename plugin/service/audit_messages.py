"""The audit log for a hospital's audit repository: DICOM audit messages (PS3.15 A.5) over syslog and TLS (RFC 5425)."""

import logging
import os
import queue
import socket
import ssl
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree

from plugin.service.config import AuditSyslog

_LOG = logging.getLogger(__name__)
_WAITING: Final = 10_000
"""Lines kept for a repository that does not answer; more are in the file alone."""
_RETRY_S: Final = 5.0
_CONNECT_S: Final = 10.0
_LAST_CHANCE_S: Final = 2.0
_PRIORITY: Final = 10 * 8 + 5
"""Facility security, severity notice, as PS3.15 A.6 asks."""
_ADDRESS_IS_IP: Final = "2"
_SYSTEM_OBJECT: Final = "2"
_REPORT_ROLE: Final = "3"

_Line = Mapping[str, object]


@dataclass(frozen=True)
class _Event:
    """``code`` of DCM (PS3.16, context group 400) and the action: create, read, update, delete, execute."""

    code: str
    meaning: str
    action: str


_LOGIN = _Event("110114", "User Authentication", "E")
_READ = _Event("110103", "DICOM Instances Accessed", "R")
_EXPORT = _Event("110106", "Export", "R")
_ACTIVITY = _Event("110100", "Application Activity", "E")
_BY_WORD: Final[Sequence[tuple[str, _Event]]] = (
    ("login failed", _LOGIN),
    ("export", _EXPORT),
    ("download", _EXPORT),
    ("view", _READ),
    ("delete", _Event(_READ.code, _READ.meaning, "D")),
    ("remove", _Event(_READ.code, _READ.meaning, "D")),
    ("change", _Event(_READ.code, _READ.meaning, "U")),
    ("add", _Event(_READ.code, _READ.meaning, "C")),
    ("upload", _Event(_READ.code, _READ.meaning, "C")),
    ("stored", _Event(_READ.code, _READ.meaning, "C")),
    ("pixels-masker", _Event(_READ.code, _READ.meaning, "C")),
)


def audit_message(line: _Line) -> bytes:
    """A line of the audit log as XML."""
    action = str(line["action"])
    event = next((event for word, event in _BY_WORD if word in action), _ACTIVITY)
    message = ElementTree.Element("AuditMessage")
    identification = ElementTree.SubElement(
        message,
        "EventIdentification",
        EventActionCode=event.action,
        EventDateTime=str(line["time"]),
        EventOutcomeIndicator="4" if event is _LOGIN else "0",
    )
    _code(identification, "EventID", event.code, "DCM", event.meaning)
    _code(identification, "EventTypeCode", action, "Ophtha", action)
    address = line.get("address")
    at = {"NetworkAccessPointID": str(address), "NetworkAccessPointTypeCode": _ADDRESS_IS_IP} if address else {}
    who = {"UserID": str(line.get("user") or "unknown"), "UserIsRequestor": "true", **at}
    ElementTree.SubElement(message, "ActiveParticipant", who)
    ElementTree.SubElement(message, "AuditSourceIdentification", AuditSourceID=socket.gethostname())
    resources = line.get("resources")
    for each in resources if isinstance(resources, list) else []:
        what = ElementTree.SubElement(
            message,
            "ParticipantObjectIdentification",
            ParticipantObjectID=str(each),
            ParticipantObjectTypeCode=_SYSTEM_OBJECT,
            ParticipantObjectTypeCodeRole=_REPORT_ROLE,
        )
        _code(what, "ParticipantObjectIDTypeCode", "id", "Orthanc", "Orthanc identifier")
    text: bytes = ElementTree.tostring(message, encoding="utf-8", xml_declaration=True)
    return text


class AuditRepository:
    """Sends lines from a thread of its own: nobody waits for the repository, which is asked again until it answers."""

    def __init__(self, settings: AuditSyslog) -> None:
        self._settings = settings
        self._context = ssl.create_default_context(cafile=None if settings.ca_file is None else str(settings.ca_file))
        if settings.certificate is not None:
            self._context.load_cert_chain(settings.certificate, settings.key)
        self._lines: queue.Queue[_Line] = queue.Queue(_WAITING)
        self._stopping = threading.Event()
        self._connection: ssl.SSLSocket | None = None
        self._thread = threading.Thread(target=self._send_forever, name="audit-repository", daemon=True)
        self._thread.start()

    def tell(self, line: _Line) -> None:
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            _LOG.warning("the audit repository does not answer: a line is in the file alone")

    def close(self) -> None:
        """What is waiting is sent if the repository answers at once."""
        self._stopping.set()
        self._thread.join(_LAST_CHANCE_S)

    def _send_forever(self) -> None:
        try:
            self._send_until_stopped()
        finally:
            self._hang_up()

    def _send_until_stopped(self) -> None:
        while not (self._stopping.is_set() and self._lines.empty()):
            try:
                line = self._lines.get(timeout=0.2)
            except queue.Empty:
                continue
            while not self._sent(frame(audit_message(line))):
                if self._stopping.wait(_RETRY_S):
                    return

    def _sent(self, content: bytes) -> bool:
        try:
            self._connected().sendall(content)
        except OSError as error:
            _LOG.warning("the audit repository cannot be reached (%s)", type(error).__name__)
            self._hang_up()
            return False
        return True

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> ssl.SSLSocket:
        if self._connection is None:
            host, port = self._settings.host, self._settings.port
            plain = socket.create_connection((host, port), timeout=_CONNECT_S)
            try:
                self._connection = self._context.wrap_socket(plain, server_hostname=host)
            except OSError:
                plain.close()
                raise
        return self._connection


def frame(message: bytes) -> bytes:
    """A syslog message (RFC 5424) with its length before it, as TLS carries it."""
    header = f"<{_PRIORITY}>1 - {socket.gethostname()} ophtha {os.getpid()} DICOM+RFC3881 - "
    content = header.encode() + b"\xef\xbb\xbf" + message
    return f"{len(content)} ".encode() + content


def _code(parent: ElementTree.Element, name: str, code: str, system: str, text: str) -> None:
    attributes = {"csd-code": code, "codeSystemName": system, "originalText": text}
    ElementTree.SubElement(parent, name, attributes)
