"""What the service refuses, and how it says so: one shape, Orthanc's own keys.

ServiceError                 status 500
├── BadRequest               400
├── Unauthorized             401
├── Forbidden                403
├── NotFound                 404
├── Conflict                 409
├── Unprocessable            422
├── TooManyRequests          429
├── StorageFull              507
└── Unavailable              503

Where a reference fixes another error shape (annotations, registration), that capability's routes use theirs.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse

from ophtha_core.errors import InvalidInput, PackageMissing, UnreadableImage
from plugin.service.serving.described import MAX_DETAILS, ErrorAnswer, ErrorDetail

TOO_DEEP = "The body is nested too deeply"


@dataclass(frozen=True)
class Detail:
    """Where the request is wrong, and why. Never holds the value: it may be patient data."""

    loc: tuple[str | int, ...]
    msg: str


class ServiceError(Exception):
    """Base of what is answered with an error status."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR

    def __init__(self, message: str, *, details: Sequence[Detail] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.details = tuple(details)

    def headers(self) -> dict[str, str]:
        return {}


class BadRequest(ServiceError):
    """The request cannot be carried out as it is."""

    status = HTTPStatus.BAD_REQUEST


class Unauthorized(ServiceError):
    """Nobody we know signed the request."""

    status = HTTPStatus.UNAUTHORIZED


class Forbidden(ServiceError):
    """The user is known, and may not."""

    status = HTTPStatus.FORBIDDEN


class NotFound(ServiceError):
    """There is no such resource, or the user may not know of it."""

    status = HTTPStatus.NOT_FOUND


class Conflict(ServiceError):
    """The resource is in a state that does not allow it."""

    status = HTTPStatus.CONFLICT


class Unprocessable(ServiceError):
    """A value of the request makes no sense."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class TooManyRequests(ServiceError):
    """The caller asked more often than it may; ``wait_s`` until it may again."""

    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, wait_s: float) -> None:
        super().__init__("Too many requests; ask again later")
        self._wait_s = wait_s

    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(max(1, math.ceil(self._wait_s)))}


class StorageFull(ServiceError):
    """The disk could not hold the result: nothing was begun."""

    status = HTTPStatus.INSUFFICIENT_STORAGE


class Unavailable(ServiceError):
    """A part the request needs is away for the moment."""

    status = HTTPStatus.SERVICE_UNAVAILABLE

    def headers(self) -> dict[str, str]:
        return {"Retry-After": "2"}


def error_response(
    status: int, message: str, *, details: Sequence[Detail] = (), headers: dict[str, str] | None = None
) -> JSONResponse:
    """The error shape of every route that no reference rules."""
    body = ErrorAnswer(
        HttpStatus=status,
        HttpError=HTTPStatus(status).phrase,
        Message=message,
        Details=[ErrorDetail(loc=list(detail.loc), msg=detail.msg) for detail in details[:MAX_DETAILS]],
    )
    return JSONResponse(body.model_dump(), status_code=status, headers=headers)


def validation_details(error: RequestValidationError) -> list[Detail]:
    """Place and reason of each thing wrong, without the values given."""
    return [Detail(tuple(each["loc"]), str(each["msg"])) for each in error.errors()]


def field_location(path: str) -> tuple[str | int, ...]:
    """``Regions[1].End`` as ``("body", "Regions", 1, "End")``."""
    parts = path.replace("[", ".").replace("]", "").split(".")
    return ("body", *(int(part) if part.isdigit() else part for part in parts if part))


def install_error_handlers(app: FastAPI) -> None:
    """Map every error class to its answer; what is unforeseen is a 500 that tells nothing."""

    @app.exception_handler(ServiceError)
    async def _refused(request: Request, error: ServiceError) -> JSONResponse:
        return error_response(error.status, error.message, details=error.details, headers=error.headers())

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        details = validation_details(error)
        return error_response(422, summary(details), details=details)

    @app.exception_handler(InvalidInput)
    async def _invalid_input(request: Request, error: InvalidInput) -> JSONResponse:
        return error_response(422, str(error), details=[Detail(field_location(error.field), error.message)])

    for kind, status in _TOLD_AS_THEY_ARE.items():
        app.add_exception_handler(kind, partial(_as_it_is, status))

    @app.exception_handler(RecursionError)
    async def _too_deep(request: Request, error: RecursionError) -> JSONResponse:
        return error_response(400, TOO_DEEP)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        return error_response(error.status_code, str(error.detail), headers=dict(error.headers or {}))

    @app.exception_handler(ClientDisconnect)
    async def _gone(request: Request, error: ClientDisconnect) -> JSONResponse:
        return error_response(400, "The body ended early")

    @app.exception_handler(OperationalError)
    async def _no_records(request: Request, error: OperationalError) -> JSONResponse:
        away = Unavailable("The service's records cannot be read or written now; is their disk full?")
        return error_response(away.status, away.message, headers=away.headers())

    @app.exception_handler(Exception)
    async def _unforeseen(request: Request, error: Exception) -> JSONResponse:
        return error_response(500, "Internal error; the service's log says more")


_TOLD_AS_THEY_ARE: Final = {
    UnreadableImage: HTTPStatus.UNPROCESSABLE_ENTITY,
    PackageMissing: HTTPStatus.NOT_IMPLEMENTED,
}


async def _as_it_is(status: HTTPStatus, request: Request, error: Exception) -> JSONResponse:
    return error_response(status, str(error))


def summary(details: Sequence[Detail]) -> str:
    """One line that names the first thing wrong."""
    if not details:
        return "The request is invalid"
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in details[0].loc).lstrip(".")
    more = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
    return f"{place}: {details[0].msg}{more}"
