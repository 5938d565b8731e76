"""OCT straight from the archive: geometry, report and pictures of what is stored."""

from fastapi import APIRouter

from plugin.service.oct_pacs import pictures, routes

router = APIRouter()
router.include_router(routes.router)
router.include_router(pictures.router)

__all__ = ["router"]
