"""Where the routes of OCT lie."""

from fastapi import APIRouter
from fastapi.params import Depends as Dependency

from plugin.service.serving.json_bodies import JsonRoute

PREFIX = "/plugins/oct"


def oct_router(*, effect: Dependency | None = None) -> APIRouter:
    """A router for one family of endpoints, and what all of them do to what is stored."""
    return APIRouter(prefix=PREFIX, route_class=JsonRoute, tags=["OCT"], dependencies=[effect] if effect else [])
