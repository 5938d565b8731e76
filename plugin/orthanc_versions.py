"""Where versions of Orthanc and of its Python plugin differ, and nowhere else.

Supported: Orthanc 1.10.1 with plugin 4.0 (Debian 12), 1.12.7 with 5.0 (Debian 13), 1.13.0 with 7.1.
"""

from collections.abc import Mapping
from typing import Any, NotRequired, Protocol, TypedDict
from urllib.parse import quote


class RestRequest(TypedDict):
    """What Orthanc tells a REST callback of a request, beside the path."""

    method: str
    headers: dict[str, str]
    """Names in lower case."""
    get: NotRequired[dict[str, str]]
    """On GET only."""
    body: NotRequired[bytes]
    """On POST and PUT only."""


class RestOutput(Protocol):
    """The object a REST callback answers with."""

    def AnswerBuffer(self, body: bytes, mime: str, /) -> None: ...  # noqa: N802 - the name is Orthanc's
    def SendHttpStatus(self, *arguments: Any) -> None: ...  # noqa: N802
    def SendMethodNotAllowed(self, allowed: str, /) -> None: ...  # noqa: N802
    def SetHttpHeader(self, name: str, value: str, /) -> None: ...  # noqa: N802


def send_status(output: RestOutput, status: int, body: bytes) -> None:
    """Answer ``body`` with any status: plugin 4.0 takes (code, str, bytes in it), 4.2 and later (code, body)."""
    try:
        output.SendHttpStatus(status, body)
    except TypeError:
        # Text only: what the service answers with an error status is JSON or XML.
        text = body.decode("utf-8", errors="replace")
        output.SendHttpStatus(status, text, len(text.encode()))


def query_string(arguments: Mapping[str, str], *, values_are_decoded: bool) -> str:
    """Put the query together again: its values arrive percent-encoded up to Orthanc 1.10, decoded from 1.11 on."""
    if not values_are_decoded:
        return "&".join(f"{name}={value}" for name, value in arguments.items())
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in arguments.items())
