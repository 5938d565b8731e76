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
        # The browser's own word, which no page can change: proxies may have put anything into Host.
        told = headers.get("sec-fetch-site")
        if told is not None:
            return told not in ("none", "same-origin")
        origin = headers.get("origin")
        if origin is None:
            return False
        # The registration SDK sends a path in Host.
        own = headers.get("host", "").split("/", 1)[0]
        # nginx's $host, which the Orthanc Book writes into Host, has lost the port.
        return urlsplit(origin).netloc not in {own, self._public_host} and urlsplit(origin).hostname != own
