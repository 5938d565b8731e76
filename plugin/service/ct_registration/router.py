"""Every route of the registration, and the sweep that runs while they are served."""

from fastapi import APIRouter

from plugin.service.ct_registration import asking, downloads, lesions, plain, protocol, reviewing
from plugin.service.ct_registration.retention import sweep
from plugin.service.jobs.retention import swept_while_served

router = APIRouter(lifespan=swept_while_served(sweep, what="results of registrations"))
for each in (protocol, plain, asking, lesions, reviewing, downloads):
    router.include_router(each.router)
