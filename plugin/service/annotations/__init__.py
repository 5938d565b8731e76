"""The annotation platform: the protocol of Cytomine's clients on the images in Orthanc."""

from fastapi import APIRouter

from plugin.service.annotations import (
    annotation_link_routes,
    annotation_routes,
    crud_routes,
    domain_routes,
    export_routes,
    file_routes,
    image_routes,
    project_routes,
    unknown_routes,
    upload_routes,
    user_routes,
)
from plugin.service.annotations.export_retention import sweep
from plugin.service.annotations.refusals import RefusedRead, RefusedWrite
from plugin.service.annotations.wire import ERROR_SHAPE
from plugin.service.effects import METHOD_TELLS
from plugin.service.jobs.retention import swept_while_served
from plugin.service.serving.described import refusals

__all__ = ["ERROR_SHAPE", "router"]

router = APIRouter(
    lifespan=swept_while_served(sweep, what="archives of annotations"),
    dependencies=[METHOD_TELLS],
    responses=refusals(RefusedRead | RefusedWrite),
)
# Hand-made routes come first: "user/current.json" is no user with the id "current".
for _routes in (
    user_routes,
    project_routes,
    annotation_routes,
    annotation_link_routes,
    image_routes,
    export_routes,
    domain_routes,
    file_routes,
    upload_routes,
    crud_routes,
    unknown_routes,
):
    router.include_router(_routes.router)
