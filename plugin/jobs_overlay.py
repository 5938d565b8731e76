"""Shows the service's jobs among Orthanc's own at ``/jobs`` and ``/jobs/<id>``: no plugin can create native ones."""

import json
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Protocol

from plugin.admission import Kind
from plugin.orthanc_versions import JSON, RestOutput, RestRequest
from plugin.relay import Answer, Relay, ServiceAway, give, relayed_headers

OURS = "/plugins/ophtha/jobs"


class Core(Protocol):
    """Orthanc's own REST API, without the plugins."""

    def get(self, uri: str) -> bytes: ...
    def post(self, uri: str, body: bytes) -> bytes: ...
    def delete(self, uri: str) -> None: ...


class UnknownToCore(Exception):
    """Orthanc itself refuses the request; ``status`` is what it would have answered."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class JobsOverlay:
    """REST callbacks for ``/jobs``. What the service does not know is the core's, and what the core knows while the
    service is away."""

    def __init__(self, relay: Relay, core: Core) -> None:
        self._relay = relay
        self._core = core

    def list_jobs(self, output: RestOutput, uri: str, request: RestRequest) -> None:
        """GET /jobs[?expand]: the core's jobs, then ours."""
        if request["method"] != "GET":
            output.answer_method_not_allowed("GET")
            return
        query = self._relay.query(request)
        suffix = f"?{query}" if query else ""

        def answer() -> None:
            jobs = json.loads(self._core.get("/jobs" + suffix))
            with suppress(ServiceAway):
                ours = self._ask("GET", OURS + suffix, request)
                jobs += json.loads(ours.body) if ours.status == 200 else []
            output.answer_json(200, jobs)

        self._relay.admit(output, Kind.SHORT, answer)

    def one_job(self, output: RestOutput, uri: str, request: RestRequest) -> None:
        """GET|DELETE /jobs/<id> and POST /jobs/<id>/<cancel|pause|resume|resubmit>."""
        method = request["method"]
        allowed = ("POST",) if uri.count("/") == 3 else ("GET", "DELETE")
        if method not in allowed:
            output.answer_method_not_allowed(",".join(allowed))
            return

        def answer() -> None:
            try:
                ours = self._ask(method, uri.replace("/jobs", OURS, 1), request)
            except ServiceAway:
                self._pass_to_core(output, method, uri, otherwise=_away)
                return
            if ours.status != 404:
                give(output, ours)
            else:
                self._pass_to_core(output, method, uri, otherwise=partial(_unknown, output))

        self._relay.admit(output, Kind.SHORT, answer)

    def _ask(self, method: str, target: str, request: RestRequest) -> Answer:
        body = b"" if method == "POST" else None
        return self._relay.fetch(method, target, headers=relayed_headers(request["headers"]), body=body)

    def _pass_to_core(
        self, output: RestOutput, method: str, uri: str, *, otherwise: Callable[[UnknownToCore], None]
    ) -> None:
        calls: dict[str, Callable[[], bytes | None]] = {
            "GET": lambda: self._core.get(uri),
            "POST": lambda: self._core.post(uri, b"{}"),
            "DELETE": lambda: self._core.delete(uri),
        }
        try:
            body = calls[method]()
        except UnknownToCore as refusal:
            otherwise(refusal)
        else:
            output.answer(200, body or b"{}", JSON)


def _unknown(output: RestOutput, refusal: UnknownToCore) -> None:
    output.answer_error(HTTPStatus(refusal.status), str(refusal))


def _away(refusal: UnknownToCore) -> None:
    """It may be a job of ours: nobody can say now."""
    raise ServiceAway from refusal
