"""Answers of the protocol in JSON or XML, and its errors."""

import json
import re
from enum import StrEnum
from urllib.parse import parse_qsl
from uuid import uuid4
from xml.etree import ElementTree

from pydantic import JsonValue
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from plugin.service.access.shapes import ErrorShape
from plugin.service.ct_registration.refusals import InvalidParameter, Refusal, as_refusal
from plugin.service.errors import ServiceError

JsonAnswer = dict[str, JsonValue]
_XML_TYPE = "text/xml;charset=utf-8"
"""Exactly as the SDK compares it."""
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd]")


class Format(StrEnum):
    """Parameter ``Format``."""

    JSON = "JSON"
    XML = "XML"

    @classmethod
    def of(cls, text: str | None) -> "Format":
        """JSON when not given. Raises InvalidParameter."""
        try:
            return cls((text or "JSON").upper())
        except ValueError:
            raise InvalidParameter("Format", "must be JSON or XML") from None


def new_request_id() -> str:
    """For requests that are no job."""
    return str(uuid4()).upper()


def answer(body: JsonAnswer, shape: Format, *, root: str, status: int = 200) -> Response:
    """``body`` as JSON, or as XML in an element ``root``."""
    if shape is Format.JSON:
        text = json.dumps(body, ensure_ascii=False, allow_nan=False)
        return Response(text.encode(), status_code=status, media_type="application/json")
    element = ElementTree.Element(root)
    _fill(element, body)
    text = ElementTree.tostring(element, encoding="unicode")
    declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return Response((declaration + text).encode(), status_code=status, headers={"Content-Type": _XML_TYPE})


def error_answer(error: ServiceError, shape: Format, *, host: str) -> Response:
    """``RequestId``, ``HostId``, ``Code``, ``Message``, ``Recommend``."""
    refusal = error if isinstance(error, Refusal) else as_refusal(error.status, error.message)
    body: JsonAnswer = {
        "RequestId": new_request_id(),
        "HostId": host,
        "Code": refusal.code,
        "Message": refusal.message,
        "Recommend": refusal.recommend,
    }
    response = answer(body, shape, root="Error", status=refusal.status)
    response.headers.update({**refusal.headers(), **error.headers()})
    return response


def _refuse(scope: Scope, error: ServiceError) -> Response:
    """Of what is refused before it is read: only the query can tell the format."""
    wanted = {name.lower(): value for name, value in parse_qsl(scope["query_string"].decode("latin-1"))}.get(
        "format", ""
    )
    shape = Format.XML if wanted.upper() == Format.XML else Format.JSON
    return error_answer(error, shape, host=Headers(scope=scope).get("host", "").split("/", 1)[0])


ERROR_SHAPE = ErrorShape(re.compile(r"/plugins/registration(/results/.*|/?)$"), _refuse)


def _fill(element: ElementTree.Element, value: JsonValue) -> None:
    if isinstance(value, dict):
        for name, child in value.items():
            # A list is its element again and again.
            for each in child if isinstance(child, list) else [child]:
                _fill(ElementTree.SubElement(element, name), each)
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif value is not None:
        element.text = _NOT_XML.sub("", str(value))
