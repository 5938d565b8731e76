"""The annotation platform: the protocol of Cytomine's clients on the images in Orthanc."""

from typing import Final

from fastapi import APIRouter, Depends

from plugin.service.annotations import (
    annotation_routes,
    command_routes,
    export_routes,
    image_routes,
    import_routes,
    kinds,
    project_routes,
    review_routes,
    session_routes,
    slide_routes,
    statistics_routes,
    unknown_routes,
    upload_routes,
)
from plugin.service.annotations.described_bodies import describe_bodies
from plugin.service.annotations.export_retention import sweep
from plugin.service.annotations.refusals import RefusedRead, RefusedWrite
from plugin.service.annotations.upload_routes import MAX_UPLOAD_BYTES
from plugin.service.annotations.wire import ERROR_SHAPE
from plugin.service.effects import METHOD_TELLS, READS, WRITES
from plugin.service.jobs.retention import swept_while_served
from plugin.service.serving.described import refusals

LARGE_FORMS: Final = {"/upload": MAX_UPLOAD_BYTES + 2**20}
"""Paths of forms, with the largest body (bytes)."""
__all__ = ["ERROR_SHAPE", "LARGE_FORMS", "describe_bodies", "router"]

_IN_ORTHANC = ("abstract_image", "image_instance")
"""Kinds whose objects come and go with Orthanc's."""

router = APIRouter(
    lifespan=swept_while_served(sweep, what="archives of annotations"), responses=refusals(RefusedRead | RefusedWrite)
)
router.include_router(annotation_routes.search_router, dependencies=[READS])
router.include_router(command_routes.router, dependencies=[WRITES])
# Hand-made routes come first: "user/current.json" is no user with the id "current".
for _routes in (
    session_routes,
    project_routes,
    statistics_routes,
    annotation_routes,
    review_routes,
    image_routes,
    slide_routes,
    export_routes,
    import_routes,
    upload_routes,
):
    router.include_router(_routes.router, dependencies=[METHOD_TELLS])
for _name, _router in kinds.routers().items():
    _first = [Depends(project_routes.look_around)] if _name in _IN_ORTHANC else []
    router.include_router(_router, dependencies=[METHOD_TELLS, *_first])
router.include_router(unknown_routes.router, dependencies=[METHOD_TELLS])
