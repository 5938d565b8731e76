"""Stands in for an Orthanc behind its authorization plugin, by what the plugin's documentation promises.

The plugin itself is no package of this machine: who shows what to whom is decided here by the same headers.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

OWN_TOKEN = "Bearer of the service"


@dataclass
class AuthorizedOrthanc:
    """``people`` are names by the value of the header ``token``; ``shown`` are ids of studies by name."""

    people: Mapping[str, str]
    shown: Mapping[str, frozenset[str]]
    port: int = 0
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Paths and headers, in their order."""

    def answer(self, path: str, headers: dict[str, str]) -> tuple[int, object]:
        """Status and JSON."""
        self.asked.append((path, headers))
        name = self.people.get(headers.get("token", ""))
        is_service = headers.get("authorization") == OWN_TOKEN
        if path == "/auth/user/profile":
            # Asked with Orthanc's own token, the plugin would answer for the service.
            return (200, {"name": name or "", "permissions": ["view"] if name else [], "authorized-labels": ["*"]})
        _, level, study, *rest = path.split("/")
        if level != "studies" or not (is_service or study in self.shown.get(name or "", frozenset())):
            return 403, {}
        if rest == ["series"]:
            return 200, []
        tags: dict[str, object] = {"MainDicomTags": {}, "PatientMainDicomTags": {}}
        return 200, {"ID": study, "Series": [], **tags}


@contextmanager
def authorized_orthanc(people: Mapping[str, str], shown: Mapping[str, frozenset[str]]) -> Iterator[AuthorizedOrthanc]:
    """Serves until the block ends."""
    orthanc = AuthorizedOrthanc(people, shown)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, content = orthanc.answer(self.path, headers)
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    orthanc.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield orthanc
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
