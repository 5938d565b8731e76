"""``thickness.png`` and ``etdrs.png`` of a stored thickness map."""

import asyncio
from typing import Annotated, Final

from fastapi import Query
from starlette.responses import Response

from ophtha_core.display.oct_map import Legend, draw_sectors, draw_thickness
from ophtha_core.oct.circles import ETDRS, GCC, Circle
from ophtha_core.oct.dicom.codes import RetinalThickness
from plugin.service.effects import READS
from plugin.service.oct.archive.loading import Level
from plugin.service.oct.archive.opening import StoredMap
from plugin.service.oct.archive.paths import ResourceId, ResourceLevel
from plugin.service.oct.archive.stored_maps import KINDS, MapKind, find_map
from plugin.service.oct.routing import oct_router
from plugin.service.parts import Parts, PartsOf
from plugin.service.serving.described import binary

router = oct_router(effect=READS)
Map = Annotated[MapKind | None, Query(alias="map", description="Default: retina, else gcc, else rnfl")]
Width = Annotated[int, Query(ge=300, le=2400, description="Width of the picture in pixels")]
_PNG: Final = binary("image/png", description="A picture")

LEGENDS: Final = {
    RetinalThickness.ILM_TO_RPE: Legend(title="Retinal thickness, ILM to RPE", low_um=150, high_um=450, step_um=50),
    RetinalThickness.ILM_TO_BM: Legend(title="Retinal thickness, ILM to BM", low_um=150, high_um=450, step_um=50),
    RetinalThickness.GANGLION_CELL_COMPLEX: Legend(
        title="Ganglion cell complex thickness", low_um=0, high_um=160, step_um=20
    ),
    RetinalThickness.RNFL: Legend(title="Nerve fibre layer thickness", low_um=0, high_um=200, step_um=25),
}
_CIRCLES: Final = {MapKind.RETINA: ETDRS, MapKind.GANGLION_CELLS: GCC, MapKind.RNFL: ETDRS}


@router.get("/{level}/{resource_id}/thickness.png", response_class=Response, responses=_PNG)
async def get_thickness_picture(
    parts: PartsOf, level: ResourceLevel, resource_id: ResourceId, kind: Map = None, width: Width = 900
) -> Response:
    """Colour map of a stored thickness map in µm, on a fixed scale, with the circle about its centre."""
    return await _picture(parts, level, resource_id, kind, width, numbers=False)


@router.get("/{level}/{resource_id}/etdrs.png", response_class=Response, responses=_PNG)
async def get_sector_picture(
    parts: PartsOf, level: ResourceLevel, resource_id: ResourceId, kind: Map = None, width: Width = 900
) -> Response:
    """The ETDRS grid (of ganglion cells the GCC circle) with its means in µm."""
    return await _picture(parts, level, resource_id, kind, width, numbers=True)


async def _picture(
    parts: Parts, level: Level, resource_id: str, kind: MapKind | None, width: int, *, numbers: bool
) -> Response:
    found = await find_map(parts, level, resource_id, kind=kind)
    png = await asyncio.to_thread(_drawn, found, width, numbers=numbers)
    return Response(png, media_type="image/png", headers={"Cache-Control": "no-cache"})


def _drawn(found: StoredMap, width: int, *, numbers: bool) -> bytes:
    circle: Circle = _CIRCLES[KINDS[found.measured]]
    draw = draw_sectors if numbers else draw_thickness
    return draw(found.thickness, LEGENDS[found.measured], circle, width_px=width)
