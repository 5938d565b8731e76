"""The classes of an export and the order in which they are drawn."""

from collections.abc import Sequence
from dataclasses import dataclass

from ophtha_core.annotations.raster import MAX_LABEL
from ophtha_core.errors import InvalidInput

UNLABELLED_KEY = "Unlabeled"
"""What GeoJSON calls the class of annotations that carry no term: the spelling of the reference's exports."""
UNLABELLED = "Unlabelled"
"""Name of that class in DICOM objects."""
UNLABELLED_COLOR = "#808080"


@dataclass(frozen=True)
class AnnotationClass:
    """A class of annotations; ``color`` is ``#rrggbb``."""

    name: str
    color: str


@dataclass(frozen=True)
class DrawnClass:
    """A class with its value in the mask (1…N): of two on one pixel the higher value wins."""

    value: int
    name: str
    color: str


@dataclass(frozen=True)
class ClassOrder:
    """Classes in drawing order."""

    classes: tuple[DrawnClass, ...]

    @property
    def bits(self) -> int:
        """Bits of a mask that holds all classes and the value of what has none."""
        return 8 if len(self.classes) <= 254 else 16

    @property
    def unlabelled_value(self) -> int:
        """Value of annotations without a class: the highest there is. They are drawn before all others."""
        return (1 << self.bits) - 1

    @property
    def unlabelled(self) -> DrawnClass:
        """The class of annotations without a class, with the value they have in masks."""
        return DrawnClass(self.unlabelled_value, UNLABELLED, UNLABELLED_COLOR)

    def named(self, name: str) -> DrawnClass:
        return next(drawn for drawn in self.classes if drawn.name == name)


def order_classes(classes: Sequence[AnnotationClass], order: Sequence[str] | None = None) -> ClassOrder:
    """Values 1…N for classes given in their default order; ``order`` names the first ones to draw, in that order.

    Classes that ``order`` leaves out follow in their default order.
    Raises InvalidInput naming ``order``.
    """
    by_name = {each.name: each for each in classes}
    named = [] if order is None else list(order)
    unknown = [name for name in named if name not in by_name]
    if unknown:
        raise InvalidInput(
            "order", f"names {unknown[0]!r}; known classes are {', '.join(map(repr, by_name)) or 'none'}"
        )
    if len(set(named)) != len(named):
        raise InvalidInput("order", "names a class twice")
    drawn = [by_name[name] for name in named] + [each for each in classes if each.name not in named]
    if len(drawn) >= MAX_LABEL:
        raise InvalidInput("terms", f"{len(drawn)} classes do not fit into a mask of 16 bits")
    return ClassOrder(
        tuple(DrawnClass(value=value, name=each.name, color=each.color) for value, each in enumerate(drawn, start=1))
    )
