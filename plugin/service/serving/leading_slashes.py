"""Addresses that begin with several slashes: clients whose host ends in one put them there."""

from starlette.types import ASGIApp, Receive, Scope, Send


class OneLeadingSlash:
    """ASGI middleware: ``//api/…`` is ``/api/…``. What was signed is still what was sent (``raw_path``)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("//"):
            scope["path"] = "/" + scope["path"].lstrip("/")
        await self._app(scope, receive, send)
