"""How code that reads files is handed the way to a reader."""

from collections.abc import Callable
from typing import Protocol, TypeVar

_Result = TypeVar("_Result")


class CallReader(Protocol):
    """``Readers.call``, or what stands for it: what to name in errors, a function, and its arguments."""

    def __call__(self, what: str, function: Callable[..., _Result], *arguments: object) -> _Result: ...


def in_this_process(what: str, function: Callable[..., _Result], *arguments: object) -> _Result:
    """For processes that may be lost: workers, tools, tests."""
    return function(*arguments)
