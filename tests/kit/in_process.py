"""Asking an ASGI application without a server: the same requests as over the wire, minus the wire."""

import asyncio
from dataclasses import dataclass

import httpx
from starlette.types import ASGIApp

from plugin.relayed_caller import LetInBy, RelayedCaller
from plugin.service.access.doors import Door, Entrance

NEAR = RelayedCaller("127.0.0.1", LetInBy.ANYBODY)
"""What the plugin says of a client on this machine, where Orthanc asks nobody."""


@dataclass(frozen=True)
class InProcessClient:
    """A blocking client, by Orthanc's door; an unforeseen error is the 500 a client would see."""

    app: ASGIApp

    def request(self, method: str, path: str, **arguments: object) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(Entrance(self.app, Door.ORTHANC), raise_app_exceptions=False)
            headers = NEAR.introduced({})
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers) as client:
                return await client.request(method, path, **arguments)  # type: ignore[arg-type]

        return asyncio.run(ask())

    def get(self, path: str, **arguments: object) -> httpx.Response:
        return self.request("GET", path, **arguments)

    def post(self, path: str, **arguments: object) -> httpx.Response:
        return self.request("POST", path, **arguments)
