"""OCT straight from the archive: geometry, report and pictures of what is stored."""

from plugin.service.oct_pacs.routes import router

__all__ = ["router"]
