"""How a write is wished for, beside its body.

Orthanc keeps the query of a POST from plugins: there the same parameters stand in a header.
"""

import json
from dataclasses import dataclass
from typing import Annotated, Final, TypeVar

from fastapi import Depends, Header, Query
from pydantic import BaseModel, ConfigDict, ValidationError

from ophtha_core.errors import InvalidInput
from plugin.service.annotations.fields import Truth, invalid

HEADER: Final = "X-Ophtha-Parameters"
_MAX_CHARACTERS: Final = 10_000


class Parameters(BaseModel):
    """Parameters of a write, by their names in the header; null is unsaid."""

    model_config = ConfigDict(extra="forbid")

    repair: Truth | None = None
    atomic: Truth | None = None


HeaderOf = Annotated[
    str, Header(alias=HEADER, description="The same as one JSON object: Orthanc's port keeps queries of writes")
]
_Told = TypeVar("_Told", bound=BaseModel)


@dataclass(frozen=True)
class WriteWish:
    """``repair``: make areas valid that are not. ``atomic``: add a list as a whole or not at all."""

    repair: bool = True
    atomic: bool = True


async def read_write_wish(
    repair: Annotated[bool | None, Query(description="Make areas valid that are not (true), or refuse")] = None,
    atomic: Annotated[bool | None, Query(description="Add a list as a whole or not at all (true)")] = None,
    header: HeaderOf = "",
) -> WriteWish:
    """Raises InvalidInput for a header that is no JSON object of these parameters."""
    told = read_header(header, Parameters)
    return WriteWish(
        repair=next((each for each in (repair, told.repair) if each is not None), True),
        atomic=next((each for each in (atomic, told.atomic) if each is not None), True),
    )


WriteWishOf = Annotated[WriteWish, Depends(read_write_wish)]


def read_header(header: str, shape: type[_Told]) -> _Told:
    """What the header says. Raises InvalidInput."""
    if not header:
        return shape()
    if len(header) > _MAX_CHARACTERS:
        raise InvalidInput(HEADER, f"is longer than {_MAX_CHARACTERS} characters")
    try:
        given = json.loads(header)
    except (ValueError, RecursionError):
        raise InvalidInput(HEADER, "is not JSON") from None
    try:
        return shape.model_validate(given)
    except ValidationError as error:
        raise invalid(error, HEADER) from None
