"""Addresses of the protocol that are none: answered in its shape, and only to callers who are known."""

from fastapi import APIRouter

from plugin.service.annotations.callers import CallerOf
from plugin.service.annotations.wire import JsonAnswer, ProtocolRoute
from plugin.service.errors import NotFound

router = APIRouter(route_class=ProtocolRoute, include_in_schema=False)


@router.api_route("/api/{rest:path}", methods=["GET", "POST", "PUT", "DELETE"])
@router.api_route("/session/{rest:path}", methods=["GET", "POST", "PUT", "DELETE"])
def unknown(rest: str, caller: CallerOf) -> JsonAnswer:
    raise NotFound("There is no such address")
