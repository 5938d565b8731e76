"""Annotations on tracks."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends
from pydantic import Field
from sqlalchemy import UniqueConstraint, insert, select
from sqlalchemy.orm import Mapped, Session

from plugin.service.annotations import store
from plugin.service.annotations.entity import Entity, now_ms, owned_by
from plugin.service.annotations.fields import Identifier
from plugin.service.annotations.kind import Condition
from plugin.service.annotations.kind_routers import protocol_router
from plugin.service.annotations.kinds.annotation import ANNOTATION, Annotation, require_annotating
from plugin.service.annotations.kinds.track import Track
from plugin.service.annotations.requests import Asking, AskingOf, Id, JsonBody, Page
from plugin.service.annotations.rights import visible
from plugin.service.annotations.shapes import Given, Listing, View, Written, listing_of, write_words
from plugin.service.annotations.state import next_ids
from plugin.service.annotations.wire import PACKAGE
from plugin.service.errors import Conflict, NotFound


class AnnotationTrack(Entity):
    """An annotation on a track."""

    __tablename__ = "ann_annotation_track"
    __table_args__ = (UniqueConstraint("annotation_id", "track_id"),)

    annotation_id: Mapped[int] = owned_by("ann_annotation.id")
    track_id: Mapped[int] = owned_by("ann_track.id")


class AnnotationTrackView(View):
    """An annotation on a track."""

    java_class: str = f"{PACKAGE}.ontology.AnnotationTrack"
    annotation_ident: int
    annotation_class_name: str = ANNOTATION.java_class
    track_id: int


class AnnotationTrackWritten(Written):
    """An annotation that came on a track, or left it."""

    annotationtrack: AnnotationTrackView


def add_tracks(session: Session, pairs: Sequence[tuple[int, int]]) -> None:
    """Put annotations on tracks."""
    if not pairs:
        return
    rows = [
        {"id": each, "created_ms": now_ms(), "annotation_id": annotation, "track_id": track}
        for each, (annotation, track) in zip(next_ids(session, len(pairs)), pairs, strict=True)
    ]
    session.execute(insert(AnnotationTrack), rows)


router = protocol_router()
_LINK = "/api/annotationtrack/{annotation_id}/{track_id}.json"


@router.get(_LINK)
def fetch_track_of_annotation(annotation_id: Id, track_id: Id, asking: AskingOf) -> AnnotationTrackView:
    """Whether an annotation is on a track."""
    with asking.platform.sessions() as session:
        store.find(session, asking.caller, Annotation, annotation_id)
        return _view(_find(session, annotation_id, track_id))


class NewAnnotationTrack(Given):
    """An annotation and the track to put it on."""

    annotation: Identifier = Field(alias="annotationIdent")
    track_id: Identifier


@router.post("/api/annotationtrack.json")
def add_annotation_track(
    asking: AskingOf, given: Annotated[NewAnnotationTrack, Depends(JsonBody(NewAnnotationTrack))]
) -> AnnotationTrackWritten:
    """Put an annotation on a track of its image, both named in the body."""
    return add_track_to_annotation(given.annotation, given.track_id, asking)


@router.post(_LINK)
def add_track_to_annotation(annotation_id: Id, track_id: Id, asking: AskingOf) -> AnnotationTrackWritten:
    """Put an annotation on a track of its image."""
    with asking.platform.writing(asking.caller) as session:
        annotation = store.find(session, asking.caller, Annotation, annotation_id)
        require_annotating(session, asking.caller, annotation)
        if store.find(session, asking.caller, Track, track_id).image_id != annotation.image_id:
            raise Conflict(f"Track {track_id} is of another image")
        if _known(session, annotation_id, track_id) is not None:
            raise Conflict(f"Annotation {annotation_id} is already on track {track_id}")
        add_tracks(session, [(annotation_id, track_id)])
        view = _view(_find(session, annotation_id, track_id))
    return _written("Add", view)


@router.get("/api/annotation/{annotation_id}/annotationtrack.json")
def tracks_of_annotation(annotation_id: Id, asking: AskingOf) -> Listing[AnnotationTrackView]:
    """The tracks that an annotation is on."""
    with asking.platform.sessions() as session:
        store.find(session, asking.caller, Annotation, annotation_id)
        return _listed(session, asking, AnnotationTrack.annotation_id == annotation_id)


@router.get("/api/track/{track_id}/annotationtrack.json")
def annotations_on_track(track_id: Id, asking: AskingOf) -> Listing[AnnotationTrackView]:
    """The annotations on a track."""
    with asking.platform.sessions() as session:
        store.find(session, asking.caller, Track, track_id)
        return _listed(session, asking, AnnotationTrack.track_id == track_id)


def _listed(session: Session, asking: Asking, here: Condition) -> Listing[AnnotationTrackView]:
    seen = AnnotationTrack.annotation_id.in_(select(Annotation.id).where(visible(Annotation, asking.caller)))
    links = session.scalars(select(AnnotationTrack).where(here, seen).order_by(AnnotationTrack.id))
    views = [_view(link) for link in links]
    return listing_of(views, page=Page(offset=0, limit=0), size=len(views))


@router.delete(_LINK)
def delete_track_of_annotation(annotation_id: Id, track_id: Id, asking: AskingOf) -> AnnotationTrackWritten:
    """Take an annotation from a track."""
    with asking.platform.writing(asking.caller) as session:
        annotation = store.find(session, asking.caller, Annotation, annotation_id)
        require_annotating(session, asking.caller, annotation)
        link = _find(session, annotation_id, track_id)
        view = _view(link)
        session.delete(link)
    return _written("Delete", view)


def _known(session: Session, annotation_id: int, track_id: int) -> AnnotationTrack | None:
    here = (AnnotationTrack.annotation_id == annotation_id) & (AnnotationTrack.track_id == track_id)
    return session.scalar(select(AnnotationTrack).where(here))


def _find(session: Session, annotation_id: int, track_id: int) -> AnnotationTrack:
    found = _known(session, annotation_id, track_id)
    if found is None:
        raise NotFound(f"Annotation {annotation_id} is not on track {track_id}")
    return found


def _view(link: AnnotationTrack) -> AnnotationTrackView:
    return AnnotationTrackView.of(link, annotation_ident=link.annotation_id)


def _written(verb: str, view: AnnotationTrackView) -> AnnotationTrackWritten:
    words = write_words("AnnotationTrack", verb, view.id, key="annotationtrack")
    return AnnotationTrackWritten.model_validate({**words, "annotationtrack": view})
