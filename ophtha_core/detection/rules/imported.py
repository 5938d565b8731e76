"""What becomes of a file of rules that another program reads."""

import re
from dataclasses import dataclass
from typing import Final

from ophtha_core.detection.rules.condition import LARGEST_DEPTH, LONGEST_PATTERN, Condition, depth_of
from ophtha_core.detection.rules.rule import DeviceRule

TOO_DEEP: Final = "it lies too deep"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A part of the file that cannot be expressed; ``line`` counts from 1."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImportedRules:
    """The rules of a file, in its order: their ``order`` counts from 0, their names may repeat."""

    rules: tuple[DeviceRule, ...]
    skipped: tuple[Skipped, ...]


class NotExpressible(Exception):
    """The text says what no rule here can."""


def require_pattern(pattern: str) -> None:
    """Raises NotExpressible where it is no regular expression here."""
    if len(pattern) > LONGEST_PATTERN:
        raise NotExpressible("the regular expression is too long")
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        raise NotExpressible("the regular expression is not understood") from None


def require_shallow(condition: Condition) -> Condition:
    """The condition. Raises NotExpressible where it is too deep for a rule."""
    if depth_of(condition) > LARGEST_DEPTH:
        raise NotExpressible(TOO_DEEP)
    return condition
