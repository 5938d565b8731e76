"""Values of the protocol: how a JSON value, or the text of a parameter, becomes one of ours."""

import re
from collections.abc import Callable
from typing import Annotated, Final, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, StrictStr, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from ophtha_core.errors import InvalidInput
from plugin.service.annotations.entity import NAME_LENGTH
from plugin.service.annotations.wire import MAX_ID

_COLOR: Final = re.compile(r"#([0-9a-fA-F]{6}|[0-9a-fA-F]{3})")
_DIGITS: Final = re.compile(r"\d{1,18}", re.ASCII)
MAX_TEXT: Final = 100_000
_Value = TypeVar("_Value")


def refused(message: str) -> PydanticCustomError:
    """What validators raise; the message never holds the value."""
    return PydanticCustomError("protocol", message)


def _line(value: str) -> str:
    if len(value) > NAME_LENGTH:
        raise refused(f"is longer than {NAME_LENGTH} characters")
    if any(ord(character) < 32 for character in value) or not _is_unicode(value):
        raise refused("has control characters")
    return value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise refused("must be a text")
    return value


def _text_of_scalar(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (int, float)) else value


def _lines(value: str) -> str:
    if len(value) > MAX_TEXT:
        raise refused(f"is longer than {MAX_TEXT} characters")
    if "\0" in value or not _is_unicode(value):
        raise refused("has characters that no text can have")
    return value


def _is_unicode(value: str) -> bool:
    """Whether a text has no halves of surrogate pairs, which JSON can spell and no database can hold."""
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _number_of_digits(value: object) -> object:
    return int(value) if isinstance(value, str) and _DIGITS.fullmatch(value) else value


def _several(value: object) -> object:
    if isinstance(value, str):
        value = [part for part in re.split("[,_]", value) if part.strip()]
    return value if isinstance(value, list) else [value]


def _truth(value: object) -> object:
    return value.lower() == "true" if isinstance(value, str) and value.lower() in ("true", "false") else value


def _color(value: str) -> str:
    match = _COLOR.fullmatch(value)
    if match is None:
        raise refused("must be a colour like #ff0000")
    digits = match[1].lower()
    return "#" + (digits if len(digits) == 6 else "".join(2 * digit for digit in digits))


def _each_once(values: list[int]) -> list[int]:
    return list(dict.fromkeys(values))


Name = Annotated[StrictStr, AfterValidator(_not_blank), AfterValidator(_line)]
"""A text on one line that is not blank."""
OptionalName = Annotated[StrictStr, AfterValidator(_line)]
"""A text on one line that may be empty."""
LongText = Annotated[str, BeforeValidator(_text_of_scalar), AfterValidator(_lines)]
"""A text of several lines; numbers and booleans are kept as text."""
WholeNumber = Annotated[int, BeforeValidator(_number_of_digits), Field(strict=True, ge=0, lt=2**63)]
"""A whole number from 0 on; texts of digits count."""
SmallNumber = Annotated[int, BeforeValidator(_number_of_digits), Field(strict=True, ge=0, le=MAX_ID)]
"""A whole number that fits into 31 bits."""
Identifier = Annotated[int, BeforeValidator(_number_of_digits), Field(strict=True, ge=1, le=MAX_ID)]
"""An id."""
Identifiers = Annotated[list[Identifier], BeforeValidator(_several), AfterValidator(_each_once)]
"""A list of ids, each once; a single one counts as a list, as do ``1,2,3`` and ``1_2_3``."""
PositiveNumber = Annotated[float, Field(strict=True, gt=0, lt=1e12, allow_inf_nan=False)]
"""A finite number above 0."""
Truth = Annotated[StrictBool, BeforeValidator(_truth)]
"""true or false, also as text."""
Color = Annotated[StrictStr, AfterValidator(_color)]
"""``#rrggbb``; ``#rgb`` is widened."""


def invalid(error: ValidationError, field: str = "") -> InvalidInput:
    """The first thing that is wrong, by the name of its field; never a value."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = field + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
    message = "is missing" if first["type"] == "missing" else first["msg"]
    return InvalidInput(place.lstrip(".") or "body", message[:1].lower() + message[1:])


def _reader(adapter: TypeAdapter[_Value]) -> Callable[[object, str], _Value]:
    def read(value: object, field: str) -> _Value:
        try:
            return adapter.validate_python(value)
        except ValidationError as error:
            raise invalid(error, field) from None

    return read


text: Final = _reader(TypeAdapter[str](Name))
long_text: Final = _reader(TypeAdapter[str](LongText))
integer: Final = _reader(TypeAdapter[int](WholeNumber))
identifier: Final = _reader(TypeAdapter[int](Identifier))
identifiers: Final = _reader(TypeAdapter[list[int]](Identifiers))
