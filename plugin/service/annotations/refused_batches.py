"""What of a list is refused, and why."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class BatchError:
    """Why one object of a list cannot be added; ``index`` is its place, from 0."""

    index: int
    message: str


class BatchRefused(Exception):
    """A list was not added, because of some of its objects."""

    def __init__(self, errors: Sequence[BatchError]) -> None:
        super().__init__(f"{len(errors)} objects cannot be added")
        self.errors = tuple(errors)
