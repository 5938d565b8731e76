"""Where devices of a kind put their text: what a person has written down once."""

from dataclasses import dataclass

from ophtha_core.detection.box import Box
from ophtha_core.detection.rules.condition import Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A place of a rule: a box, a polygon of corners (x, y) in pixels, or neither: where ultrasound regions are.

    With ``keeps`` it is what stays; ``fill`` is a stored value, None for what the image shows darkest.
    """

    box: Box | None = None
    polygon: tuple[tuple[float, float], ...] | None = None
    keeps: bool = False
    fill: int | None = None


@dataclass(frozen=True, slots=True)
class RecipePart:
    """The recipe that a rule is part of: all its rules that apply do so together, the later over the earlier ones.

    ``spares`` where a rule without areas says that an image is harmless, not that it is suspect.
    """

    recipe: str
    spares: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRule:
    """What to mask in images that ``when`` holds for, and that have so many ``rows`` and ``columns``; None for any."""

    name: str
    order: int
    when: Condition
    rows: int | None = None
    columns: int | None = None
    areas: tuple[Area, ...] = ()
    part: RecipePart | None = None
