"""Annotations: list, fetch, add (one or many), change, delete, review; their terms and tracks."""

import json
from collections.abc import Iterator
from typing import cast
from urllib.parse import parse_qs

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from plugin.service.annotations import annotation_store, store
from plugin.service.annotations import fields as f
from plugin.service.annotations import tables as t
from plugin.service.annotations.annotation_filters import read_selection
from plugin.service.annotations.annotation_listing import (
    CLASS_NAME,
    AnnotationListing,
    image_facts,
    links,
    measures,
    read_groups,
)
from plugin.service.annotations.callers import BodyOf, Caller, CallerOf
from plugin.service.annotations.crud_routes import written_many
from plugin.service.annotations.requests import BaseUrlOf, Id, JsonOf, Page, PageOf, QueryOf, objects, one_object
from plugin.service.annotations.resources import RESOURCES
from plugin.service.annotations.rights import may_annotate
from plugin.service.annotations.state import Platform, PlatformOf
from plugin.service.annotations.wire import Json, JsonAnswer, ProtocolRoute, date, dump, listing, written
from plugin.service.errors import Forbidden
from plugin.service.serving.pieces import answer_of

router = APIRouter(tags=["annotations"], route_class=ProtocolRoute)

ANNOTATION = RESOURCES["annotation"]


# -- listings ----------------------------------------------------------------------------------------------------


@router.get("/api/annotation.json")
@router.get("/api/userannotation.json")
def list_annotations(
    caller: CallerOf, platform: PlatformOf, page: PageOf, query: QueryOf, base_url: BaseUrlOf
) -> Response:
    """Annotations the caller may see, newest first.

    Filters: ``project``, ``image(s)``, ``slice(s)``, ``user(s)``, ``term(s)``, ``track(s)``, ``noTerm``,
    ``multipleTerm``, ``reviewed``, ``bbox`` (WKT), ``bboxAnnotation``, ``baseAnnotation`` (an id) with
    ``maxDistanceBaseAnnotation`` (pixels), ``beforeThan``, ``afterThan``. Groups of fields: ``showBasic``,
    ``showMeta``, ``showWKT``, ``showGIS``, ``showTerm``, ``showTrack``, ``showUser``, ``showImage``, ``showSlice``.
    """
    return _stream(caller, platform, page, query, base_url)


@router.get("/api/annotation/included.json")
def list_included(
    caller: CallerOf, platform: PlatformOf, page: PageOf, query: QueryOf, base_url: BaseUrlOf
) -> Response:
    """Annotations that share a point with ``bbox`` or with ``annotation``; all filters of a listing hold."""
    return _stream(caller, platform, page, _within_annotation(query), base_url)


@router.get("/api/imageinstance/{image_id}/annotation/included.json")
def list_included_of_image(
    image_id: Id, caller: CallerOf, platform: PlatformOf, page: PageOf, query: QueryOf, base_url: BaseUrlOf
) -> Response:
    """Annotations of an image that share a point with ``bbox`` or with ``annotation``."""
    chosen = {**_within_annotation(query), "image": str(image_id)}
    return _stream(caller, platform, page, chosen, base_url)


def _within_annotation(query: dict[str, str]) -> dict[str, str]:
    return {**query, "bboxAnnotation": query["annotation"]} if query.get("annotation") else query


def _stream(caller: Caller, platform: Platform, page: Page, query: dict[str, str], base_url: str) -> Response:
    def chunks() -> Iterator[bytes]:
        with platform.sessions() as session:
            selection = read_selection(session, caller, query)
            rows = AnnotationListing(session, selection, read_groups(query), base_url=base_url)
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


def annotation_view(session: Session, annotation: t.Annotation, base_url: str) -> Json:
    """An annotation with everything."""
    terms = select(t.AnnotationTerm.term_id).where(t.AnnotationTerm.annotation_id == annotation.id)
    tracks = select(t.AnnotationTrack.track_id).where(t.AnnotationTrack.annotation_id == annotation.id)
    image = image_facts(session, {annotation.image_id})[annotation.image_id]
    return {
        "class": CLASS_NAME,
        "id": annotation.id,
        "created": date(annotation.created_ms),
        "updated": date(annotation.updated_ms),
        "deleted": None,
        "location": annotation.location,
        "image": annotation.image_id,
        "slice": annotation.slice_id,
        "project": annotation.project_id,
        "container": annotation.project_id,
        "user": annotation.user_id,
        "term": list(session.scalars(terms.order_by(t.AnnotationTerm.id))),
        "track": list(session.scalars(tracks.order_by(t.AnnotationTrack.id))),
        "reviewed": annotation.reviewed,
        "geometryCompression": 0.0,
        "nbComments": 0,
        "centroid": {"x": annotation.centre_x, "y": annotation.centre_y},
        **measures(annotation.area, annotation.perimeter, image),
        **links(base_url, annotation.id),
    }


def _written(verb: str, view: Json) -> Json:
    """Clients of both versions find the annotation under its own key."""
    return written("annotation", "UserAnnotation", verb, view, userannotation=view)


@router.get("/api/annotation/{annotation_id}.json")
@router.get("/api/userannotation/{annotation_id}.json")
def fetch_annotation(annotation_id: Id, caller: CallerOf, platform: PlatformOf, base_url: BaseUrlOf) -> JsonAnswer:
    """One annotation."""
    with platform.sessions() as session:
        return JsonAnswer(annotation_view(session, find_annotation(session, caller, annotation_id), base_url))


@router.post("/api/annotation.json")
@router.post("/api/userannotation.json")
def add_annotations(caller: CallerOf, platform: PlatformOf, body: JsonOf, base_url: BaseUrlOf) -> JsonAnswer:
    """Add one annotation, or all of a list."""
    if isinstance(body, list):
        with platform.writing(caller) as session:
            added = annotation_store.Writer(session, caller).add(objects(body), many=True) if body else []
        views: list[Json] = [{"class": CLASS_NAME, "id": each} for each in added]
        return JsonAnswer(written_many(ANNOTATION, views))
    with platform.writing(caller) as session:
        identifier = annotation_store.Writer(session, caller).add([one_object(body)], many=False)[0]
        view = annotation_view(session, session.get_one(t.Annotation, identifier), base_url)
    return JsonAnswer(_written("Add", view))


@router.put("/api/annotation/{annotation_id}.json")
@router.put("/api/userannotation/{annotation_id}.json")
def change_annotation(
    annotation_id: Id, caller: CallerOf, platform: PlatformOf, body: JsonOf, base_url: BaseUrlOf
) -> JsonAnswer:
    """Change geometry and terms."""
    with platform.writing(caller) as session:
        annotation_store.change(session, caller, annotation_id, one_object(body))
        view = annotation_view(session, find_annotation(session, caller, annotation_id), base_url)
    return JsonAnswer(_written("Edit", view))


@router.delete("/api/annotation/{annotation_id}.json")
@router.delete("/api/userannotation/{annotation_id}.json")
def delete_annotation(annotation_id: Id, caller: CallerOf, platform: PlatformOf, base_url: BaseUrlOf) -> JsonAnswer:
    """Delete an annotation."""
    with platform.writing(caller) as session:
        view = annotation_view(session, find_annotation(session, caller, annotation_id), base_url)
        store.remove(session, caller, ANNOTATION, annotation_id)
    return JsonAnswer(_written("Delete", view))


def find_annotation(session: Session, caller: Caller, annotation_id: int) -> t.Annotation:
    return cast("t.Annotation", store.find(session, caller, ANNOTATION, annotation_id))


# -- review ------------------------------------------------------------------------------------------------------


@router.post("/api/annotation/{annotation_id}/review.json")
def review(annotation_id: Id, caller: CallerOf, platform: PlatformOf, body: BodyOf, base_url: BaseUrlOf) -> JsonAnswer:
    """Mark an annotation as reviewed; ``terms`` replace its terms. Clients send a form, others JSON."""
    terms = _review_terms(body)
    with platform.writing(caller) as session:
        annotation = find_annotation(session, caller, annotation_id)
        require_annotating(session, caller, annotation)
        if terms:
            annotation_store.change(session, caller, annotation_id, {"term": terms})
        annotation.reviewed = True
        session.flush()
        view = annotation_view(session, annotation, base_url)
    return JsonAnswer(written("reviewedannotation", "ReviewedAnnotation", "Add", view))


@router.delete("/api/annotation/{annotation_id}/review.json")
def unreview(annotation_id: Id, caller: CallerOf, platform: PlatformOf, base_url: BaseUrlOf) -> JsonAnswer:
    """An annotation is no longer reviewed."""
    with platform.writing(caller) as session:
        annotation = find_annotation(session, caller, annotation_id)
        require_annotating(session, caller, annotation)
        annotation.reviewed = False
        view = annotation_view(session, annotation, base_url)
    return JsonAnswer(written("reviewedannotation", "ReviewedAnnotation", "Delete", view))


def _review_terms(body: bytes) -> list[int]:
    try:
        given = json.loads(body or b"{}")
        terms = given.get("terms", []) if isinstance(given, dict) else []
    except ValueError:
        terms = parse_qs(body.decode("utf-8", "replace")).get("terms", [])
    return f.identifiers(terms, "terms") if terms else []


def require_annotating(session: Session, caller: Caller, annotation: t.Annotation) -> None:
    if not may_annotate(session, caller, annotation.project_id):
        raise Forbidden("You may not annotate in this project")
