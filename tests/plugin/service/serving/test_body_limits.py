"""Bounds of bodies, one at a time: in process, where a message is as large as the test wants it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI, Request
from pydantic import BaseModel

from plugin.service.access.recognition import recognise
from plugin.service.errors import install_error_handlers
from plugin.service.serving.bodies import BodyLimits, BoundedBodies
from tests.kit.in_process import InProcessClient

LIMITS = BodyLimits(
    stranger_bytes=lambda path: 100 if path != "/form" else 1000,
    is_known=lambda scope: scope["path"] == "/let-in",
    silence_s=10,
    known_bytes=5000,
    strangers_together_bytes=1500,
    known_together_bytes=8000,
)


class Numbers(BaseModel):
    numbers: list[int]


def application(limits: BodyLimits = LIMITS) -> FastAPI:
    app = FastAPI()
    install_error_handlers(app)
    app.add_middleware(BoundedBodies, limits=limits)

    @app.post("/{where}")
    async def take(where: str, request: Request) -> int:
        if where == "signed":
            recognise(request.scope, "key")
        return len(await request.body())

    @app.post("/numbers/parsed")
    async def parse(body: Numbers) -> int:
        return len(body.numbers)

    return app


@pytest.fixture
def client() -> InProcessClient:
    return InProcessClient(application())


def status(client: InProcessClient, path: str, size: int, *, chunked: bool = False) -> int:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(size):
            yield b"x"

    return client.post(path, content=pieces() if chunked else b"x" * size).status_code


@pytest.mark.parametrize("chunked", [False, True], ids=["with length", "chunked"])
@pytest.mark.parametrize(("path", "most"), [("/unsigned", 100), ("/form", 1000), ("/signed", 5000), ("/let-in", 5000)])
def test_a_body_may_be_as_large_as_its_sender_is_known(
    client: InProcessClient, path: str, most: int, chunked: bool
) -> None:
    assert status(client, path, most, chunked=chunked) == 200
    assert status(client, path, most + 1, chunked=chunked) == 413


def test_a_body_that_the_framework_reads_is_refused_with_the_same_status(client: InProcessClient) -> None:
    refused = client.post("/numbers/parsed", json={"numbers": list(range(100))})
    assert (refused.status_code, refused.json()["HttpStatus"]) == (413, 413)
    assert refused.headers["connection"] == "close"
    assert client.post("/numbers/parsed", json={"numbers": [1]}).status_code == 200


@pytest.mark.parametrize(("path", "size", "room"), [("/form", 700, 2), ("/signed", 3000, 2), ("/let-in", 3000, 2)])
def test_bodies_at_once_share_a_bounded_memory_and_give_it_back(path: str, size: int, room: int) -> None:
    app = application()
    held = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b"x" * (size - 1)
        await held.wait()
        yield b"x"

    async def ask(client: httpx.AsyncClient) -> httpx.Response:
        answer = await client.post(path, content=body())
        held.set()  # the first answer is the refusal of one too many
        return answer

    async def all_at_once() -> list[int]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            answers = await asyncio.gather(*(ask(client) for _ in range(room + 1)))
            refused = next(each for each in answers if each.status_code == 503)
            assert refused.headers["Retry-After"] == "2"
            again = await client.post(path, content=b"x" * size)
        return sorted([*(each.status_code for each in answers), again.status_code])

    assert asyncio.run(all_at_once()) == [*[200] * (room + 1), 503]


def test_a_silent_client_is_not_waited_for() -> None:
    app = application(replace(LIMITS, silence_s=0.01))

    async def body() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.Event().wait()

    assert InProcessClient(app).post("/signed", content=body()).status_code == 408
