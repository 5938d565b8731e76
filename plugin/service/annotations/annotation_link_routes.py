"""Terms and tracks of an annotation."""

from typing import TypeVar, cast

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.service.annotations import annotation_store, store
from plugin.service.annotations import tables as t
from plugin.service.annotations.annotation_listing import CLASS_NAME
from plugin.service.annotations.annotation_routes import find_annotation, require_annotating
from plugin.service.annotations.callers import CallerOf
from plugin.service.annotations.requests import Id
from plugin.service.annotations.resources import RESOURCES
from plugin.service.annotations.rights import require_change
from plugin.service.annotations.state import PlatformOf, next_ids
from plugin.service.annotations.wire import PACKAGE, Json, JsonAnswer, ProtocolRoute, date, written
from plugin.service.errors import Conflict, NotFound

router = APIRouter(tags=["annotations"], route_class=ProtocolRoute)


_Link = TypeVar("_Link", t.AnnotationTerm, t.AnnotationTrack)


def _known(session: Session, link: type[_Link], annotation_id: int, target_id: int) -> _Link | None:
    """The link between an annotation and a term or track."""
    target = t.AnnotationTerm.term_id if link is t.AnnotationTerm else t.AnnotationTrack.track_id
    return session.scalar(select(link).where(link.annotation_id == annotation_id, target == target_id))


def _find(session: Session, link: type[_Link], annotation_id: int, target_id: int) -> _Link:
    found = _known(session, link, annotation_id, target_id)
    if found is None:
        what = "has no term" if link is t.AnnotationTerm else "is not on track"
        raise NotFound(f"Annotation {annotation_id} {what} {target_id}")
    return found


def _view(class_name: str, link: t.AnnotationTerm | t.AnnotationTrack, **more: object) -> Json:
    return {
        "class": f"{PACKAGE}.ontology.{class_name}",
        "id": link.id,
        "created": date(link.created_ms),
        "updated": date(link.updated_ms),
        "annotationIdent": link.annotation_id,
        **more,
    }


def _term_view(link: t.AnnotationTerm) -> Json:
    return _view("AnnotationTerm", link, userannotation=link.annotation_id, term=link.term_id, user=link.user_id)


def _track_view(link: t.AnnotationTrack) -> Json:
    return _view("AnnotationTrack", link, annotationClassName=CLASS_NAME, track=link.track_id)


@router.get("/api/annotation/{annotation_id}/term/{term_id}.json")
def fetch_term(annotation_id: Id, term_id: Id, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
    """A term of an annotation."""
    with platform.sessions() as session:
        find_annotation(session, caller, annotation_id)
        return JsonAnswer(_term_view(_find(session, t.AnnotationTerm, annotation_id, term_id)))


@router.post("/api/annotation/{annotation_id}/term/{term_id}.json")
def add_term(annotation_id: Id, term_id: Id, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
    """Give an annotation a term."""
    with platform.writing(caller) as session:
        annotation = find_annotation(session, caller, annotation_id)
        require_annotating(session, caller, annotation)
        ontology_id = session.get_one(t.Project, annotation.project_id).ontology_id
        annotation_store.Writer(session, caller).terms({"term": term_id}, ontology_id)
        if _known(session, t.AnnotationTerm, annotation_id, term_id) is not None:
            raise Conflict(f"Annotation {annotation_id} already has term {term_id}")
        annotation_store.add_terms(session, caller, [(annotation_id, term_id)])
        view = _term_view(_find(session, t.AnnotationTerm, annotation_id, term_id))
    return JsonAnswer(written("annotationterm", "AnnotationTerm", "Add", view))


@router.delete("/api/annotation/{annotation_id}/term/{term_id}.json")
def delete_term(annotation_id: Id, term_id: Id, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
    """Take a term from an annotation."""
    with platform.writing(caller) as session:
        annotation = find_annotation(session, caller, annotation_id)
        link = _find(session, t.AnnotationTerm, annotation_id, term_id)
        if link.user_id == caller.user_id:
            require_annotating(session, caller, annotation)
        else:
            require_change(session, caller, annotation)
        view = _term_view(link)
        session.delete(link)
    return JsonAnswer(written("annotationterm", "AnnotationTerm", "Delete", view))


@router.get("/api/annotationtrack/{annotation_id}/{track_id}.json")
def fetch_track(annotation_id: Id, track_id: Id, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
    """A track of an annotation."""
    with platform.sessions() as session:
        find_annotation(session, caller, annotation_id)
        return JsonAnswer(_track_view(_find(session, t.AnnotationTrack, annotation_id, track_id)))


@router.post("/api/annotationtrack/{annotation_id}/{track_id}.json")
def add_track(annotation_id: Id, track_id: Id, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
    """Put an annotation on a track of its image."""
    with platform.writing(caller) as session:
        annotation = find_annotation(session, caller, annotation_id)
        require_annotating(session, caller, annotation)
        track = cast("t.Track", store.find(session, caller, RESOURCES["track"], track_id))
        if track.image_id != annotation.image_id:
            raise Conflict(f"Track {track_id} is of another image")
        if _known(session, t.AnnotationTrack, annotation_id, track_id) is not None:
            raise Conflict(f"Annotation {annotation_id} is already on track {track_id}")
        link = t.AnnotationTrack(
            id=next_ids(session, 1)[0], created_ms=t.now_ms(), annotation_id=annotation_id, track_id=track_id
        )
        session.add(link)
        view = _track_view(link)
    return JsonAnswer(written("annotationtrack", "AnnotationTrack", "Add", view))


@router.delete("/api/annotationtrack/{annotation_id}/{track_id}.json")
def delete_track(annotation_id: Id, track_id: Id, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
    """Take an annotation from a track."""
    with platform.writing(caller) as session:
        annotation = find_annotation(session, caller, annotation_id)
        require_annotating(session, caller, annotation)
        link = _find(session, t.AnnotationTrack, annotation_id, track_id)
        view = _track_view(link)
        session.delete(link)
    return JsonAnswer(written("annotationtrack", "AnnotationTrack", "Delete", view))
