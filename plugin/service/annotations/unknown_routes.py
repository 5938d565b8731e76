"""Addresses of the protocol that are none: answered in its shape, and only to callers who are known."""

from typing import Final

from fastapi import APIRouter

from plugin.service.annotations.callers import CallerOf
from plugin.service.annotations.wire import JsonAnswer, ProtocolRoute
from plugin.service.errors import NotFound

router = APIRouter(route_class=ProtocolRoute, include_in_schema=False)

_NOT_KEPT: Final = {
    "annotationfilter": "annotation filters",
    "annotationgroup": "annotation groups",
    "annotationlink": "links between annotations",
    "imagegroup": "image groups",
}
"""Kinds of the clients' model that are not part of the platform, by their segment in an address."""


@router.api_route("/api/{rest:path}", methods=["GET", "POST", "PUT", "DELETE"])
@router.api_route("/session/{rest:path}", methods=["GET", "POST", "PUT", "DELETE"])
def unknown(rest: str, caller: CallerOf) -> JsonAnswer:
    kind = next((_NOT_KEPT[segment] for segment in rest.removesuffix(".json").split("/") if segment in _NOT_KEPT), None)
    raise NotFound("There is no such address" if kind is None else f"This server keeps no {kind}")
