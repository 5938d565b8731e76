"""One piece of work, and what must be true when it has ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.kit.product import Product

JobView = Mapping[str, Any]
"""A job as ``/jobs/<id>`` shows it."""


@dataclass(frozen=True)
class Outcome:
    """What an order left in the archive."""

    planned: frozenset[str]
    """Orthanc identifiers that must be there, and no others of this order."""
    unmasked: frozenset[str] = frozenset()
    missing: int = 0
    """Planned objects that are not even known by an identifier."""
    faults: list[str] = field(default_factory=list)


class Order(Protocol):
    """A job at work. It is judged once it has ended, by its last view and the archive."""

    job: str
    may_fail: bool
    """It was cancelled, or its disk was full."""

    def outcome(self, product: Product, view: JobView) -> Outcome:
        """What is there and what must be."""
        ...
