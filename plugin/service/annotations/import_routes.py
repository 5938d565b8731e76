"""Imports in one call: GeoJSON of QuPath and of this product's exports."""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import Depends, Query
from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from ophtha_core.errors import InvalidInput
from plugin.service.annotations.annotation_answers import AnnotationId
from plugin.service.annotations.callers import BodyOf
from plugin.service.annotations.fields import Identifier, Truth, invalid
from plugin.service.annotations.imports import ImportWish, check_file, insert_file
from plugin.service.annotations.kind_routers import protocol_router
from plugin.service.annotations.kinds.annotation import ANNOTATION
from plugin.service.annotations.refused_batches import BatchRefused
from plugin.service.annotations.requests import AskingOf, Id
from plugin.service.annotations.shapes import WrittenMany, many_written
from plugin.service.annotations.writing import HeaderOf, Parameters, read_header

router = protocol_router()


class _Parameters(Parameters):
    image: Identifier | None = None
    flipY: Truth | None = None  # noqa: N815  # its name on the wire
    terms: dict[str, Identifier] | None = None


@dataclass(frozen=True)
class Import:
    """How a file is read, and whether it is imported as a whole or not at all."""

    wish: ImportWish
    atomic: bool


async def read_import(
    image: Annotated[str, Query(description="Id of the image instance; archives name theirs")] = "",
    flip_y: Annotated[bool | None, Query(alias="flipY", description="y of the file points up, as in WKT")] = None,
    terms: Annotated[str, Query(description='JSON: {"class in the file": term id}')] = "",
    repair: Annotated[bool | None, Query(description="Make areas valid that are not (true), or refuse")] = None,
    atomic: Annotated[bool | None, Query(description="Import a file as a whole or not at all (true)")] = None,
    header: HeaderOf = "",
) -> Import:
    """Raises InvalidInput."""
    asked = {"image": image or None, "flipY": flip_y, "terms": _json(terms), "repair": repair, "atomic": atomic}
    given = {**read_header(header, _Parameters).model_dump(), **{k: v for k, v in asked.items() if v is not None}}
    try:
        told = _Parameters.model_validate(given)
    except ValidationError as error:
        raise invalid(error) from None
    wish = ImportWish(
        image=told.image, flip_y=told.flipY is True, terms=told.terms or {}, repair=told.repair is not False
    )
    return Import(wish, atomic=told.atomic is not False)


def _json(text: str) -> object:
    if not text:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidInput("terms", "is not JSON") from None


ImportOf = Annotated[Import, Depends(read_import)]


class Skipped(BaseModel):
    """A feature that was not imported; ``index`` is its place in the file, from 0."""

    index: int
    reason: str


class Imported(WrittenMany[AnnotationId]):
    """What a file became."""

    imported: int
    skipped: list[Skipped]


_FILE: Final = {
    "required": True,
    "content": {
        "application/geo+json": {"schema": {"type": "object"}},
        "application/zip": {"schema": {"type": "string", "format": "binary"}},
    },
}
_PARTLY: Final[dict[int | str, dict[str, Any]]] = {206: {"model": Imported}}


@router.post("/api/project/{project_id}/import", responses=_PARTLY, openapi_extra={"requestBody": _FILE})
def import_file(project_id: Id, asking: AskingOf, body: BodyOf, how: ImportOf, response: Response) -> Imported:
    """Import a GeoJSON file of an image, or an archive that this product exported, all of it or nothing.

    Origin top-left and y down, as QuPath writes and as exports are; ``flipY`` is for files whose y points up. Classes
    become terms, those that are derived (``Tumour: Positive``) below the ones they are derived from; metadata,
    measurements and what else a feature says become properties, which ``properties=true`` exports again. Features that
    cannot be imported are named by their places (400); with ``atomic=false`` the others are (206).
    """
    with asking.platform.sessions() as session:
        checked = check_file(session, asking.caller, project_id, body, how.wish)
    if checked.errors and how.atomic:
        raise BatchRefused(checked.errors)
    with asking.platform.writing(asking.caller) as session:
        added = insert_file(session, asking.caller, project_id, checked.features, how.wish)
    if checked.errors:
        response.status_code = HTTPStatus.PARTIAL_CONTENT
    words = many_written(ANNOTATION.label, [AnnotationId(id=each.id, repaired=each.is_repaired) for each in added])
    return Imported(
        **dict(words),
        imported=len(added),
        skipped=[Skipped(index=each.index, reason=each.message) for each in checked.errors],
    )
