"""A small HTTP server on loopback that answers as a test tells it to, and remembers what it was asked."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Reply:
    """One answer. ``body`` is sent piece by piece; ``told`` is its length where a length is announced."""

    body: tuple[bytes, ...] = (b"",)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    told: int | None = None


@dataclass
class FileServer:
    """Running server; ``asked`` holds (path, Host) of every request."""

    port: int
    replies: dict[str, Reply | Callable[[], Reply]]
    asked: list[tuple[str, str]] = field(default_factory=list)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"


@contextmanager
def file_server(replies: Mapping[str, Reply | Callable[[], Reply]] | None = None) -> Iterator[FileServer]:
    """Serves ``replies`` by path; everything else is 404."""
    running = FileServer(0, dict(replies or {}))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            running.asked.append((self.path, self.headers["Host"]))
            found = running.replies.get(self.path, Reply(status=404))
            reply = found if isinstance(found, Reply) else found()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.told is not None:
                self.send_header("Content-Length", str(reply.told))
            self.end_headers()
            try:
                for piece in reply.body:
                    self.wfile.write(piece)
            except (BrokenPipeError, ConnectionResetError):
                return

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name is the base class's
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
