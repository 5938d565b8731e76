"""Segmentation instances of a request as outlines: one list of instances for every B-scan."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import WithJsonSchema

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.polygon import Outline
from plugin.service.oct.arrays import point_array

POINTS_SCHEMA = {
    "type": "array",
    "items": {
        "anyOf": [
            {"type": "number"},
            {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
            {"type": "object", "properties": {"x": {"type": "number"}, "y": {"type": "number"}}},
        ]
    },
    "description": "[x1, y1, …], [[x, y], …] or [{x, y}, …] in B-scan pixels",
}
INSTANCE_SCHEMA = {
    "type": "object",
    "required": ["className", "points"],
    "properties": {"className": {"type": "string"}, "points": POINTS_SCHEMA},
}
SLICE_SCHEMA = {
    "type": "object",
    "required": ["instances"],
    "properties": {"instances": {"type": "array", "items": INSTANCE_SCHEMA}, "metadata": {"type": "object"}},
}
RawSlices = Annotated[list[object], WithJsonSchema({"type": "array", "items": SLICE_SCHEMA})]
RawInstances = Annotated[list[object], WithJsonSchema({"type": "array", "items": INSTANCE_SCHEMA})]
RawPoints = Annotated[list[object], WithJsonSchema(POINTS_SCHEMA)]


def outlines_by_slice(slices: Sequence[object], *, field: str) -> list[list[Outline]]:
    """`{"instances": […]}` of every slice. Raises InvalidInput naming slice and instance."""
    return [
        outlines(instances_of(entry, f"{field}[{index}]"), field=place(field, index))
        for index, entry in enumerate(slices)
    ]


def place(field: str, index: int) -> str:
    """Path of the instances of a slice."""
    return f"{field}[{index}].instances"


def instances_of(entry: object, field: str) -> Sequence[object]:
    """Instances of one slice: under `instances`, or the list itself."""
    if isinstance(entry, dict):
        if "instances" not in entry:
            raise InvalidInput(f"{field}.instances", "is missing")
        entry, field = entry["instances"], f"{field}.instances"
    if not isinstance(entry, list):
        raise InvalidInput(field, "must be a list of instances")
    return entry


def outlines(instances: Sequence[object], *, field: str) -> list[Outline]:
    """Instances of one slice; keys other than `className` and `points` are ignored."""
    return [outline(instance, field=f"{field}[{index}]") for index, instance in enumerate(instances)]


def outline(instance: object, *, field: str, default_name: str | None = None) -> Outline:
    """One instance. Raises InvalidInput naming its key."""
    if not isinstance(instance, dict):
        raise InvalidInput(field, "must be an object with className and points")
    name = instance.get("className", default_name)
    if not isinstance(name, str) or not name:
        raise InvalidInput(f"{field}.className", "must be the name of a class")
    if "points" not in instance:
        raise InvalidInput(f"{field}.points", "is missing")
    return Outline(name=name, points=point_array(instance["points"], field=f"{field}.points"), field=field)
