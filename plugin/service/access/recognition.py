"""Tells those who guard a request who sent it, as soon as its protocol has found that out."""

from collections.abc import Callable

from starlette.types import Scope

_TOLD = "ophtha.told"


def when_recognised(scope: Scope, tell: Callable[[str], None]) -> None:
    """Call ``tell`` with the caller's public key once the request turns out to be signed with it."""
    scope.setdefault(_TOLD, []).append(tell)


def recognise(scope: Scope, public_key: str) -> None:
    """The request comes from the owner of this key. Raises what the guards raise."""
    for tell in scope.get(_TOLD, ()):
        tell(public_key)
