"""Every route of the registration, and the sweep that runs while they are served."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from plugin.service.ct_registration import downloads, plain, protocol
from plugin.service.ct_registration.retention import sweep_forever


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    sweeping = asyncio.create_task(sweep_forever(app.state.parts))
    yield
    sweeping.cancel()
    await asyncio.gather(sweeping, return_exceptions=True)


router = APIRouter(lifespan=_lifespan)
for each in (protocol, plain, downloads):
    router.include_router(each.router)
