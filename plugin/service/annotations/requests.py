"""What routes take from a request: ids, pages, JSON bodies, the base of links."""

import json
from dataclasses import dataclass
from typing import Annotated, Final, Generic, TypeVar

from fastapi import Depends, Path, Query, Request
from pydantic import BaseModel, TypeAdapter, ValidationError
from sqlalchemy.orm import Session

from ophtha_core.errors import InvalidInput
from plugin.service.annotations.callers import BodyOf, Caller, CallerOf
from plugin.service.annotations.fields import invalid
from plugin.service.annotations.state import PlatformOf
from plugin.service.annotations.wire import MAX_ID, Json

MAX_BULK: Final = 100_000

Id = Annotated[int, Path(ge=1, le=MAX_ID)]


@dataclass(frozen=True)
class Page:
    """A part of a listing; ``limit`` 0 means all."""

    offset: int
    limit: int


async def read_page(
    offset: Annotated[int, Query(ge=0, le=MAX_ID)] = 0, limit: Annotated[int, Query(alias="max", ge=0, le=MAX_ID)] = 0
) -> Page:
    return Page(offset, limit)


PageOf = Annotated[Page, Depends(read_page)]


async def read_query(request: Request) -> dict[str, str]:
    return dict(request.query_params)


QueryOf = Annotated[dict[str, str], Depends(read_query)]


def read_json(body: BodyOf) -> object:
    """The JSON of a body; None when there is none. Raises InvalidInput."""
    if not body.strip():
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidInput("body", "is not JSON") from None


JsonOf = Annotated[object, Depends(read_json)]


async def read_base_url(request: Request, platform: PlatformOf) -> str:
    """Beginning of links that lead back here; the client's Host unless the administrator set another one."""
    if platform.settings.public_url:
        return platform.settings.public_url.rstrip("/")
    host = request.headers.get("host", "localhost").split("/")[0]
    protocol = "https" if request.headers.get("x-forwarded-proto", request.url.scheme).lower() == "https" else "http"
    return f"{protocol}://{host}"


BaseUrlOf = Annotated[str, Depends(read_base_url)]


def one_object(value: object) -> Json:
    """A body that is one object. Raises InvalidInput."""
    if not isinstance(value, dict):
        raise InvalidInput("body", "must be a JSON object")
    return value


def objects(value: object) -> list[Json]:
    """A body that is a list of objects. Raises InvalidInput."""
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise InvalidInput("body", "must be a list of JSON objects")
    if len(value) > MAX_BULK:
        raise InvalidInput("body", f"holds {len(value)} objects; send at most {MAX_BULK} at once")
    return value


_Shape = TypeVar("_Shape", bound=BaseModel)


class JsonBody(Generic[_Shape]):
    """A dependency: the body as one object of a shape. Read after its sender is known, and in a thread."""

    def __init__(self, shape: type[_Shape]) -> None:
        self._adapter = TypeAdapter[_Shape](shape)
        self.described: TypeAdapter[object] = TypeAdapter(shape)
        """What the OpenAPI document says of the body."""

    def __call__(self, body: BodyOf) -> _Shape:
        """Raises InvalidInput."""
        given = one_object(read_json(body))
        try:
            return self._adapter.validate_python(given)
        except ValidationError as error:
            raise invalid(error) from None


@dataclass(frozen=True)
class Posted(Generic[_Shape]):
    """One object to add, or all of a list."""

    objects: list[_Shape]
    is_list: bool


class PostedBody(Generic[_Shape]):
    """A dependency: the body as one object of a shape or a list of some. Read as ``JsonBody`` is."""

    def __init__(self, shape: type[_Shape]) -> None:
        self._adapter = TypeAdapter[list[_Shape]](list[shape])  # type: ignore[valid-type]
        self.described: TypeAdapter[object] = TypeAdapter(shape | list[shape])  # type: ignore[valid-type, arg-type]
        """What the OpenAPI document says of the body."""

    def __call__(self, body: BodyOf) -> Posted[_Shape]:
        """Raises InvalidInput naming the field, and which object of a list."""
        given = read_json(body)
        many = objects(given) if isinstance(given, list) else [one_object(given)]
        try:
            return Posted(self._adapter.validate_python(many), is_list=isinstance(given, list))
        except ValidationError as error:
            refusal = invalid(error)
            if isinstance(given, list):
                raise refusal from None
            raise InvalidInput(refusal.field.removeprefix("[0].") or "body", refusal.message) from None


@dataclass(frozen=True)
class Viewing:
    """What views are made with, and for whom; ``base_url`` begins the links in them."""

    session: Session
    base_url: str
    caller: Caller


@dataclass(frozen=True)
class Asking:
    """What nearly every route needs of a request."""

    caller: CallerOf
    platform: PlatformOf
    base_url: BaseUrlOf

    def viewing(self, session: Session) -> Viewing:
        """What views of rows of a session are made with."""
        return Viewing(session, self.base_url, self.caller)


AskingOf = Annotated[Asking, Depends()]
