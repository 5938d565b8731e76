"""How answers are described where FastAPI cannot read it from a signature: bytes, and what is refused."""

from collections.abc import Sequence

from pydantic import BaseModel, Field

Responses = dict[int | str, dict[str, object]]
"""By status, as FastAPI takes them."""
MAX_DETAILS = 20


class ErrorDetail(BaseModel):
    """Where the request is wrong, and why; never the value, which may be patient data."""

    loc: list[str | int] = Field(description="`body`, `query` or `path`, then names and indices")
    msg: str


class ErrorAnswer(BaseModel):
    """What is refused, in Orthanc's own keys."""

    HttpStatus: int
    HttpError: str = Field(description="The status in words")
    Message: str
    Details: list[ErrorDetail] = Field(max_length=MAX_DETAILS)


def refusals(shape: type[BaseModel] | object, *, media_types: Sequence[str] = ()) -> Responses:
    """Errors of one shape, whatever their status; as JSON, and in other media types where these are named."""
    described: dict[str, object] = {"model": shape}
    if media_types:
        described["content"] = {each: {"schema": {"type": "string"}} for each in media_types}
    return {
        "4XX": {"description": "The request is wrong, or not allowed", **described},
        "5XX": {"description": "A part is away, a disk is full, or an error of ours", **described},
    }


def binary(*media_types: str, description: str) -> Responses:
    """An answer of bytes."""
    schema = {"type": "string", "format": "binary"}
    return {200: {"description": description, "content": {each: {"schema": schema} for each in media_types}}}
