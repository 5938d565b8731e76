"""OCT analytics: one typed route for every endpoint, under /plugins/oct."""

from fastapi import APIRouter

from plugin.service.oct import (
    archive,
    circles,
    examination,
    glaucoma,
    measurements,
    optic_disc,
    pathology,
    rnfl,
    thickness_maps,
)

router = APIRouter()
for family in (
    archive,
    circles,
    examination,
    glaucoma,
    measurements,
    optic_disc,
    pathology,
    rnfl,
    thickness_maps,
):
    router.include_router(family.router)
