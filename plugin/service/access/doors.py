"""By which door a request came in, and what may pass through it.

Orthanc's own port: Orthanc has authenticated the client already (or its administrator wants no passwords).
The API port: for key-signed clients; each protocol there checks its own signatures.
"""

from collections.abc import Sequence
from enum import StrEnum

from starlette.types import ASGIApp, Receive, Scope, Send

from plugin.service.access.recognition import when_recognised
from plugin.service.errors import error_response

_SIGNED_ROUTES = ("/api", "/session", "/server/ping", "/upload", "/plugins/registration")
_API_PORT_ROUTES = (
    *_SIGNED_ROUTES,
    "/plugins/ophtha/app/assets",  # of the documentation
    "/plugins/ophtha/docs",
    "/plugins/ophtha/openapi.json",
    "/jobs",
)


class Door(StrEnum):
    """Where a request came in."""

    ORTHANC = "orthanc"
    API = "api"


def door(scope: Scope) -> Door:
    """The door of a request; one that came through no entrance is a stranger's."""
    found: Door = scope.get("ophtha.door", Door.API)
    return found


class Entrance:
    """ASGI wrapper that marks requests with their door; behind the API port only key-signed protocols exist."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["ophtha.door"] = self._door
            # Clients whose host ends in a slash begin with two of them; ``raw_path`` is still what was signed.
            scope["path"] = "/" + scope["path"].lstrip("/")
            connection = scope.get("state", {}).get("connection")
            if connection is not None:
                when_recognised(scope, lambda _: connection.recognise())
            if self._door is Door.API and not _belongs(scope["path"], _API_PORT_ROUTES):
                await error_response(404, "There is no such route on the API port")(scope, receive, send)
                return
        await self._app(scope, receive, send)


def is_of_protocol(path: str) -> bool:
    """Whether a protocol with keys and signatures of its own answers there."""
    return _belongs(path, _SIGNED_ROUTES)


def _belongs(path: str, routes: Sequence[str]) -> bool:
    return any(path == route or path.startswith(route + "/") for route in routes)
