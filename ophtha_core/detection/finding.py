"""What a finder says of an image: a place to mask, or to keep, and why."""

from dataclasses import dataclass
from enum import StrEnum

from ophtha_core.detection.box import Box


class Finder(StrEnum):
    """What can be asked to look at an image."""

    TEXT = "Text"
    RULES = "Rules"
    ULTRASOUND_REGIONS = "UltrasoundRegions"
    FACE = "Face"


@dataclass(frozen=True, slots=True)
class Detector:
    """Who found something."""

    name: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A place on frames of one image.

    ``keeps`` is True where everything but the place is to be masked; ``frames`` are zero-based, None for all.
    ``identifying`` is None where that cannot be told; ``text`` is what was read, and belongs into no record.
    """

    kind: str
    detector: Detector
    box: Box
    """Of a polygon, around it."""
    polygon: tuple[tuple[float, float], ...] | None = None
    """Corners (x, y) in pixels; None where the place is the box."""
    keeps: bool = False
    fill: int | None = None
    """Stored value to fill it with; None for what the image shows darkest."""
    frames: tuple[int, ...] | None = None
    confidence: float
    identifying: bool | None = None
    text: str | None = None
