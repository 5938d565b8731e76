"""What features of GeoJSON files say of annotations beside geometry and class, as properties of the annotations.

Metadata of QuPath are texts by keys, as properties are. Measurements and everything else have keys of their own.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from ophtha_core.annotations.drawn_feature import DrawnFeature
from ophtha_core.errors import InvalidInput
from plugin.service.annotations.fields import long_text, text

_MEASUREMENT: Final = "measurements."
_OTHER: Final = "properties."


def properties_of(feature: DrawnFeature) -> dict[str, str]:
    """Keys and values of what a feature carries. Raises InvalidInput for what no property can hold."""
    return {text(key, f"property {key[:40]!r}"): long_text(value, key) for key, value in _pairs(feature)}


def carried(properties: Iterable[tuple[str, str]]) -> dict[str, object]:
    """What the feature of an annotation with these properties says: the inverse of ``properties_of``."""
    measurements: dict[str, float] = {}
    metadata: dict[str, str] = {}
    others: dict[str, object] = {}
    for key, value in properties:
        if key.startswith(_MEASUREMENT) and (number := _number(value)) is not None:
            measurements[key.removeprefix(_MEASUREMENT)] = number
        elif key.startswith(_OTHER):
            others[key.removeprefix(_OTHER)] = _json(value)
        else:
            metadata[key] = value
    named: Mapping[str, object] = {"measurements": measurements, "metadata": metadata}
    return {**{name: each for name, each in named.items() if each}, **others}


def _pairs(feature: DrawnFeature) -> Iterator[tuple[str, str]]:
    yield from feature.metadata.items()
    yield from ((f"{_MEASUREMENT}{name}", repr(value)) for name, value in feature.measurements.items())
    for name, value in feature.others.items():
        try:
            yield f"{_OTHER}{name}", json.dumps(value, ensure_ascii=False, allow_nan=False)
        except (ValueError, RecursionError):
            raise InvalidInput(name, "is no JSON value") from None


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None


def _json(value: str) -> object:
    """A value as it was; a text that a person has written there is one."""
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
