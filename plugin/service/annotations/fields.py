"""Fields of the protocol's objects: how a JSON value becomes a column."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ophtha_core.errors import InvalidInput
from plugin.service.annotations.tables import NAME_LENGTH
from plugin.service.annotations.wire import MAX_ID

Parser = Callable[[object, str], object]
_COLOR: Final = re.compile(r"#([0-9a-fA-F]{6}|[0-9a-fA-F]{3})")
MAX_TEXT: Final = 100_000


@dataclass(frozen=True)
class Field:
    """One field: its JSON name, its column, and how it may be given.

    ``refers_to`` is the key of the resource an id must be of. ``fixed`` fields cannot change after creation.
    """

    name: str
    column: str
    parse: Parser
    required: bool = False
    fixed: bool = False
    aliases: tuple[str, ...] = ()
    refers_to: str | None = None


def text(value: object, field: str) -> str:
    """A text on one line that is not blank."""
    if not isinstance(value, str) or not value.strip():
        raise InvalidInput(field, "must be a text")
    if len(value) > NAME_LENGTH:
        raise InvalidInput(field, f"is longer than {NAME_LENGTH} characters")
    if any(ord(character) < 32 for character in value) or not _is_unicode(value):
        raise InvalidInput(field, "has control characters")
    return value


def optional_text(value: object, field: str) -> str:
    """A text on one line that may be empty."""
    return "" if value in (None, "") else text(value, field)


def long_text(value: object, field: str) -> str:
    """A text of several lines; numbers and booleans are kept as text."""
    if isinstance(value, (bool, int, float)):
        value = str(value).lower() if isinstance(value, bool) else str(value)
    if not isinstance(value, str):
        raise InvalidInput(field, "must be a text")
    if len(value) > MAX_TEXT:
        raise InvalidInput(field, f"is longer than {MAX_TEXT} characters")
    if "\0" in value or not _is_unicode(value):
        raise InvalidInput(field, "has characters that no text can have")
    return value


def _is_unicode(value: str) -> bool:
    """Whether a text has no halves of surrogate pairs, which JSON can spell and no database can hold."""
    return not any("\ud800" <= character <= "\udfff" for character in value)


def integer(value: object, field: str) -> int:
    """A whole number from 0 on; texts of digits count."""
    if isinstance(value, str) and re.fullmatch(r"\d{1,18}", value, re.ASCII):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
        raise InvalidInput(field, "must be a whole number that is not negative")
    return value


def small_integer(value: object, field: str) -> int:
    """A whole number that fits into 31 bits."""
    number = integer(value, field)
    if number > MAX_ID:
        raise InvalidInput(field, f"is larger than {MAX_ID}")
    return number


def identifier(value: object, field: str) -> int:
    """An id."""
    number = small_integer(value, field)
    if number < 1:
        raise InvalidInput(field, "is no id")
    return number


def identifiers(value: object, field: str) -> list[int]:
    """A list of ids; a single one counts as a list, as does ``1,2,3``."""
    if isinstance(value, str):
        value = [part for part in value.split(",") if part.strip()]
    values = value if isinstance(value, list) else [value]
    return list(dict.fromkeys(identifier(each, f"{field}[{index}]") for index, each in enumerate(values)))


def positive_number(value: object, field: str) -> float:
    """A finite number above 0."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 < value < 1e12:
        raise InvalidInput(field, "must be a positive number")
    return float(value)


def boolean(value: object, field: str) -> bool:
    """true or false, also as text."""
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise InvalidInput(field, "must be true or false")
    return value


def color(value: object, field: str) -> str:
    """``#rrggbb``; ``#rgb`` is widened."""
    match = _COLOR.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise InvalidInput(field, "must be a colour like #ff0000")
    digits = match[1].lower()
    return "#" + (digits if len(digits) == 6 else "".join(2 * digit for digit in digits))


def one_of(*values: str) -> Parser:
    """One of a few words."""

    def parse(value: object, field: str) -> str:
        if value not in values:
            raise InvalidInput(field, f"must be one of {', '.join(values)}")
        return str(value)

    return parse
