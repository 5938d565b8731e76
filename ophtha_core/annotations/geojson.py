"""GeoJSON of annotations as QuPath reads and writes it, with the keys of the reference's exports beside them.

Coordinates are image space: pixels of the full-resolution image, origin top-left, y down.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self, TypeVar

import shapely
from shapely.geometry.base import BaseGeometry

from ophtha_core.annotations.classes import UNLABELLED_KEY
from ophtha_core.annotations.geometry import ACCEPTED_TYPES, MAX_DEPTH, MAX_VERTICES, check_geometry
from ophtha_core.errors import InvalidInput

JsonObject = Mapping[str, object]
_T = TypeVar("_T")
_EVERY_CHANNEL = -1
_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # json.dumps makes an encoder each time


@dataclass(frozen=True)
class FeatureClass:
    """One class of a feature; ``color`` is ``#rrggbb``, ``value`` its place in the drawing order (1…N)."""

    value: int
    name: str
    color: str


@dataclass(frozen=True)
class FeaturePlane:
    """Focal plane (or frame) and point in time a feature lies on, from 0."""

    z: int = 0
    t: int = 0

    @classmethod
    def from_json(cls, value: object, *, field: str) -> Self:
        plane = _object(value, field)
        return cls(z=_integer(plane.get("z", 0), f"{field}.z"), t=_integer(plane.get("t", 0), f"{field}.t"))


@dataclass(frozen=True)
class Feature:
    """An annotation in image space; of several classes the last one is the one that shows in the mask.

    ``key`` tells annotations apart across systems: QuPath keeps it. ``unlabelled_value`` is the ``class_id`` of
    annotations without a class.
    """

    geometry: BaseGeometry
    key: str
    image_id: int
    annotation_id: int
    classes: tuple[FeatureClass, ...] = ()
    unlabelled_value: int = 255
    plane: FeaturePlane = FeaturePlane()
    more: JsonObject = field(default_factory=dict, compare=False)
    """What else stands in its properties; it wins over what is written there anyway."""

    def to_text(self) -> str:
        """One feature as JSON. GEOS writes its coordinates: as exact as Python's, in a fifth of the time."""
        geometry = shapely.to_geojson(self.geometry)
        if self.plane != FeaturePlane():
            plane = _text({"c": _EVERY_CHANNEL, "z": self.plane.z, "t": self.plane.t})
            geometry = f'{geometry.removesuffix("}")},"plane":{plane}}}'
        properties = _text(self._properties())
        return f'{{"type":"Feature","id":{_text(self.key)},"geometry":{geometry},"properties":{properties}}}'

    def _properties(self) -> JsonObject:
        """Multi-class annotations list all their classes as ``class_names`` and ``class_ids``."""
        properties: dict[str, object] = {
            "objectType": "annotation",
            "isLocked": False,
            "image_id": self.image_id,
            "annotation_id": self.annotation_id,
            "class_id": self.unlabelled_value,
            "class_name": UNLABELLED_KEY,
        }
        if self.classes:
            shown = self.classes[-1]
            properties |= {
                "name": shown.name,
                "classification": {"name": shown.name, "color": _channels(shown.color)},
                "class_id": shown.value,
                "class_name": shown.name,
                "class_ids": [each.value for each in self.classes],
                "class_names": [each.name for each in self.classes],
                "class_colors": [each.color for each in self.classes],
            }
        return {**properties, **self.more}

    @classmethod
    def from_json(cls, value: object, *, field: str = "feature") -> Self:
        """A feature written by this module. Raises InvalidInput naming ``field``."""
        feature = _object(value, field)
        properties = _object(feature.get("properties") or {}, f"{field}.properties")
        geometry = _object(feature.get("geometry"), f"{field}.geometry")
        names = _list_of(properties.get("class_names", []), str, f"{field}.properties.class_names")
        values = _list_of(properties.get("class_ids", []), int, f"{field}.properties.class_ids")
        colors = _list_of(properties.get("class_colors", []), str, f"{field}.properties.class_colors")
        if not len(names) == len(values) == len(colors):
            raise InvalidInput(f"{field}.properties", "class_ids, class_names and class_colors differ in length")
        return cls(
            geometry=read_geometry(geometry, field=f"{field}.geometry"),
            plane=FeaturePlane.from_json(geometry.get("plane", {}), field=f"{field}.geometry.plane"),
            key=str(feature.get("id", "")),
            image_id=_integer(properties.get("image_id"), f"{field}.properties.image_id"),
            annotation_id=_integer(properties.get("annotation_id"), f"{field}.properties.annotation_id"),
            classes=tuple(FeatureClass(*each) for each in zip(values, names, colors, strict=True)),
            unlabelled_value=255
            if names
            else _integer(properties.get("class_id", 255), f"{field}.properties.class_id"),
        )


def collection_chunks(features: Iterable[Feature]) -> Iterator[bytes]:
    """A FeatureCollection piece by piece: memory is bounded by one feature."""
    yield b'{"type":"FeatureCollection","features":['
    separator = b""
    for feature in features:
        yield separator + feature.to_text().encode()
        separator = b",\n"
    yield b"]}"


def features_of_collection(text: str | bytes) -> list[Feature]:
    """The features of a collection written by this module. Raises InvalidInput."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidInput("geojson", "is not JSON") from None
    features = _object(document, "geojson").get("features")
    if not isinstance(features, list):
        raise InvalidInput("geojson.features", "is not a list")
    return [Feature.from_json(each, field=f"geojson.features[{index}]") for index, each in enumerate(features)]


def read_geometry(value: object, *, field: str) -> BaseGeometry:
    """A GeoJSON geometry, valid and of a type that annotations may have. Raises InvalidInput naming ``field``."""
    geometry = parse_geometry(value, field=field)
    check_geometry(geometry, field=field)
    return geometry


def parse_geometry(value: object, *, field: str) -> BaseGeometry:
    """A GeoJSON geometry of a type that annotations may have, valid or not. Raises InvalidInput naming ``field``."""
    given = _object(value, field)
    kind = given.get("type")
    if not isinstance(kind, str) or kind not in ACCEPTED_TYPES:
        raise InvalidInput(f"{field}.type", f"is none of {', '.join(sorted(ACCEPTED_TYPES))}")
    coordinates = given.get("coordinates")
    _refuse_monstrous(coordinates, field)
    try:
        geometry = shapely.from_geojson(json.dumps({"type": kind, "coordinates": coordinates}))
    except (shapely.errors.ShapelyError, TypeError, ValueError):
        raise InvalidInput(field, "is no GeoJSON geometry") from None
    if geometry is None:
        raise InvalidInput(field, "is an empty geometry")
    return geometry


def _refuse_monstrous(coordinates: object, field: str) -> None:
    """Depth and number of the brackets, before GEOS or the writer of JSON follow them by recursion."""
    level, lists = [coordinates], 0
    for _ in range(MAX_DEPTH + 1):
        level = [each for outer in level if isinstance(outer, list) for each in outer]
        lists += sum(isinstance(each, list) for each in level)
        if lists > 2 * MAX_VERTICES:
            raise InvalidInput(field, f"has more than {MAX_VERTICES} vertices")
    if level:
        raise InvalidInput(field, "is nested deeper than a MultiPolygon")


def _channels(color: str) -> list[int]:
    return list(bytes.fromhex(color.removeprefix("#")))


def _object(value: object, field: str) -> JsonObject:
    if not isinstance(value, dict):
        raise InvalidInput(field, "is not an object")
    return value


def _integer(value: object, field: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidInput(field, "is not an integer")
    return value


def _list_of(value: object, kind: type[_T], field: str) -> list[_T]:
    if not isinstance(value, list) or not all(isinstance(each, kind) for each in value):
        raise InvalidInput(field, f"is not a list of {kind.__name__}")
    return value
