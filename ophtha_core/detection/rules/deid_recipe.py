"""The filters of deid recipes: labels with criteria and coordinates, ``%filter`` by ``%filter``."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from ophtha_core.detection.box import Box
from ophtha_core.detection.rules.condition import AllOf, AnyOf, Comparison, Condition, Not, Operator, tag_of
from ophtha_core.detection.rules.imported import (
    ImportedRules,
    NotExpressible,
    Skipped,
    require_pattern,
    require_shallow,
)
from ophtha_core.detection.rules.rule import Area, DeviceRule, RecipePart

_ACTIONS: Final = ("contains", "notcontains", "equals", "notequals", "missing", "present", "empty")
_COORDINATES: Final = re.compile(r"(ctp)?(keep)?coordinates\s+(.*)", re.IGNORECASE)
_INNER: Final = re.compile(rf"\s*(\|\||\+)\s*(?=(?:{'|'.join(_ACTIONS)})\s)", re.IGNORECASE)
_ULTRASOUND: Final = "from:sequenceofultrasoundregions"
_WHOLE: Final = Box(0, 0, 2**16, 2**16)
"""No image is larger."""


@dataclass(slots=True)
class _Label:
    line: int
    text: str
    spares: bool
    members: list[str] = field(default_factory=list)


def read_deid_recipe(script: str, *, recipe: str) -> ImportedRules:
    """Its labels as rules of one ``recipe``. A label of which any line cannot be expressed is skipped as a whole."""
    rules: list[DeviceRule] = []
    skipped: list[Skipped] = []
    for found in _labels(script):
        if isinstance(found, Skipped):
            skipped.append(found)
            continue
        try:
            name = re.sub(r"^label\s*", "", found.text, flags=re.IGNORECASE).split("#")[0].strip()
            rules.append(
                DeviceRule(
                    name=name or "label",
                    order=len(rules),
                    when=_condition(found.members),
                    areas=tuple(_areas(found.members)),
                    part=RecipePart(recipe, found.spares),
                )
            )
        except NotExpressible as error:
            skipped.append(Skipped(found.line, found.text, str(error)))
    return ImportedRules(tuple(rules), tuple(sorted(skipped, key=lambda each: each.line)))


def _labels(script: str) -> Iterator[_Label | Skipped]:
    """Every label with its lines, and what is none."""
    label: _Label | None = None
    section: _Section | None = None
    for number, raw in enumerate(script.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        is_label = section is not None and section.is_filter and line.lower().startswith("label")
        if label is not None and (is_label or line.startswith("%")):
            yield label
            label = None
        if line.startswith("%"):
            section = _Section.of(line)
        if is_label and section is not None:
            label = _Label(number, line, section.spares)
        elif label is not None:
            label.members.append(line)
        elif (reason := _reason(line, section)) is not None:
            yield Skipped(number, line, reason)
    if label is not None:
        yield label


@dataclass(frozen=True, slots=True)
class _Section:
    is_filter: bool
    spares: bool

    @classmethod
    def of(cls, line: str) -> "_Section":
        kind, *name = line[1:].split("#")[0].lower().split() or [""]
        return cls(is_filter=kind == "filter", spares=name[:1] == ["whitelist"])


def _reason(line: str, section: _Section | None) -> str | None:
    """Why a line outside of labels is skipped; None for one that says nothing of its own."""
    if section is None:
        is_for_dicom = re.fullmatch(r"format\s+dicom", line, re.IGNORECASE)
        return None if is_for_dicom else "is no recipe for DICOM"
    if section.is_filter:
        return None if line.startswith("%") else "belongs to no label"
    return "only filters say what to mask" if line.startswith("%") else None


def _condition(members: Sequence[str]) -> Condition:
    """The criteria, each joined to what precedes it. Without any, a label is for every image."""
    found: Condition | None = None
    for member in members:
        if _COORDINATES.match(member):
            continue
        sign, text = _split_sign(member)
        criterion = _criterion(text)
        found = criterion if found is None else _join(found, sign, criterion)
    return AllOf(()) if found is None else require_shallow(found)


def _split_sign(member: str) -> tuple[str, str]:
    for sign in ("||", "+"):
        if member.startswith(sign):
            return sign, member.removeprefix(sign).strip()
    return "+", member


def _criterion(text: str) -> Condition:
    """One line: comparisons joined from left to right."""
    first, *rest = _INNER.split(text)
    found = _comparison(first)
    for sign, following in zip(rest[::2], rest[1::2], strict=True):
        found = _join(found, sign, _comparison(following))
    return found


def _join(found: Condition, sign: str, following: Condition) -> Condition:
    kind = AnyOf if sign == "||" else AllOf
    parts = found.parts if isinstance(found, kind) else (found,)
    return kind((*parts, following))


def _comparison(text: str) -> Condition:
    action, *words = text.split(maxsplit=2)
    action = action.lower()
    if action not in _ACTIONS or not words:
        raise NotExpressible(f"not understood: {text[:40]}")
    tag = tag_of(words[0])
    if tag is None:
        raise NotExpressible(f"there is no element {words[0]}")
    if action in ("missing", "empty", "present"):
        missing = Comparison(tag, Operator.MISSING, "")
        return Not(missing) if action == "present" else missing
    if len(words) < 2:
        raise NotExpressible(f"{action} {words[0]} has no value")
    comparison = _equals(tag, words[1]) if action.endswith("equals") else _contains(tag, words[1])
    return Not(comparison) if action.startswith("not") else comparison


def _equals(tag: int, value: str) -> Condition:
    return Comparison(tag, Operator.EQUALS, value.strip())


def _contains(tag: int, value: str) -> Condition:
    """A regular expression anywhere in a value."""
    value = value.strip()
    if re.escape(value).replace("\\ ", " ").replace("\\-", "-") == value:
        return Comparison(tag, Operator.CONTAINS, value)
    pattern = f".*(?:{value}).*"
    require_pattern(pattern)
    return Comparison(tag, Operator.MATCHES, pattern)


def _areas(members: Sequence[str]) -> Iterator[Area]:
    for member in members:
        match = _COORDINATES.match(member)
        if match is None:
            continue
        keeps, text = match[2] is not None, match[3].split("#")[0].strip().lower()
        if text == _ULTRASOUND:
            yield Area(keeps=keeps)
        elif text == "all":
            yield Area(box=_WHOLE, keeps=keeps)
        else:
            yield Area(box=_box(text, is_sized=match[1] is not None), keeps=keeps)


def _box(text: str, *, is_sized: bool) -> Box:
    try:
        left, top, right, bottom = (int(each) for each in text.split(","))
    except ValueError:
        raise NotExpressible(f"{text[:40]} is no box of four whole numbers") from None
    return Box(left, top, left + right, top + bottom) if is_sized else Box(left, top, right, bottom)
