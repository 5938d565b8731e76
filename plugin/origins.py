"""Notes at copies what they were made of, in the metadata that only plugins may write (Orthanc 1.12.2 and later).

``POST /plugins/ophtha/origins`` is for the service alone: it carries the token that Orthanc gave the plugin.
"""

import hmac
import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Protocol

from plugin.orthanc_versions import RestOutput, RestRequest

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
            output.answer_method_not_allowed("POST")
            return
        headers = request["headers"]
        if not hmac.compare_digest(headers.get("authorization", "").encode(), self._token):
            output.answer_error(HTTPStatus.FORBIDDEN, "Only the service of this Orthanc notes origins")
            return
        try:
            body = json.loads(request.get("body", b""))
            name, copies = str(body["Metadata"]), {str(copy): str(source) for copy, source in body["Copies"].items()}
        except (ValueError, LookupError, TypeError, AttributeError):
            output.answer_error(HTTPStatus.BAD_REQUEST, "The body is not of the form that the service sends")
            return
        output.answer_json(200, {"Written": self._write(name, copies)})

    def _write(self, name: str, copies: Mapping[str, str]) -> int:
        written = 0
        for copy, source in copies.items():
            if name not in _METADATA or not _RESOURCE.fullmatch(copy):
                break
            if not self._core.put(f"/{copy}/metadata/{name}", source.encode()):
                break
            written += 1
        return written
