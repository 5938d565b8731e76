"""What the OpenAPI document says of bodies that are read once their senders are known.

FastAPI reads the bodies it describes before it asks who sends them, and parses them where every other request waits.
These are read by dependencies instead, and described from them.
"""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext, iter_route_contexts
from pydantic import TypeAdapter

from plugin.service.annotations.batches import BatchBody
from plugin.service.annotations.requests import JsonBody, PostedBody

_REFERENCE = "#/components/schemas/{model}"


def describe_bodies(app: FastAPI, document: dict[str, Any]) -> dict[str, Any]:
    """The document with the bodies that dependencies of the app's routes read."""
    for route in iter_route_contexts(app.routes):
        for body in _bodies(route):
            schema = body.json_schema(ref_template=_REFERENCE)
            document["components"]["schemas"] |= schema.pop("$defs", {}) | _named(schema)
            for method in route.methods or ():
                operation = document["paths"][route.path_format][method.lower()]
                operation["requestBody"] = _content(_reference(schema))
    return document


def _bodies(route: RouteContext) -> Iterator[TypeAdapter[object]]:
    dependant = getattr(route, "dependant", None)
    if isinstance(dependant, Dependant) and route.include_in_schema:
        yield from _read_by(dependant)


def _read_by(dependant: Dependant) -> Iterator[TypeAdapter[object]]:
    if isinstance(dependant.call, JsonBody | PostedBody | BatchBody):
        yield dependant.call.described
    for each in dependant.dependencies:
        yield from _read_by(each)


def _named(schema: dict[str, Any]) -> dict[str, Any]:
    return {schema["title"]: schema} if "title" in schema else {}


def _reference(schema: dict[str, Any]) -> dict[str, Any]:
    return {"$ref": _REFERENCE.format(model=schema["title"])} if "title" in schema else schema


def _content(schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}
