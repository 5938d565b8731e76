"""Bodies that are JSON whatever is said of them, up to many megabytes."""

import json
from collections.abc import Callable, Coroutine

from fastapi import Request
from fastapi.routing import APIRoute
from pydantic_core import from_json
from starlette.datastructures import Headers
from starlette.responses import Response


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
