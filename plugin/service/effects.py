"""What a route does to what is stored: it reads, computes or writes. A route that declares to write is audited."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from fastapi import Depends, Request
from fastapi.params import Depends as Dependency

from plugin.service.access.doors import is_of_protocol
from plugin.service.access.senders import sender_of
from plugin.service.audit import noted_lines
from plugin.service.errors import Forbidden
from plugin.service.parts import Parts

_SAFE_METHODS: Final = ("GET", "HEAD")


class Effect(StrEnum):
    """What a request does to what is stored."""

    READS = "reads"
    COMPUTES = "computes"
    """On what the request brings; nothing is stored."""
    WRITES = "writes"


@dataclass(frozen=True)
class Declaration:
    """What a route's methods do. Each route has one, its own or its router's."""

    safe: Effect
    """Of GET and HEAD."""
    unsafe: Effect
    """Of the other methods."""

    def of(self, method: str) -> Effect:
        return self.safe if method in _SAFE_METHODS else self.unsafe

    async def __call__(self, request: Request) -> AsyncIterator[None]:
        """Write the line of a write that succeeded without one of its own: nobody can forget it."""
        if self.of(request.method) is not Effect.WRITES:
            yield
            return
        person = sender_of(request.scope).person
        # The protocols know better which of their requests write.
        if person is not None and not person.may_write and not is_of_protocol(request.url.path):
            raise Forbidden("Guests look, and change nothing")
        with noted_lines() as lines:
            yield
        if not lines:
            parts: Parts = request.app.state.parts
            parts.audit.write(
                f"{request.method} {request.scope['route'].name}",
                user=sender_of(request.scope).name,
                resources=[value for name, value in request.path_params.items() if name.endswith("_id")],
            )


def _declared(safe: Effect, unsafe: Effect) -> Dependency:
    # "function": before the answer is sent, so that whoever has the answer finds the line.
    return Depends(Declaration(safe, unsafe), scope="function")  # type: ignore[no-any-return]


READS: Final = _declared(Effect.READS, Effect.READS)
COMPUTES: Final = _declared(Effect.COMPUTES, Effect.COMPUTES)
WRITES: Final = _declared(Effect.WRITES, Effect.WRITES)
METHOD_TELLS: Final = _declared(Effect.READS, Effect.WRITES)
"""GET reads, every other method writes."""


def declarations(dependencies: Iterable[Dependency]) -> list[Declaration]:
    """What is declared among a route's dependencies."""
    return [each.dependency for each in dependencies if isinstance(each.dependency, Declaration)]
