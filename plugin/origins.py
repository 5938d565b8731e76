"""Notes at copies what they were made of, in the metadata that only plugins may write (Orthanc 1.12.2 and later).

``POST /plugins/ophtha/origins`` is for the service alone: it carries the token that Orthanc gave the plugin.
"""

import hmac
import json
import re
from typing import Protocol

from plugin.orthanc_versions import RestOutput, RestRequest, send_status

_METADATA = frozenset({"ModifiedFrom", "AnonymizedFrom"})
_RESOURCE = re.compile(r"(patients|studies|series|instances)/[0-9a-f]{8}(-[0-9a-f]{8}){4}")


class Core(Protocol):
    """Orthanc's own REST API, without the plugins."""

    def put(self, uri: str, body: bytes) -> bool:
        """False when Orthanc refuses."""
        ...


class Origins:
    """The REST callback."""

    def __init__(self, core: Core, token: str) -> None:
        self._core = core
        self._token = token.encode()

    def note(self, output: RestOutput, uri: str, request: RestRequest) -> None:
        """Body: ``{"Metadata": "ModifiedFrom", "Copies": {"instances/<id>": "<id of the source>"}}``; answers how many
        were written: none where Orthanc does not allow it."""
        if request["method"] != "POST":
            output.SendMethodNotAllowed("POST")
            return
        headers = request["headers"]
        if not hmac.compare_digest(headers.get("authorization", "").encode(), self._token):
            send_status(output, 403, b"{}")
            return
        body = json.loads(request.get("body", b""))
        name, copies = body["Metadata"], body["Copies"]
        written = 0
        for copy, source in copies.items():
            if name not in _METADATA or not _RESOURCE.fullmatch(copy):
                break
            if not self._core.put(f"/{copy}/metadata/{name}", source.encode()):
                break
            written += 1
        output.AnswerBuffer(json.dumps({"Written": written}).encode(), "application/json")
