"""Keeps pages of other sites from changing anything with the rights of a logged-in browser."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from plugin.service.errors import error_response

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class RefuseCrossSite:
    """ASGI middleware: a page of another site must not make a logged-in browser change anything here."""

    def __init__(self, app: ASGIApp, public_url: str | None) -> None:
        self._app = app
        self._public_host = urlsplit(public_url).netloc if public_url else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] == "http"
            and scope["method"] not in _SAFE_METHODS
            and self._is_cross_site(Headers(scope=scope))
        ):
            await error_response(403, "Cross-site requests are refused")(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_cross_site(self, headers: Headers) -> bool:
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return True
        origin = headers.get("origin")
        if origin is None:
            return False
        # The registration SDK sends a path in Host.
        own = headers.get("host", "").split("/", 1)[0]
        return urlsplit(origin).netloc not in {own, self._public_host}
