"""The answer of ``detect``, as its description says it."""

from typing import Literal

from pydantic import BaseModel, Field


class FoundBy(BaseModel):
    """Who found a region."""

    Kind: Literal["Text", "Rule", "UltrasoundRegion", "Fan"]
    Detector: str
    Version: str
    Confidence: float = Field(description="0 to 1: how sure a reading is; of a fan the share that is lit")
    Identifying: bool | None = Field(description="Whether it says who the patient is; null where that cannot be told")


class FoundRegion(BaseModel):
    """A region as `MaskPixelData.Regions` takes it."""

    MaskType: Literal["Fill"]
    FillValue: int = Field(description="The stored value that these images show darkest")
    RegionType: Literal["2D", "Polygon"]
    Origin: list[int] | None = Field(default=None, description="Of `2D`; else not there, as the next")
    End: list[int] | None = None
    Points: list[list[float]] | None = Field(default=None, description="Of `Polygon`; else not there")
    Keep: bool | None = Field(default=None, description="True where all but the region is to be masked; else not there")
    TargetInstances: list[str]
    TargetFrames: list[int] | None = Field(default=None, description="From 1; not there: all frames")
    Found: FoundBy
    Text: str | None = Field(default=None, description="What was read; only where `IncludeText` asks for it")


class NotExaminedInstance(BaseModel):
    """An instance that was not looked at, or not wholly: never to be taken for clean."""

    ID: str
    Reason: str


class DetectorVersion(BaseModel):
    """Who looked."""

    Name: str
    Version: str


class DetectAnswer(BaseModel):
    """What was found, and what was not looked at."""

    Regions: list[FoundRegion]
    Examined: int = Field(description="Number of instances, as the next")
    WithFindings: int
    NotExamined: list[NotExaminedInstance]
    Detectors: list[DetectorVersion]
