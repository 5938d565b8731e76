"""Annotations: list, fetch, add (one or many), change, delete, review."""

import json
from collections.abc import Iterator
from typing import Annotated, Any, Final
from urllib.parse import parse_qs

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session
from starlette.responses import Response

from plugin.service.annotations import annotation_store, store
from plugin.service.annotations import fields as f
from plugin.service.annotations.annotation_filters import read_selection
from plugin.service.annotations.annotation_listing import CLASS_NAME, AnnotationListing, read_groups
from plugin.service.annotations.callers import BodyOf
from plugin.service.annotations.kind import Viewing
from plugin.service.annotations.kind_routers import protocol_router
from plugin.service.annotations.kinds.annotation import (
    ANNOTATION,
    Annotation,
    AnnotationChange,
    AnnotationView,
    NewAnnotation,
    require_annotating,
)
from plugin.service.annotations.requests import (
    Asking,
    AskingOf,
    Id,
    JsonBody,
    Page,
    PageOf,
    Posted,
    PostedBody,
    QueryOf,
)
from plugin.service.annotations.shapes import Listing, Written, WrittenMany, many_written, write_words
from plugin.service.annotations.wire import dump, listing
from plugin.service.serving.pieces import answer_of

router = protocol_router()


class AnnotationRow(BaseModel):
    """An annotation in a listing; more fields stand in it, by the groups that were asked for."""

    model_config = ConfigDict(extra="allow")

    java_class: str = Field(alias="class")
    id: int


class AnnotationId(BaseModel):
    """An annotation that was added with others."""

    java_class: str = Field(default=CLASS_NAME, serialization_alias="class")
    id: int


class AnnotationWritten(Written):
    """An annotation that was written; clients of both versions find it under their own key."""

    annotation: AnnotationView
    userannotation: AnnotationView


class AnnotationReviewed(Written):
    """An annotation that was reviewed, or is no longer."""

    reviewedannotation: AnnotationView


_LISTING: Final[dict[int | str, dict[str, Any]]] = {200: {"model": Listing[AnnotationRow]}}


# -- listings ----------------------------------------------------------------------------------------------------


@router.get("/api/annotation.json", response_class=Response, responses=_LISTING)
@router.get("/api/userannotation.json", response_class=Response, responses=_LISTING)
def list_annotations(asking: AskingOf, page: PageOf, query: QueryOf) -> Response:
    """Annotations the caller may see, newest first.

    Filters: ``project``, ``image(s)``, ``slice(s)``, ``user(s)``, ``term(s)``, ``track(s)``, ``noTerm``,
    ``multipleTerm``, ``reviewed``, ``bbox`` (WKT), ``bboxAnnotation``, ``baseAnnotation`` (an id) with
    ``maxDistanceBaseAnnotation`` (pixels), ``beforeThan``, ``afterThan``. Groups of fields: ``showBasic``,
    ``showMeta``, ``showWKT``, ``showGIS``, ``showTerm``, ``showTrack``, ``showUser``, ``showImage``, ``showSlice``.
    """
    return _stream(asking, page, query)


@router.get("/api/annotation/included.json", response_class=Response, responses=_LISTING)
def list_included(asking: AskingOf, page: PageOf, query: QueryOf) -> Response:
    """Annotations that share a point with ``bbox`` or with ``annotation``; all filters of a listing hold."""
    return _stream(asking, page, _within_annotation(query))


@router.get("/api/imageinstance/{image_id}/annotation/included.json", response_class=Response, responses=_LISTING)
def list_included_of_image(image_id: Id, asking: AskingOf, page: PageOf, query: QueryOf) -> Response:
    """Annotations of an image that share a point with ``bbox`` or with ``annotation``."""
    return _stream(asking, page, {**_within_annotation(query), "image": str(image_id)})


def _within_annotation(query: dict[str, str]) -> dict[str, str]:
    return {**query, "bboxAnnotation": query["annotation"]} if query.get("annotation") else query


def _stream(asking: Asking, page: Page, query: dict[str, str]) -> Response:
    def chunks() -> Iterator[bytes]:
        with asking.platform.sessions() as session:
            selection = read_selection(session, asking.caller, query)
            rows = AnnotationListing(session, selection, read_groups(query), base_url=asking.base_url)
            frame = dump(listing([], offset=page.offset, per_page=page.limit, size=rows.size))
            before, after = frame.split(b"[]", 1)
            yield before + b"["
            separator = ""
            for row in rows.rows(offset=page.offset, limit=page.limit):
                yield (separator + json.dumps(row, ensure_ascii=False, separators=(",", ":"))).encode()
                separator = ","
            yield b"]" + after

    return answer_of(chunks(), media_type="application/json", headers={"Cache-Control": "no-store"})


# -- one annotation ----------------------------------------------------------------------------------------------


@router.get("/api/annotation/{annotation_id}.json")
@router.get("/api/userannotation/{annotation_id}.json")
def fetch_annotation(annotation_id: Id, asking: AskingOf) -> AnnotationView:
    """One annotation with everything."""
    with asking.platform.sessions() as session:
        return _view(session, asking, store.find(session, asking.caller, Annotation, annotation_id))


@router.post("/api/annotation.json")
@router.post("/api/userannotation.json")
def add_annotations(
    asking: AskingOf, posted: Annotated[Posted[NewAnnotation], Depends(PostedBody(NewAnnotation))]
) -> AnnotationWritten | WrittenMany[AnnotationId]:
    """Add one annotation, or all of a list: a list is added as a whole or not at all."""
    with asking.platform.writing(asking.caller) as session:
        added = annotation_store.Writer(session, asking.caller).add(posted.objects, many=posted.is_list)
        if posted.is_list:
            return many_written(ANNOTATION.label, [AnnotationId(id=each) for each in added])
        view = _view(session, asking, session.get_one(Annotation, added[0]))
    return _written("Add", view)


@router.put("/api/annotation/{annotation_id}.json")
@router.put("/api/userannotation/{annotation_id}.json")
def change_annotation(
    annotation_id: Id, asking: AskingOf, given: Annotated[AnnotationChange, Depends(JsonBody(AnnotationChange))]
) -> AnnotationWritten:
    """Change geometry and terms."""
    with asking.platform.writing(asking.caller) as session:
        annotation = annotation_store.change(session, asking.caller, annotation_id, given)
        view = _view(session, asking, annotation)
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
    return ANNOTATION.view(Viewing(session, asking.base_url), annotation)


def _written(verb: str, view: AnnotationView) -> AnnotationWritten:
    words = write_words(ANNOTATION.label, verb, view.id, key="annotation")
    return AnnotationWritten.model_validate({**words, "annotation": view, "userannotation": view})


_TERMS = {"schema": {"type": "object", "properties": {"terms": {"type": "array", "items": {"type": "integer"}}}}}
_REVIEW = {"content": {"application/json": _TERMS, "application/x-www-form-urlencoded": _TERMS}}


# -- review ------------------------------------------------------------------------------------------------------


@router.post("/api/annotation/{annotation_id}/review.json", openapi_extra={"requestBody": _REVIEW})
def review(annotation_id: Id, asking: AskingOf, body: BodyOf) -> AnnotationReviewed:
    """Mark an annotation as reviewed; ``terms`` replace its terms. Clients send a form, others JSON."""
    terms = _review_terms(body)
    with asking.platform.writing(asking.caller) as session:
        annotation = store.find(session, asking.caller, Annotation, annotation_id)
        require_annotating(session, asking.caller, annotation)
        if terms:
            annotation_store.change(session, asking.caller, annotation_id, AnnotationChange(term=terms))
        annotation.reviewed = True
        session.flush()
        view = _view(session, asking, annotation)
    return _reviewed("Add", view)


@router.delete("/api/annotation/{annotation_id}/review.json")
def unreview(annotation_id: Id, asking: AskingOf) -> AnnotationReviewed:
    """An annotation is no longer reviewed."""
    with asking.platform.writing(asking.caller) as session:
        annotation = store.find(session, asking.caller, Annotation, annotation_id)
        require_annotating(session, asking.caller, annotation)
        annotation.reviewed = False
        view = _view(session, asking, annotation)
    return _reviewed("Delete", view)


def _reviewed(verb: str, view: AnnotationView) -> AnnotationReviewed:
    words = write_words("ReviewedAnnotation", verb, view.id, key="reviewedannotation")
    return AnnotationReviewed.model_validate({**words, "reviewedannotation": view})


def _review_terms(body: bytes) -> list[int]:
    try:
        given = json.loads(body or b"{}")
        terms = given.get("terms", []) if isinstance(given, dict) else []
    except ValueError:
        terms = parse_qs(body.decode("utf-8", "replace")).get("terms", [])
    return f.identifiers(terms, "terms") if terms else []
