"""Shapes of the protocol: listings, answers to writes, errors, dates."""

import json
import math
import re
from collections.abc import Callable, Coroutine, Mapping, Sequence
from http import HTTPStatus

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException

from ophtha_core.errors import InvalidInput, UnreadableImage
from plugin.service.access.shapes import ErrorShape
from plugin.service.annotations.refused_batches import BatchRefused
from plugin.service.annotations.session_cookie import renew_cookie
from plugin.service.audit import leave_unwritten
from plugin.service.errors import TOO_DEEP, ServiceError, summary, validation_details

Json = Mapping[str, object]
PACKAGE = "be.cytomine"
MAX_ID = 2**31 - 1


class JsonAnswer(Response):
    """JSON that no client may keep: objects change, and clients with a cache would show the past."""

    media_type = "application/json"

    def __init__(self, content: object, status_code: int = 200) -> None:
        super().__init__(dump(content), status_code=status_code, headers={"Cache-Control": "no-store"})


def dump(content: object) -> bytes:
    """JSON as bytes. Numbers must be finite."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def date(milliseconds: int | None) -> str | None:
    """A date of an object."""
    return None if milliseconds is None else str(milliseconds)


def listing(collection: Sequence[Json] | Sequence[str], *, offset: int, per_page: int, size: int) -> Json:
    """A page of ``size`` objects; ``per_page`` 0 means all."""
    return {
        "collection": collection,
        "offset": offset,
        "perPage": per_page or size,
        "size": size,
        "totalPages": math.ceil(size / per_page) if per_page else 1,
    }


def written(key: str, label: str, verb: str, view: Json, **more: object) -> Json:
    """The answer to a write; ``verb`` is Add, Edit or Delete."""
    past = {"Add": "added", "Edit": "edited", "Delete": "deleted"}[verb]
    return {
        "message": f"{label} {view.get('id')} {past}",
        "callback": {"method": f"{PACKAGE}.{verb}{label}Command", f"{key}ID": view.get("id")},
        "printMessage": True,
        key: view,
        **more,
    }


_ALWAYS_THE_SAME: Mapping[type[Exception], tuple[HTTPStatus, str]] = {
    IntegrityError: (HTTPStatus.CONFLICT, "Another object stands against it"),
    StaleDataError: (HTTPStatus.CONFLICT, "Somebody else has changed it meanwhile"),
    DataError: (HTTPStatus.BAD_REQUEST, "A value is none that the database can hold"),
    RecursionError: (HTTPStatus.BAD_REQUEST, TOO_DEEP),
}


def refused(method: str, status: int, message: str) -> JsonAnswer:
    """An error in the shape of reads or of writes."""
    if method in ("GET", "HEAD"):
        return JsonAnswer({"errors": {"message": message}, "errorValues": None}, status)
    return JsonAnswer({"success": False, "errors": message, "errorValues": {}}, status)


_REFUSED: tuple[type[Exception], ...] = (
    *_ALWAYS_THE_SAME, RequestValidationError, InvalidInput, UnreadableImage, BatchRefused, ServiceError, HTTPException
)  # fmt: skip


def refusal_of(method: str, error: Exception) -> JsonAnswer:
    """What is answered to a request that was refused."""
    for kind, (status, message) in _ALWAYS_THE_SAME.items():
        if isinstance(error, kind):
            return refused(method, status, message)
    match error:
        case RequestValidationError():
            return refused(method, HTTPStatus.BAD_REQUEST, summary(validation_details(error)))
        case BatchRefused():
            return _refused_batch(error)
        case ServiceError():
            return _refusal(method, error)
        case HTTPException():
            answer = refused(method, error.status_code, str(error.detail))
            answer.headers.update(error.headers or {})
            return answer
        case UnreadableImage():
            return refused(method, HTTPStatus.UNPROCESSABLE_ENTITY, str(error))
        case _:
            return refused(method, HTTPStatus.BAD_REQUEST, str(error))


def _refused_batch(error: BatchRefused) -> JsonAnswer:
    errors = [{"index": each.index, "message": each.message} for each in error.errors]
    return JsonAnswer({"success": False, "errors": errors, "errorValues": {}}, HTTPStatus.BAD_REQUEST)


def _refusal(method: str, error: ServiceError) -> JsonAnswer:
    answer = refused(method, error.status, error.message)
    answer.headers.update(error.headers())
    return answer


ERROR_SHAPE = ErrorShape(
    re.compile(r"/(api|session|server|upload)(/|$)"), lambda scope, error: _refusal(scope["method"], error)
)


def _forbid_keeping(response: Response) -> None:
    """Objects change, and clients with a cache would show the past."""
    if response.media_type == "application/json":
        response.headers.setdefault("Cache-Control", "no-store")


class ProtocolRoute(APIRoute):
    """A route that answers errors in the protocol's shape, and hands out the session cookie."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[object, object, Response]]:
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                response = await handler(request)
            except _REFUSED as error:
                leave_unwritten()
                return refusal_of(request.method, error)
            _forbid_keeping(response)
            renew_cookie(request, response)
            return response

        return handle
