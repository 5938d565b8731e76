"""How Orthanc's HTTP threads are shared, so that one is always left for whoever asks something else.

A request that is relayed holds a thread until it is answered, and so does every connection of the service and of its
workers back to Orthanc. If both could take them all, each would wait for the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass

ORTHANC_DEFAULT = 50
"""Threads of an Orthanc whose configuration has no ``HttpThreadsCount``: of every version supported."""
_FEW = 4


class TooFewThreads(Exception):
    """Orthanc has not enough HTTP threads; the text says what to set."""


@dataclass(frozen=True, kw_only=True)
class ThreadShares:
    """What each may hold at once."""

    relayed: int
    """Requests that the plugin relays."""
    lasting: int
    """Of those, how many may take long: the rest is for questions about jobs, status and cancelling."""
    places: int
    """Connections of the service and all its workers to Orthanc."""

    @classmethod
    def of(cls, threads: int) -> "ThreadShares":
        """Shares of ``threads`` HTTP threads. Raises TooFewThreads below two."""
        if threads < 2:
            raise TooFewThreads(
                f"HttpThreadsCount is {threads}: a request that is relayed and the service's own requests need a "
                "thread each. Set HttpThreadsCount to 4 or more (Orthanc's default is 50)"
            )
        reserved = max(2, -(-2 * threads // 5))
        relayed = max(1, threads - reserved)
        return cls(
            relayed=relayed,
            lasting=relayed - max(1, relayed // 5) if relayed > 1 else 1,
            places=max(1, reserved - 1),
        )


def thread_count(configuration: Mapping[str, object]) -> int:
    """HTTP threads of an Orthanc. Raises TooFewThreads when the setting is no number."""
    count = configuration.get("HttpThreadsCount", ORTHANC_DEFAULT)
    if not isinstance(count, int):
        raise TooFewThreads("HttpThreadsCount is no whole number")
    return count


def warning_of(threads: int) -> str | None:
    """What an administrator should know of so few threads; None when they suffice."""
    if threads >= _FEW:
        return None
    return (
        f"HttpThreadsCount is {threads}: while a request is relayed and its data are read, Orthanc answers nobody "
        f"else. Set it to {_FEW} or more"
    )
