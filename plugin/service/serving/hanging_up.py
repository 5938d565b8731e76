"""An answer that nobody waits for any more is not worked out."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HUNG_UP = "http.disconnect"
_CHANGE_NOTHING = frozenset({"GET", "HEAD"})


class EndWithCaller:
    """ASGI middleware: ends the work for a caller who hung up. What changes something is carried through."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in _CHANGE_NOTHING:
            await self._app(scope, receive, send)
            return
        caller = _Caller(receive)
        listening = asyncio.create_task(caller.listen())
        answering = asyncio.create_task(self._answer(scope, caller, send))
        try:
            await asyncio.wait([listening, answering], return_when=asyncio.FIRST_COMPLETED)
            if answering.done():
                await answering
        finally:
            for task in (listening, answering):
                task.cancel()
            await asyncio.gather(listening, answering, return_exceptions=True)

    async def _answer(self, scope: Scope, caller: "_Caller", send: Send) -> None:
        await self._app(scope, caller.receive, send)


class _Caller:
    """Hears that the caller hangs up while the application does not listen."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._heard: asyncio.Queue[Message] = asyncio.Queue(maxsize=1)
        self._hung_up = False

    async def listen(self) -> None:
        """Returns when the caller has hung up."""
        while True:
            message = await self._receive()
            if message["type"] == _HUNG_UP:
                self._hung_up = True
                return
            await self._heard.put(message)

    async def receive(self) -> Message:
        """What the application hears."""
        if self._hung_up and self._heard.empty():
            return {"type": _HUNG_UP}
        return await self._heard.get()
