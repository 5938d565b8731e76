"""Where versions of Orthanc and of its Python plugin differ, and nowhere else.

Supported: Orthanc 1.10.1 with plugin 4.0 (Debian 12), 1.12.7 with 5.0 (Debian 13), 1.13.0 with 7.1.
"""

import json
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, NotRequired, Protocol, TypedDict
from urllib.parse import quote

JSON = "application/json"
PLAIN_TEXT = "text/plain"
_UNKNOWN_STATUS = 0
_NEVER_IN_A_QUERY = re.compile(r"""[^!-~]|["<>#&]""")
"""What no value of a query holds unless it was decoded."""


class RestRequest(TypedDict):
    """What Orthanc tells a REST callback of a request, beside the path."""

    method: str
    headers: dict[str, str]
    """Names in lower case."""
    get: NotRequired[dict[str, str]]
    """On GET only."""
    body: NotRequired[bytes]
    """On POST and PUT only."""


class OrthancOutput(Protocol):
    """The object Orthanc gives a REST callback to answer with."""

    def AnswerBuffer(self, body: bytes, mime: str, /) -> None: ...  # noqa: N802 - the name is Orthanc's
    def SendHttpStatus(self, *arguments: Any) -> None: ...  # noqa: N802
    def SendMethodNotAllowed(self, allowed: str, /) -> None: ...  # noqa: N802
    def SetHttpHeader(self, name: str, value: str, /) -> None: ...  # noqa: N802


class RestOutput:
    """What a REST callback answers with: each answer has one Content-Type, the right one, on every version."""

    def __init__(self, output: OrthancOutput, *, adds_content_type: bool) -> None:
        self._output = output
        self._adds_content_type = adds_content_type

    def set_header(self, name: str, value: str) -> None:
        """Add a header to the answer; not Content-Type, which the answer itself brings."""
        self._output.SetHttpHeader(name, value)

    def answer(self, status: int, body: bytes, content_type: str) -> None:
        """Answer with any status but 405."""
        if status == HTTPStatus.OK:
            self._output.AnswerBuffer(body, content_type)
            return
        if not (body and self._adds_content_type):
            self._output.SetHttpHeader("Content-Type", content_type)
        elif content_type != PLAIN_TEXT:
            self._name_the_type(content_type)
        _send_status(self._output, status, body)

    def answer_json(self, status: int, content: object) -> None:
        """Answer ``content`` as JSON, with any status but 405."""
        self.answer(status, json.dumps(content).encode(), JSON)

    def answer_error(self, status: HTTPStatus, message: str) -> None:
        """Answer an error in its one shape, with any status but 405."""
        self.answer_json(
            status, {"HttpStatus": status.value, "HttpError": status.phrase, "Message": message, "Details": []}
        )

    def answer_method_not_allowed(self, allowed: str) -> None:
        """405: Orthanc drops every header that was set and sends no body, so the type has to come with ``allowed``."""
        self._output.SendMethodNotAllowed(f"{allowed}\r\nContent-Type: {JSON}")

    def _name_the_type(self, content_type: str) -> None:
        """Tell Orthanc the type of a body sent with a status.

        Its own ``text/plain`` stays away only where ``AnswerBuffer`` named a type, which also sends it with 200: unless
        the status is one that Orthanc does not know. Then it keeps the type, sends nothing, and logs that it refused.
        """
        self._output.SendHttpStatus(_UNKNOWN_STATUS, b"")
        self._output.AnswerBuffer(b" ", content_type)


def _send_status(output: OrthancOutput, status: int, body: bytes) -> None:
    """Send ``body`` with ``status``: plugin 4.0 takes (code, str, bytes in it), 4.2 and later (code, body)."""
    try:
        output.SendHttpStatus(status, body)
    except TypeError:
        # Text only: what the service answers with an error status is JSON or XML.
        text = body.decode("utf-8", errors="replace")
        output.SendHttpStatus(status, text, len(text.encode()))


def adds_content_type(is_at_least: Callable[[int, int, int], bool]) -> bool:
    """Whether Orthanc adds ``text/plain`` to each body sent with a status, beside the type that a header named."""
    return is_at_least(1, 12, 2)


def query_values_are_decoded(is_at_least: Callable[[int, int, int], bool]) -> bool | None:
    """Whether Orthanc decodes the values of a query: it does not up to 1.12.7, and does in 1.13.0; None in between."""
    if is_at_least(1, 13, 0):
        return True
    return None if is_at_least(1, 12, 8) else False


def query_string(arguments: Mapping[str, str], *, values_are_decoded: bool | None) -> str:
    """Put the query together again. Where nobody knows whether its values are decoded, they tell by themselves."""
    if values_are_decoded is None:
        values_are_decoded = any(_NEVER_IN_A_QUERY.search(value) for value in arguments.values())
    if not values_are_decoded:
        return "&".join(f"{name}={value}" for name, value in arguments.items())
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in arguments.items())
