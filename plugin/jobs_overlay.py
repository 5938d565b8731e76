"""Shows the service's jobs among Orthanc's own at ``/jobs`` and ``/jobs/<id>``: no plugin can create native ones."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Protocol

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
    """REST callbacks for ``/jobs``. Where the service knows nothing, or is away, the core answers."""

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
        jobs = json.loads(self._core.get("/jobs" + suffix))
        answer = self._ask("GET", OURS + suffix, request)
        if answer is not None and answer.status == 200:
            jobs += json.loads(answer.body)
        output.answer_json(200, jobs)

    def one_job(self, output: RestOutput, uri: str, request: RestRequest) -> None:
        """GET|DELETE /jobs/<id> and POST /jobs/<id>/<cancel|pause|resume|resubmit>."""
        method = request["method"]
        allowed = ("POST",) if uri.count("/") == 3 else ("GET", "DELETE")
        if method not in allowed:
            output.answer_method_not_allowed(",".join(allowed))
            return
        answer = self._ask(method, uri.replace("/jobs", OURS, 1), request)
        if answer is not None and answer.status != 404:
            give(output, answer)
            return
        self._pass_to_core(output, method, uri, request)

    def _ask(self, method: str, target: str, request: RestRequest) -> Answer | None:
        body = b"" if method == "POST" else None
        try:
            headers = relayed_headers(request["headers"])
            return self._relay.fetch(method, target, headers=headers, body=body)
        except ServiceAway:
            return None

    def _pass_to_core(self, output: RestOutput, method: str, uri: str, request: RestRequest) -> None:
        calls: dict[str, Callable[[], bytes | None]] = {
            "GET": lambda: self._core.get(uri),
            "POST": lambda: self._core.post(uri, b"{}"),
            "DELETE": lambda: self._core.delete(uri),
        }
        try:
            body = calls[method]()
        except UnknownToCore as refusal:
            output.answer_error(HTTPStatus(refusal.status), str(refusal))
        else:
            output.answer(200, body or b"{}", JSON)
