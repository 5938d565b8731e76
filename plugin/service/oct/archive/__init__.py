"""From and to the archive: geometry, report, segmentation, vessel maps and pictures of what is stored."""

from fastapi import APIRouter

from plugin.service.oct.archive import (
    comparing,
    pictures,
    printout,
    routes,
    segment_routes,
    segmentation_routes,
    vessel_maps,
    volumes,
)

router = APIRouter()
for part in (routes, segmentation_routes, segment_routes, comparing, pictures, printout, vessel_maps, volumes):
    router.include_router(part.router)

__all__ = ["router"]
