"""Where the routes of OCT lie."""

from fastapi import APIRouter

from plugin.service.serving.json_bodies import JsonRoute

PREFIX = "/plugins/oct"


def oct_router() -> APIRouter:
    """A router for one family of endpoints."""
    return APIRouter(prefix=PREFIX, route_class=JsonRoute, tags=["OCT"])
