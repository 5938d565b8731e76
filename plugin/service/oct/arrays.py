"""Maps and point lists of a request as arrays: strict about numbers, quick about megabytes, one error for each list.

Text and booleans are no numbers; NaN and infinities are refused; `null` in a map is a missing cell.
"""

from array import array
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Annotated, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from ophtha_core.errors import InvalidInput

Floats = NDArray[np.float64]
NUMBERS = frozenset({float, int})
LARGEST = 1e12
"""No thickness and no pixel; sums and squares of what is below stay finite."""
NUMBERS_AND_NULL = frozenset({float, int, type(None)})


def float_matrix(value: object) -> Floats:
    """Rows of numbers or nulls -> shape (rows, columns), NaN where null."""
    if not isinstance(value, list) or not value or not all(isinstance(row, list) for row in value):
        raise PydanticCustomError("matrix", "must be a list of rows")
    lengths = set(map(len, value))
    if len(lengths) != 1 or lengths == {0}:
        raise PydanticCustomError("matrix", "rows must have one length above 0")
    types: set[type] = set()
    for row in value:
        types.update(map(type, row))
    if not types <= NUMBERS_AND_NULL:
        raise PydanticCustomError("matrix", "cells must be numbers or null")
    try:
        matrix = np.array(value, dtype=np.float64)
    except OverflowError as error:
        raise PydanticCustomError("matrix", "cells must be finite numbers") from error
    nulls = sum(row.count(None) for row in value) if type(None) in types else 0
    if np.count_nonzero(np.abs(matrix) <= LARGEST) + nulls != matrix.size:
        raise PydanticCustomError("matrix", "cells must be finite numbers")
    return matrix


def numbered(value: object) -> object:
    """A list of maps as a mapping from position to map."""
    return {str(index): entry for index, entry in enumerate(value)} if isinstance(value, list) else value


FloatMatrix = Annotated[
    Floats,
    PlainValidator(float_matrix),
    WithJsonSchema(
        {"type": "array", "items": {"type": "array", "items": {"anyOf": [{"type": "number"}, {"type": "null"}]}}}
    ),
]
NamedMaps = dict[str, FloatMatrix]
NamedOrListedMaps = Annotated[NamedMaps, BeforeValidator(numbered)]


def layers_by_name(maps: Mapping[str, Floats], used_layers: Sequence[str]) -> Mapping[str, Floats]:
    """Maps by layer; a list came aligned to `used_layers`. Raises InvalidInput where the numbers differ."""
    if not maps or list(maps) != [str(index) for index in range(len(maps))]:
        return maps
    if len(maps) != len(used_layers):
        raise InvalidInput("layers_thickness_maps", f"is a list of {len(maps)} maps for {len(used_layers)} used_layers")
    return dict(zip(used_layers, maps.values(), strict=True))


def point_array(value: object, *, field: str) -> Floats:
    """`[x1, y1, …]`, `[[x, y], …]` or `[{"x", "y"}, …]` -> shape (n, 2). Raises InvalidInput."""
    if not isinstance(value, list):
        raise InvalidInput(field, "must be a list of points")
    if not value:
        return np.zeros((0, 2))
    flat = flattened(value, field=field)
    if not set(map(type, flat)) <= NUMBERS:
        raise InvalidInput(field, "coordinates must be numbers")
    if len(flat) % 2:
        raise InvalidInput(field, "must hold an even number of coordinates")
    try:
        # Twice as fast as np.array on a list of Python numbers.
        points = np.frombuffer(array("d", cast("list[float]", flat))).reshape(-1, 2)
    except OverflowError as error:
        raise InvalidInput(field, "coordinates must be finite") from error
    if not (np.abs(points) <= LARGEST).all():
        raise InvalidInput(field, "coordinates must be finite")
    return points


def flattened(value: list[object], *, field: str) -> list[object]:
    """Coordinates one after the other."""
    kinds = set(map(type, value))
    if kinds == {dict}:
        try:
            return [point[axis] for point in value for axis in ("x", "y")]  # type: ignore[index]
        except KeyError as error:
            raise InvalidInput(field, "a point lacks x or y") from error
    if kinds <= {list, tuple}:
        if set(map(len, value)) != {2}:  # type: ignore[arg-type]
            raise InvalidInput(field, "a point must be [x, y]")
        return list(chain.from_iterable(value))  # type: ignore[arg-type]
    return value


def single_point(value: object, *, field: str) -> tuple[float, float]:
    """`[x, y]` or `{"x", "y"}`. Raises InvalidInput."""
    points = point_array([value] if isinstance(value, dict) else value, field=field)
    if points.shape != (1, 2):
        raise InvalidInput(field, "must be one point [x, y]")
    return float(points[0, 0]), float(points[0, 1])


def as_rows(values: Floats) -> list[list[float]]:
    """A map for JSON; NaN becomes null on the way out."""
    rows: list[list[float]] = values.tolist()
    return rows


def not_negative(maps: Mapping[str, Floats], *, field: str = "pathology_thickness_maps") -> Mapping[str, Floats]:
    """The maps. Raises InvalidInput for a thickness below 0."""
    for name, values in maps.items():
        if (values < 0).any():
            raise InvalidInput(f"{field}.{name}", "holds a thickness below 0")
    return maps
