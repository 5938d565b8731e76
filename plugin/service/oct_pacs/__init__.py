"""OCT straight from the archive: geometry, report, vessel maps and pictures of what is stored."""

from fastapi import APIRouter

from plugin.service.oct_pacs import pictures, routes, vessel_maps

router = APIRouter()
router.include_router(routes.router)
router.include_router(pictures.router)
router.include_router(vessel_maps.router)

__all__ = ["router"]
