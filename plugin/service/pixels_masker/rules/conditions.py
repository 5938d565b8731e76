"""The tree of ``When`` as clients write it, and as the library knows it."""

import re
from collections.abc import Sequence

from pydantic import JsonValue

from ophtha_core.detection.rules.condition import (
    LARGEST_DEPTH,
    LONGEST_PATTERN,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Not,
    Operator,
    depth_of,
    name_of,
    tag_of,
)
from plugin.service.errors import BadRequest, Detail
from plugin.service.pixels_masker.refusal import refuse

_Location = tuple[str | int, ...]


def parse_condition(value: JsonValue, loc: _Location) -> Condition:
    """Raises BadRequest naming the part that is wrong."""
    condition = _parsed(value, loc)
    if depth_of(condition) > LARGEST_DEPTH:
        raise _refused(loc, "lies too deep")
    return condition


def _parsed(value: JsonValue, loc: _Location) -> Condition:
    if not isinstance(value, dict) or len(value) != 1:
        raise _refused(loc, "must be an object of one key: All, Any, Not or an attribute")
    (key, inner), *_ = value.items()
    if key == "Not":
        return Not(_parsed(inner, (*loc, key)))
    if key in ("All", "Any"):
        if not isinstance(inner, list):
            raise _refused((*loc, key), "must be a list")
        parts = tuple(_parsed(each, (*loc, key, index)) for index, each in enumerate(inner))
        return AllOf(parts) if key == "All" else AnyOf(parts)
    tag = tag_of(key)
    if tag is None:
        raise _refused((*loc, key), "is no attribute that is known, nor All, Any or Not")
    return _comparison(tag, inner, (*loc, key))


def condition_json(condition: Condition) -> JsonValue:
    """The same tree back."""
    match condition:
        case Comparison(operator=Operator.MISSING):
            return {name_of(condition.tag): {condition.operator.value: True}}
        case Comparison():
            return {name_of(condition.tag): {condition.operator.value: condition.value}}
        case Not():
            return {"Not": condition_json(condition.part)}
        case _:
            return {"All" if isinstance(condition, AllOf) else "Any": list(map(condition_json, condition.parts))}


def _comparison(tag: int, value: JsonValue, loc: _Location) -> Condition:
    names = [each.value for each in Operator]
    if not isinstance(value, dict) or len(value) != 1 or next(iter(value)) not in names:
        raise _refused(loc, f"must be an object of one key: {', '.join(names)}")
    (name, wanted), *_ = value.items()
    operator, loc = Operator(name), (*loc, name)
    if operator is Operator.MISSING:
        if not isinstance(wanted, bool):
            raise _refused(loc, "must be true or false")
        missing = Comparison(tag, operator, "")
        return missing if wanted else Not(missing)
    if not isinstance(wanted, str) or not wanted.strip():
        raise _refused(loc, "must be a text that is not empty")
    if operator is Operator.MATCHES:
        _require_pattern(wanted, loc)
    return Comparison(tag, operator, wanted)


def _require_pattern(pattern: str, loc: _Location) -> None:
    if len(pattern) > LONGEST_PATTERN:
        raise _refused(loc, "is too long")
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        raise _refused(loc, "is no regular expression") from None


def _refused(loc: Sequence[str | int], message: str) -> BadRequest:
    return refuse(Detail(tuple(loc), message))
