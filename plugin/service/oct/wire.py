"""JSON in and out of the OCT routes: bodies of many megabytes, numbers always finite."""

import json
from collections.abc import Callable, Coroutine, Mapping
from typing import Protocol

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from pydantic_core import from_json, to_json
from starlette.datastructures import Headers
from starlette.responses import Response

PREFIX = "/plugins/oct"


class JsonRequest(Request):
    """A request whose body is JSON whatever its Content-Type says: Orthanc's users post with ``curl -d``."""

    @property
    def headers(self) -> Headers:
        return Headers({**super().headers, "content-type": "application/json"})

    async def json(self) -> object:
        """Body parsed by pydantic's parser, several times faster than the standard library's."""
        body = await self.body()
        try:
            return from_json(body)
        except ValueError as error:
            # The parser's message quotes no value of the body; FastAPI turns this class into a validation error.
            raise json.JSONDecodeError(str(error), "", 0) from error


class JsonRoute(APIRoute):
    """A route that reads `JsonRequest`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[object, object, Response]]:
        handle = super().get_route_handler()

        async def handle_json(request: Request) -> Response:
            return await handle(JsonRequest(request.scope, request.receive))

        return handle_json


class JsonAnswer(Response):
    """Finite numbers only: NaN and infinities become null."""

    media_type = "application/json"

    def __init__(self, content: Mapping[str, object]) -> None:
        super().__init__(to_json(content, inf_nan_mode="null"))


class AsksForMeta(Protocol):
    """A request that may ask for `meta`."""

    @property
    def include_meta(self) -> bool: ...


def answer(request: AsksForMeta, content: Mapping[str, object], meta: Callable[[], Mapping[str, object]]) -> JsonAnswer:
    """The answer, with `meta` where asked for."""
    return JsonAnswer({**content, "meta": meta()} if request.include_meta else content)


def oct_router() -> APIRouter:
    """A router for one family of endpoints."""
    return APIRouter(prefix=PREFIX, route_class=JsonRoute, tags=["OCT"])
