"""Parameters of a protocol request: from the query, a form or JSON, as one flat list with dotted names."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl

from pydantic import JsonValue

from plugin.service.ct_registration.refusals import InvalidParameter, MissingParameter

MAX_BODY_BYTES = 16 * 2**20
_MAX_FIELDS = 10_000
_MAX_DEPTH = 8
_FLAGS = {"true": True, "1": True, "false": False, "0": False}

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Parameters:
    """Values by lower-case name: the reference itself writes ``JobId`` and ``jobId``."""

    values: Mapping[str, str]

    @classmethod
    def of(cls, *sources: Pairs) -> Self:
        """Later sources win."""
        return cls({name.lower(): value for source in sources for name, value in source})

    def optional(self, name: str) -> str | None:
        """The value without surrounding blanks; None when absent or blank."""
        return self.values.get(name.lower(), "").strip() or None

    def required(self, name: str) -> str:
        """Raises MissingParameter."""
        value = self.optional(name)
        if value is None:
            raise MissingParameter(name)
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """Raises InvalidParameter for anything but true and false."""
        value = self.optional(name)
        if value is None:
            return default
        if value.lower() not in _FLAGS:
            raise InvalidParameter(name, "must be true or false")
        return _FLAGS[value.lower()]

    def count(self, name: str, *, default: int, most: int) -> int:
        """A whole number from 1 to ``most``. Raises InvalidParameter."""
        value = self.optional(name)
        if value is None:
            return default
        if not re.fullmatch(r"[0-9]{1,9}", value) or not 1 <= int(value) <= most:
            raise InvalidParameter(name, f"must be a whole number from 1 to {most}")
        return int(value)

    def under(self, name: str) -> dict[str, str]:
        """Values of ``name.<anything>`` that are not blank, by what follows the dot."""
        prefix = f"{name.lower()}."
        return {
            key.removeprefix(prefix): value.strip()
            for key, value in self.values.items()
            if key.startswith(prefix) and value.strip()
        }

    def listed(self, name: str, field: str) -> tuple[str, ...]:
        """Values of ``name.N.field`` in order of N. Raises MissingParameter, InvalidParameter."""
        pattern = re.compile(rf"{re.escape(name.lower())}\.([0-9]{{1,6}})\.{re.escape(field.lower())}")
        found: dict[int, str] = {}
        for key, value in self.values.items():
            match = pattern.fullmatch(key)
            if match is None:
                continue
            number = int(match[1])
            if number < 1 or number in found:
                raise InvalidParameter(f"{name}.{match[1]}.{field}", "must be counted from 1, each number once")
            if not value.strip():
                raise MissingParameter(f"{name}.{number}.{field}")
            found[number] = value.strip()
        if not found:
            raise MissingParameter(f"{name}.1.{field}")
        return tuple(found[number] for number in sorted(found))


def query_pairs(query: bytes) -> Pairs:
    """Pairs of a query string. Raises InvalidParameter."""
    return _form(query, what="query")


def body_pairs(body: bytes, content_type: str) -> Pairs:
    """Pairs of a form, or of JSON flattened to the names a form has. Raises InvalidParameter."""
    if not body:
        return ()
    kind = content_type.split(";")[0].strip().lower()
    if kind == "application/json":
        return tuple(_flattened(_json(body)))
    if kind in ("application/x-www-form-urlencoded", ""):
        return _form(body, what="form")
    raise InvalidParameter("Content-Type", "must be application/x-www-form-urlencoded or application/json")


def _form(text: bytes, *, what: str) -> Pairs:
    try:
        return tuple(
            parse_qsl(text.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
        )
    except (UnicodeDecodeError, ValueError) as error:
        raise InvalidParameter(f"The {what}", "cannot be decoded") from error


def _json(body: bytes) -> dict[str, JsonValue]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidParameter("The body", "is no valid JSON") from error
    if not isinstance(value, dict):
        raise InvalidParameter("The body", "must be a JSON object")
    return value


def _flattened(value: JsonValue, name: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    if depth > _MAX_DEPTH:
        raise InvalidParameter("The body", "is nested too deeply")
    prefix = f"{name}." if name else ""
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _flattened(child, f"{prefix}{key}", depth + 1)
    elif isinstance(value, list):
        for number, child in enumerate(value, start=1):
            yield from _flattened(child, f"{prefix}{number}", depth + 1)
    elif isinstance(value, bool):
        yield name, "true" if value else "false"
    elif value is not None:
        yield name, str(value)
