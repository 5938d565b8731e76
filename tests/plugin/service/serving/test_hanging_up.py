"""Against a real server: only there does somebody hang up."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import uvicorn
from fastapi import FastAPI, Request

from plugin.service.serving.hanging_up import EndWithCaller


@dataclass
class Work:
    """What was begun, and how it ended."""

    begun: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    outcome: "asyncio.Future[str]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    async def carry_out(self) -> str:
        self.begun.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.outcome.set_result("ended")
            raise
        self.outcome.set_result("done")
        return "done"


@asynccontextmanager
async def serving(work: Work) -> AsyncIterator[int]:
    """Port of a server whose every answer takes until ``work`` may go on."""
    app = FastAPI()
    app.add_middleware(EndWithCaller)

    @app.get("/")
    async def read(request: Request) -> str:
        return await work.carry_out() + (await request.body()).decode()

    @app.post("/")
    async def change(request: Request) -> str:
        await request.body()
        return await work.carry_out()

    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        await task


async def asked(port: int, method: str, body: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"{method} / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    await writer.drain()
    return reader, writer


@pytest.mark.parametrize(("method", "outcome"), [("GET", "ended"), ("POST", "done")])
def test_work_ends_with_its_caller_unless_it_changes_something(method: str, outcome: str) -> None:
    async def scenario() -> str:
        work = Work()
        async with asyncio.timeout(20), serving(work) as port:
            _, writer = await asked(port, method)
            await work.begun.wait()
            writer.close()
            await writer.wait_closed()
            if outcome == "done":
                work.go_on.set()
            return await work.outcome

    assert asyncio.run(scenario()) == outcome


def test_who_stays_is_answered_and_heard() -> None:
    async def scenario() -> bytes:
        work = Work()
        async with asyncio.timeout(20), serving(work) as port:
            reader, writer = await asked(port, "GET", body=b", heard")
            await work.begun.wait()
            work.go_on.set()
            answer = await reader.read()
            writer.close()
            return answer

    assert asyncio.run(scenario()).endswith(b'"done, heard"')
