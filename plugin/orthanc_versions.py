"""Where versions of Orthanc and of its Python plugin differ, and nowhere else.

Supported: Orthanc 1.10.1 with plugin 4.0 (Debian 12), 1.12.7 with 5.0 (Debian 13), 1.13.0 with 7.1.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, NotRequired, Protocol, TypedDict
from urllib.parse import quote

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
