"""What a person thought of a finished registration, as its job's content keeps it."""

from enum import StrEnum
from typing import cast

from plugin.service.errors import Conflict
from plugin.service.jobs import JobRecord, JsonObject

REVIEW = "Review"
REMOVAL = "Removal"
"""Keys of a job's content. The second is there once everything of a rejected result has left."""


class Decision(StrEnum):
    """Of a person who looked at a result."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


def review_of(record: JobRecord) -> JsonObject | None:
    """``Decision``, ``Comment``, ``Reviewer`` and ``Time``; None while nobody has looked."""
    return cast("JsonObject | None", record.content.get(REVIEW))


def is_rejected(record: JobRecord) -> bool:
    review = review_of(record)
    return review is not None and review["Decision"] == Decision.REJECTED


def is_removed(record: JobRecord) -> bool:
    """Whether all that was to leave with a rejected result has left."""
    return REMOVAL in record.content


def removed_series(record: JobRecord) -> list[str]:
    """Orthanc identifiers of what has left with a rejected result."""
    removal = cast("dict[str, list[str]]", record.content.get(REMOVAL, {}))
    return removal.get("Removed", [])


def require_standing(record: JobRecord) -> None:
    """Raises Conflict for a result that was rejected: nothing is told or made from it."""
    if is_rejected(record):
        raise Conflict("The result of this registration was rejected")
