"""Answers of all families: numbers always finite, and with `include_meta` every answer carries `meta`."""

from collections.abc import Callable, Mapping
from typing import Protocol

from pydantic import BaseModel, Field
from pydantic_core import to_json
from starlette.responses import Response


class Meta(BaseModel):
    """How to read the numbers."""

    names: dict[str, object] = Field(description="What the keys of the answer are called")
    units: dict[str, str]
    areas_mm2: object = Field(description="Areas of the sectors, or null")
    coverage: object = Field(description="Share of every sector that holds values, 0 .. 1, or null")
    parameters: dict[str, object] = Field(description="What the answer was computed with")
    references: list[str] = Field(description="Literature")
    notice: str


class Answer(BaseModel):
    """Base of all answers."""

    meta: Meta | None = Field(default=None, description="Only with include_meta")


class SectorValues(BaseModel):
    """The statistics asked for."""

    mean: float | None = None
    std: float | None = None


Ring = dict[str, SectorValues | None]


class JsonAnswer(Response):
    """Finite numbers only: NaN and infinities become null."""

    media_type = "application/json"

    def __init__(self, content: Mapping[str, object]) -> None:
        super().__init__(to_json(content, inf_nan_mode="null"))


class AsksForMeta(Protocol):
    """A request that may ask for `meta`."""

    @property
    def include_meta(self) -> bool: ...


def answer(request: AsksForMeta, content: Mapping[str, object], meta: Callable[[], Mapping[str, object]]) -> JsonAnswer:
    """The answer, with `meta` where asked for."""
    return JsonAnswer({**content, "meta": meta()} if request.include_meta else content)
