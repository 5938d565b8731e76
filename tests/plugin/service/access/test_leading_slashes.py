import asyncio

import pytest
from starlette.types import Receive, Scope, Send

from plugin.service.access.doors import Door, Entrance


def seen(path: str) -> Scope:
    """What an application behind the API port is asked for."""
    found: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        found.append(scope)

    async def nothing(*_: object) -> dict[str, object]:
        return {}

    scope = {"type": "http", "path": path, "raw_path": path.encode()}
    asyncio.run(Entrance(app, Door.API)(scope, nothing, nothing))
    return found[0]


@pytest.mark.parametrize("slashes", ["/", "//", "///"])
def test_an_address_may_begin_with_several_slashes_and_stays_as_it_was_signed(slashes: str) -> None:
    scope = seen(f"{slashes}api/where.json")
    assert (scope["path"], scope["raw_path"]) == ("/api/where.json", f"{slashes}api/where.json".encode())


def test_other_slashes_are_not_taken_away() -> None:
    assert seen("/api//where.json")["path"] == "/api//where.json"
