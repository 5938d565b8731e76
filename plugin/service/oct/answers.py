"""Response models shared by families; with `include_meta` every answer carries `meta`."""

from pydantic import BaseModel, Field


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
