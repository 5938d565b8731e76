"""What must be true of an image's attributes for a rule to apply to it."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pydicom.datadict import keyword_for_tag, tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from ophtha_core.dicom.reading import PARSE_ERRORS

_SIZE: Final = frozenset({0x00280010, 0x00280011})
_HEXADECIMAL: Final = re.compile(r"\[?([0-9a-fA-F]{4}),?([0-9a-fA-F]{4})\]?")


class Operator(StrEnum):
    """How the value of an attribute is compared. Case and surrounding blanks do not count."""

    EQUALS = "equals"
    CONTAINS = "contains"
    STARTS_WITH = "startsWith"
    MATCHES = "matches"
    """A regular expression, of a whole value."""
    MISSING = "missing"
    """Not there, or without a value."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One attribute compared. Of several values any may fit, or all of them in one text, as they are stored."""

    tag: int
    operator: Operator
    value: str

    @property
    def is_about_size(self) -> bool:
        return self.tag in _SIZE


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds; also when there is none."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Some part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Condition"


Condition = Comparison | AllOf | AnyOf | Not


LARGEST_DEPTH: Final = 50
"""Of a condition that a rule may have."""
LONGEST_PATTERN: Final = 2000
"""Characters of a regular expression that a rule may have."""


def depth_of(condition: Condition) -> int:
    """How deep it lies: 1 for a comparison."""
    match condition:
        case Comparison():
            return 1
        case Not():
            return 1 + depth_of(condition.part)
        case _:
            return 1 + max(map(depth_of, condition.parts), default=0)


def tag_of(name: str) -> int | None:
    """Tag by keyword or hexadecimal (``00080070``, ``0008,0070``, ``[0008,0070]``); None for an unknown name."""
    match = _HEXADECIMAL.fullmatch(name)
    return int(match[1] + match[2], 16) if match else tag_for_keyword(name)


def name_of(tag: int) -> str:
    """Keyword of a tag; ``gggg,eeee`` of one that has none."""
    return keyword_for_tag(tag) or f"{tag >> 16:04x},{tag & 0xFFFF:04x}"


def holds(condition: Condition, dataset: Dataset, *, size_counts: bool = True) -> bool | None:
    """Whether it holds for an image.

    None only where ``size_counts`` is False, and it depends on the size whether it holds (three-valued logic, Kleene).
    """
    match condition:
        case Comparison():
            return None if condition.is_about_size and not size_counts else _compares(condition, dataset)
        case Not():
            held = holds(condition.part, dataset, size_counts=size_counts)
            return None if held is None else not held
        case AllOf() | AnyOf():
            settled = isinstance(condition, AnyOf)
            found = [holds(part, dataset, size_counts=size_counts) for part in condition.parts]
            return settled if settled in found else None if None in found else not settled


def names_a_device(condition: Condition) -> bool:
    """Whether anything but the size is compared."""
    match condition:
        case Comparison():
            return not condition.is_about_size
        case Not():
            return names_a_device(condition.part)
        case _:
            return any(map(names_a_device, condition.parts))


def _compares(comparison: Comparison, dataset: Dataset) -> bool:
    values = _values(dataset, comparison.tag)
    if comparison.operator is Operator.MISSING:
        return not values
    wanted = comparison.value.strip()
    if comparison.operator is Operator.MATCHES:
        pattern = re.compile(wanted, re.IGNORECASE | re.DOTALL)
        return any(pattern.fullmatch(value) for value in values)
    wanted = wanted.casefold()
    folded = [value.casefold() for value in values]
    match comparison.operator:
        case Operator.EQUALS:
            return wanted in folded
        case Operator.STARTS_WITH:
            return any(value.startswith(wanted) for value in folded)
        case _:
            return any(wanted in value for value in folded)


def _values(dataset: Dataset, tag: int) -> list[str]:
    """Each value as text, and all of them in one; of a sequence that it is there."""
    try:
        value = dataset[tag].value if tag in dataset else None
    except PARSE_ERRORS:
        return []
    if isinstance(value, (MultiValue, list)):
        each = [str(one).strip() for one in value]
        return [*each, "\\".join(each)] if each else []
    text = "" if value is None else str(value).strip()
    return [text] if text else []
