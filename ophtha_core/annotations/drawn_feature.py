"""GeoJSON features as other programs write them: QuPath's objects, and this product's own exports.

Coordinates are those of the file. A class that is derived from another is written ``Tumour: Positive``, or as a list of
names, from the general to the particular.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from shapely.geometry.base import BaseGeometry

from ophtha_core.annotations.classes import UNLABELLED_KEY
from ophtha_core.annotations.geojson import FeaturePlane, JsonObject, parse_geometry
from ophtha_core.errors import InvalidInput

DERIVED_BY: Final = ": "
"""Between the names of a class and of one derived from it."""
_OF_THE_EXPORT: Final = frozenset(
    {"image_id", "annotation_id", "class_id", "class_name", "class_ids", "class_names", "class_colors"}
)
_READ_ELSEWHERE: Final = _OF_THE_EXPORT | {"classification", "measurements", "metadata"}
_UNREMARKABLE: Final[JsonObject] = {"objectType": "annotation", "isLocked": False}
"""What is so of every annotation unless a file says otherwise."""


@dataclass(frozen=True)
class NamedClass:
    """A class by its whole name; ``color`` is ``#rrggbb``, None where none is given."""

    name: str
    color: str | None = None

    @property
    def parent(self) -> str | None:
        """The whole name of the class that this one is derived from."""
        return self.name.rpartition(DERIVED_BY)[0] or None


@dataclass(frozen=True)
class DrawnFeature:
    """An object that somebody drew. ``geometry`` may be invalid (crossing itself).

    ``measurements`` are finite numbers by their names, ``metadata`` texts; ``others`` is whatever else the file says
    of it, as JSON values.
    """

    geometry: BaseGeometry
    classes: tuple[NamedClass, ...] = ()
    plane: FeaturePlane | None = None
    measurements: Mapping[str, float] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    others: JsonObject = field(default_factory=dict)

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Raises InvalidInput naming what is wrong within the feature."""
        feature = _object(value, "feature")
        given = _object(feature.get("geometry"), "geometry")
        properties = _object(feature.get("properties") or {}, "properties")
        classes = _classes(properties)
        plane = given.get("plane")
        return cls(
            geometry=parse_geometry(given, field="geometry"),
            classes=classes,
            plane=None if plane is None else FeaturePlane.from_json(plane, field="geometry.plane"),
            measurements=_measurements(properties.get("measurements") or {}),
            metadata=_metadata(properties.get("metadata") or {}),
            others=_others(properties, classes),
        )


def features_in(text: str | bytes) -> list[object]:
    """The features of a collection, of a list of them, or a single one, unread. Raises InvalidInput."""
    try:
        document = json.loads(text, parse_constant=lambda _: None)  # NaN: nothing was measured
    except (ValueError, RecursionError):
        raise InvalidInput("geojson", "is not JSON") from None
    if isinstance(document, dict) and document.get("type") == "Feature":
        return [document]
    features = document.get("features") if isinstance(document, dict) else document
    if not isinstance(features, list):
        raise InvalidInput("geojson", "is no FeatureCollection, no Feature and no list of features")
    return features


def _classes(properties: JsonObject) -> tuple[NamedClass, ...]:
    """All classes of this product's own exports, else the one that QuPath knows."""
    names, colors = properties.get("class_names"), properties.get("class_colors")
    if isinstance(names, list) and isinstance(colors, list) and len(names) == len(colors):
        pairs = zip(names, colors, strict=True)
        return tuple(NamedClass(_text(name, "class_names"), _color(color)) for name, color in pairs)
    classification = properties.get("classification")
    if classification is None:
        return ()
    given = _object(classification, "classification")
    color = _color(given.get("color", given.get("colorRGB")))
    parts = given.get("names")
    if isinstance(parts, list) and parts:
        return (NamedClass(DERIVED_BY.join(_text(each, "classification.names") for each in parts), color),)
    name = given.get("name")
    return () if name is None else (NamedClass(_text(name, "classification.name"), color),)


def _color(value: object) -> str | None:
    """``[r, g, b]``, the packed number of older versions (alpha, red, green, blue), or ``#rrggbb``."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"#{value & 0xFFFFFF:06x}"
    if isinstance(value, str):
        return value
    if value is None:
        return None
    if not isinstance(value, list) or len(value) < 3 or not all(_is_channel(each) for each in value[:3]):
        raise InvalidInput("classification.color", "is no list of three numbers from 0 to 255")
    return "#" + bytes(value[:3]).hex()


def _is_channel(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 255


def _measurements(value: object) -> dict[str, float]:
    """By name, or the list of older versions. What is no number (NaN) was not measured."""
    pairs: Iterable[tuple[object, object]]
    if isinstance(value, list):
        pairs = [(entry.get("name"), entry.get("value")) for entry in (_object(each, "measurements") for each in value)]
    else:
        pairs = _object(value, "measurements").items()
    return {
        _text(name, "measurements"): float(number)
        for name, number in pairs
        if isinstance(number, (int, float)) and not isinstance(number, bool) and abs(number) <= sys.float_info.max
    }


def _metadata(value: object) -> dict[str, str]:
    return {name: _text(each, f"metadata.{name}") for name, each in _object(value, "metadata").items()}


def _others(properties: JsonObject, classes: tuple[NamedClass, ...]) -> dict[str, object]:
    """Without what says nothing, and the name that exports repeat from the class."""
    repeated = {"name": classes[-1].name} if classes else {"name": UNLABELLED_KEY}
    return {
        name: each
        for name, each in properties.items()
        if name not in _READ_ELSEWHERE and {**_UNREMARKABLE, **repeated}.get(name, _NOTHING) != each
    }


_NOTHING: Final = object()


def _object(value: object, field_name: str) -> JsonObject:
    if not isinstance(value, dict):
        raise InvalidInput(field_name, "is not an object")
    return value


def _text(value: object, field_name: str) -> str:
    if not isinstance(value, str):
        raise InvalidInput(field_name, "is not a text")
    return value
