"""Annotations: list, fetch, add (one or many), change, delete."""

from http import HTTPStatus
from typing import Annotated, Any, Final

import shapely
from fastapi import Depends
from pydantic import ConfigDict
from sqlalchemy.orm import Session
from starlette.responses import Response

from ophtha_core.annotations.geometry import without_holes
from plugin.service.annotations import annotation_store, store
from plugin.service.annotations.annotation_answers import LISTING, AnnotationId, stream_listing
from plugin.service.annotations.batches import Batch, BatchBody
from plugin.service.annotations.fields import SmallNumber
from plugin.service.annotations.kind_routers import protocol_router
from plugin.service.annotations.kinds.annotation import (
    ANNOTATION,
    Annotation,
    AnnotationChange,
    AnnotationView,
    NewAnnotation,
)
from plugin.service.annotations.refused_batches import BatchError, BatchRefused
from plugin.service.annotations.requests import (
    Asking,
    AskingOf,
    Id,
    JsonBody,
    Page,
    PageOf,
    QueryOf,
)
from plugin.service.annotations.shapes import Given, Written, WrittenMany, many_written, write_words
from plugin.service.annotations.writing import WriteWishOf

router = protocol_router()
search_router = protocol_router()
"""What is posted, and yet reads."""


class WrittenPartly(WrittenMany[AnnotationId]):
    """What was added of a list, and why the rest was not."""

    errors: list[BatchError]


class AnnotationWritten(Written):
    """An annotation that was written; clients of both versions find it under their own key."""

    annotation: AnnotationView
    userannotation: AnnotationView


_PARTLY: Final[dict[int | str, dict[str, Any]]] = {206: {"model": WrittenPartly}}


# -- listings ----------------------------------------------------------------------------------------------------


@router.get("/api/annotation.json", response_class=Response, responses=LISTING)
@router.get("/api/userannotation.json", response_class=Response, responses=LISTING)
def list_annotations(asking: AskingOf, page: PageOf, query: QueryOf) -> Response:
    """Annotations the caller may see, newest first.

    Filters: ``project``, ``image(s)``, ``slice(s)``, ``user(s)``, ``annotation(s)``, ``excludedAnnotation``,
    ``term(s)``, ``tag(s)``, ``track(s)``, each with ``no…`` and ``multiple…``, ``usersForTerm``, ``reviewed``,
    ``notReviewedOnly``, ``reviewUsers``, ``beforeThan``, ``afterThan``, ``bbox`` (WKT), ``bboxAnnotation``,
    ``baseAnnotation`` (an id, or WKT) with ``maxDistanceBaseAnnotation`` (pixels), and with tracks ``beforeSlice``,
    ``afterSlice``, ``sliceDimension``. Lists are separated by ``,`` or ``_``. Another name is refused.

    Groups of fields: ``showBasic``, ``showMeta``, ``showWKT``, ``showGIS``, ``showTerm``, ``showTrack``, ``showUser``,
    ``showImage``, ``showSlice``.
    """
    return stream_listing(asking, page, query)


@router.get("/api/annotation/search.json", response_class=Response, responses=LISTING)
def search_annotations(asking: AskingOf, page: PageOf, query: QueryOf) -> Response:
    """The same as the listing of annotations."""
    return stream_listing(asking, page, query)


class Search(Given):
    """Filters and groups of fields of a listing of annotations, by the names they have in a query."""

    model_config = ConfigDict(extra="allow")

    offset: SmallNumber = 0
    max: SmallNumber = 0

    def query(self) -> dict[str, str]:
        """The same as a query."""
        return {name: _text_of(value) for name, value in (self.model_extra or {}).items()}


def _text_of(value: object) -> str:
    if isinstance(value, list):
        return ",".join(str(each) for each in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


@search_router.post("/api/annotation/search.json", response_class=Response, responses=LISTING)
def search_annotations_by_body(asking: AskingOf, given: Annotated[Search, Depends(JsonBody(Search))]) -> Response:
    """The same as the listing of annotations, for filters that are too long for an address."""
    return stream_listing(asking, Page(given.offset, given.max), given.query())


@router.get("/api/annotation/included.json", response_class=Response, responses=LISTING)
def list_included(asking: AskingOf, page: PageOf, query: QueryOf) -> Response:
    """Annotations that share a point with ``bbox`` or with ``annotation``; all filters of a listing hold."""
    return stream_listing(asking, page, _within_annotation(query))


@router.get("/api/imageinstance/{image_id}/annotation/included.json", response_class=Response, responses=LISTING)
def list_included_of_image(image_id: Id, asking: AskingOf, page: PageOf, query: QueryOf) -> Response:
    """Annotations of an image that share a point with ``bbox`` or with ``annotation``."""
    return stream_listing(asking, page, {**_within_annotation(query), "image": str(image_id)})


def _within_annotation(query: dict[str, str]) -> dict[str, str]:
    others = {name: value for name, value in query.items() if name != "annotation"}
    return {**others, "bboxAnnotation": query["annotation"]} if query.get("annotation") else others


# -- one annotation ----------------------------------------------------------------------------------------------


@router.get("/api/annotation/{annotation_id}.json")
@router.get("/api/userannotation/{annotation_id}.json")
def fetch_annotation(annotation_id: Id, asking: AskingOf) -> AnnotationView:
    """One annotation with everything."""
    with asking.platform.sessions() as session:
        return _view(session, asking, store.find(session, asking.caller, Annotation, annotation_id))


@router.post("/api/annotation.json", responses=_PARTLY)
@router.post("/api/userannotation.json", responses=_PARTLY)
def add_annotations(
    asking: AskingOf,
    posted: Annotated[Batch[NewAnnotation], Depends(BatchBody(NewAnnotation))],
    wish: WriteWishOf,
    response: Response,
) -> AnnotationWritten | WrittenMany[AnnotationId] | WrittenPartly:
    """Add one annotation, or those of a list: all of them or none (400 naming each that cannot be added).

    An area that crosses itself is repaired and answered with ``repaired: true``; ``repair=false`` refuses it.
    ``atomic=false`` adds what can be added of a list, and answers 206 when something could not.
    """
    with asking.platform.sessions() as session:
        checker = annotation_store.Checker(session, asking.caller, repair=wish.repair)
        if not posted.is_list:
            return _add_one(asking, checker.check_one(posted.only()))
        checked, refused = checker.check(posted.objects)
    errors = sorted([*posted.errors, *refused], key=lambda error: error.index)
    if errors and wish.atomic:
        raise BatchRefused(errors)
    with asking.platform.writing(asking.caller) as session:
        many = annotation_store.insert_checked(session, asking.caller, checked)
    words = many_written(ANNOTATION.label, [AnnotationId(id=each.id, repaired=each.is_repaired) for each in many])
    if not errors:
        return words
    response.status_code = HTTPStatus.PARTIAL_CONTENT
    return WrittenPartly(**dict(words), errors=errors)


def _add_one(asking: Asking, checked: annotation_store.Checked) -> AnnotationWritten:
    with asking.platform.writing(asking.caller) as session:
        (added,) = annotation_store.insert_checked(session, asking.caller, [checked])
        view = _view(session, asking, session.get_one(Annotation, added.id))
    return _written("Add", view.model_copy(update={"repaired": added.is_repaired}))


@router.put("/api/annotation/{annotation_id}.json")
@router.put("/api/userannotation/{annotation_id}.json")
def change_annotation(
    annotation_id: Id,
    asking: AskingOf,
    given: Annotated[AnnotationChange, Depends(JsonBody(AnnotationChange))],
    wish: WriteWishOf,
) -> AnnotationWritten:
    """Change geometry and terms. A ``version`` that is not the present one is refused (409)."""
    with asking.platform.writing(asking.caller) as session:
        is_repaired = annotation_store.change(session, asking.caller, annotation_id, given, repair=wish.repair)
        view = _view(session, asking, store.find(session, asking.caller, Annotation, annotation_id))
    return _written("Edit", view.model_copy(update={"repaired": is_repaired}))


@router.post("/api/annotation/{annotation_id}/fill.json")
def fill_annotation(annotation_id: Id, asking: AskingOf) -> AnnotationWritten:
    """Close the holes of an annotation."""
    with asking.platform.sessions() as session:
        location = store.find(session, asking.caller, Annotation, annotation_id).location
    filled = AnnotationChange(location=without_holes(shapely.from_wkt(location)).wkt)
    with asking.platform.writing(asking.caller) as session:
        annotation_store.change(session, asking.caller, annotation_id, filled)
        view = _view(session, asking, store.find(session, asking.caller, Annotation, annotation_id))
    return _written("Edit", view)


@router.delete("/api/annotation/{annotation_id}.json")
@router.delete("/api/userannotation/{annotation_id}.json")
def delete_annotation(annotation_id: Id, asking: AskingOf) -> AnnotationWritten:
    """Delete an annotation."""
    with asking.platform.writing(asking.caller) as session:
        view = _view(session, asking, store.find(session, asking.caller, Annotation, annotation_id))
        store.remove(session, asking.caller, Annotation, annotation_id)
    return _written("Delete", view)


def _view(session: Session, asking: Asking, annotation: Annotation) -> AnnotationView:
    return ANNOTATION.view(asking.viewing(session), annotation)


def _written(verb: str, view: AnnotationView) -> AnnotationWritten:
    words = write_words(ANNOTATION.label, verb, view.id, key="annotation")
    return AnnotationWritten.model_validate({**words, "annotation": view, "userannotation": view})
