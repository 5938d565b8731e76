"""What clients were told, counted from several threads."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.campaign.figures import Figures

_DEADLINE_S = 60.0
_REMEMBERED_ERRORS = 200


class Answers:
    """Judges every answer as it comes. While ``disturbed`` a connection may break: somebody has just killed its end."""

    def __init__(self, figures: Figures) -> None:
        self.figures = figures
        self.about = ""
        """What the calls are about, told with every error."""
        self._lock = threading.Lock()
        self._disturbances = 0

    @contextmanager
    def disturbed(self) -> Iterator[None]:
        with self._lock:
            self._disturbances += 1
        try:
            yield
        finally:
            with self._lock:
                self._disturbances -= 1

    def ask(self, client: httpx.Client, method: str, path: str, **arguments: object) -> httpx.Response | None:
        """The answer, judged; None when there was none."""
        return self.send(client, client.build_request(method, path, **arguments))  # type: ignore[arg-type]

    def send(self, client: httpx.Client, request: httpx.Request) -> httpx.Response | None:
        """The answer to a request that is ready, judged; None when there was none."""
        request.extensions["timeout"] = httpx.Timeout(_DEADLINE_S).as_dict()
        what = f"{request.method} {request.url.raw_path.decode()}"
        began = time.monotonic()
        try:
            answer = client.send(request)
        except httpx.HTTPError as error:
            self.came_none(what, error)
            return None
        self.came(what, answer.status_code, answer.headers, time.monotonic() - began)
        return answer

    def came(self, what: str, status: int, headers: httpx.Headers, seconds: float) -> None:
        """One answer."""
        with self._lock:
            self.figures.calls += 1
            self.figures.durations_s.append(seconds)
            self.figures.served += 200 <= status < 300
            if status in (429, 503) and "retry-after" in headers:
                self.figures.busy += 1
            elif status >= 500 and status != 507:  # 507: the disk is full, and it says so
                self._note(f"{status} {what}")

    def came_none(self, what: str, error: Exception) -> None:
        """A call without an answer."""
        with self._lock:
            self.figures.calls += 1
            if not self._disturbances:
                self._note(f"{type(error).__name__} {what}")

    def _note(self, text: str) -> None:
        if len(self.figures.errors) < _REMEMBERED_ERRORS:
            self.figures.errors.append(f"{text} ({self.about})" if self.about else text)
