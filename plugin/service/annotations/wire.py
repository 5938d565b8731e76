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
from starlette.exceptions import HTTPException

from ophtha_core.errors import InvalidInput, UnreadableImage
from plugin.service.access.shapes import ErrorShape
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


def listing(collection: Sequence[Json], *, offset: int, per_page: int, size: int) -> Json:
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


def refused(method: str, status: int, message: str) -> JsonAnswer:
    """An error in the shape of reads or of writes; nothing was written."""
    leave_unwritten()
    if method in ("GET", "HEAD"):
        return JsonAnswer({"errors": {"message": message}, "errorValues": None}, status)
    return JsonAnswer({"success": False, "errors": message, "errorValues": {}}, status)


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
            except RequestValidationError as error:
                return refused(request.method, HTTPStatus.BAD_REQUEST, summary(validation_details(error)))
            except InvalidInput as error:
                return refused(request.method, HTTPStatus.BAD_REQUEST, str(error))
            except UnreadableImage as error:
                return refused(request.method, HTTPStatus.UNPROCESSABLE_ENTITY, str(error))
            except IntegrityError:
                return refused(request.method, HTTPStatus.CONFLICT, "Another object stands against it")
            except DataError:
                return refused(request.method, HTTPStatus.BAD_REQUEST, "A value is none that the database can hold")
            except RecursionError:
                return refused(request.method, HTTPStatus.BAD_REQUEST, TOO_DEEP)
            except ServiceError as error:
                return _refusal(request.method, error)
            except HTTPException as error:
                answer = refused(request.method, error.status_code, str(error.detail))
                answer.headers.update(error.headers or {})
                return answer
            _forbid_keeping(response)
            renew_cookie(request, response)
            return response

        return handle
