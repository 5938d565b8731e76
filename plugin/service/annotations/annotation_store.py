"""Add and change annotations, one or many thousands in one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from ophtha_core.annotations.geometry import clip_to_image, read_wkt
from ophtha_core.errors import InvalidInput
from plugin.service.annotations import fields as f
from plugin.service.annotations import store
from plugin.service.annotations import tables as t
from plugin.service.annotations.callers import Caller
from plugin.service.annotations.consequences import reference_slice
from plugin.service.annotations.resources import RESOURCES
from plugin.service.annotations.rights import may_annotate, require_change
from plugin.service.annotations.state import next_ids
from plugin.service.annotations.wire import Json
from plugin.service.errors import Forbidden

MAX_WKT_LENGTH = 40_000_000


@dataclass(frozen=True)
class _Place:
    """An image that annotations are added to, checked once for all of them."""

    image: t.ImageInstance
    width_px: int | None
    height_px: int | None
    ontology_id: int | None
    slices: frozenset[int]
    first_slice: int


class Writer:
    """Adds annotations for one caller in one transaction."""

    def __init__(self, session: Session, caller: Caller) -> None:
        self._session = session
        self._caller = caller
        self._places: dict[int, _Place] = {}
        self._terms: dict[int, int] = {}

    def add(self, bodies: Sequence[Json], *, many: bool) -> list[int]:
        """Ids of the new annotations, in order. Raises InvalidInput naming the field (and which of ``many``)."""
        prefixes = [f"[{index}]." if many else "" for index in range(len(bodies))]
        identifiers = list(next_ids(self._session, len(bodies)))
        created_ms = t.now_ms()
        rows: list[dict[str, object]] = []
        terms: list[tuple[int, int]] = []
        tracks: list[tuple[int, int]] = []
        for identifier, prefix, body in zip(identifiers, prefixes, bodies, strict=True):
            place = self._place(f.identifier(body.get("image"), f"{prefix}image"))
            rows.append(
                {
                    "id": identifier,
                    "created_ms": created_ms,
                    "image_id": place.image.id,
                    "slice_id": _slice(place, body, prefix),
                    "project_id": place.image.project_id,
                    "user_id": self._author(body, prefix),
                    "reviewed": False,
                    **_measured(body.get("location"), place, f"{prefix}location"),
                }
            )
            terms += [(identifier, term) for term in self.terms(body, place.ontology_id, prefix)]
            tracks += [(identifier, track) for track in self._tracks(body, place, prefix)]
        self._session.execute(insert(t.Annotation), rows)
        add_terms(self._session, self._caller, terms)
        _add_tracks(self._session, tracks)
        return identifiers

    def terms(self, body: Json, ontology_id: int | None, prefix: str = "") -> list[int]:
        """Terms a body names, all of the project's ontology."""
        if body.get("term") is None:
            return []
        found = f.identifiers(body["term"], f"{prefix}term")
        for term in found:
            if term not in self._terms:
                entity = store.find(self._session, self._caller, RESOURCES["term"], term)
                self._terms[term] = cast("t.Term", entity).ontology_id
            if self._terms[term] != ontology_id:
                raise InvalidInput(f"{prefix}term", f"term {term} is not of the project's ontology")
        return found

    def _place(self, image_id: int) -> _Place:
        if image_id not in self._places:
            image = cast(
                "t.ImageInstance", store.find(self._session, self._caller, RESOURCES["imageinstance"], image_id)
            )
            if not may_annotate(self._session, self._caller, image.project_id):
                raise Forbidden("You may not annotate in this project")
            base = self._session.get_one(t.AbstractImage, image.base_image_id)
            first = reference_slice(self._session, image).id
            slices = self._session.scalars(select(t.SliceInstance.id).where(t.SliceInstance.image_id == image.id))
            self._places[image_id] = _Place(
                image=image,
                width_px=base.width,
                height_px=base.height,
                ontology_id=self._session.get_one(t.Project, image.project_id).ontology_id,
                slices=frozenset(slices),
                first_slice=first,
            )
        return self._places[image_id]

    def _author(self, body: Json, prefix: str) -> int:
        if body.get("user") is None:
            return self._caller.user_id
        author = f.identifier(body["user"], f"{prefix}user")
        if author != self._caller.user_id:
            if not self._caller.is_admin:
                raise Forbidden("Only administrators annotate in the name of others")
            store.find(self._session, self._caller, RESOURCES["user"], author)
        return author

    def _tracks(self, body: Json, place: _Place, prefix: str) -> list[int]:
        if body.get("track") is None:
            return []
        found = f.identifiers(body["track"], f"{prefix}track")
        for track in found:
            entity = store.find(self._session, self._caller, RESOURCES["track"], track)
            if cast("t.Track", entity).image_id != place.image.id:
                raise InvalidInput(f"{prefix}track", f"track {track} is of another image")
        return found


def _slice(place: _Place, body: Json, prefix: str) -> int:
    if body.get("slice") is None:
        return place.first_slice
    chosen = f.identifier(body["slice"], f"{prefix}slice")
    if chosen not in place.slices:
        raise InvalidInput(f"{prefix}slice", f"slice {chosen} is not of image {place.image.id}")
    return chosen


def _measured(location: object, place: _Place, field: str) -> dict[str, object]:
    if not isinstance(location, str):
        raise InvalidInput(field, "must be well-known text (WKT)")
    return measured(location, width_px=place.width_px, height_px=place.height_px, field=field)


def measured(location: str, *, width_px: int | None, height_px: int | None, field: str) -> dict[str, object]:
    """Columns of a geometry; its text as it was given unless something was cut off at the border of the image."""
    if len(location) > MAX_WKT_LENGTH:
        raise InvalidInput(field, f"is longer than {MAX_WKT_LENGTH} characters")
    geometry = read_wkt(location, field=field)
    if width_px and height_px:
        clipped = clip_to_image(geometry, width_px=width_px, height_px=height_px, field=field)
        if clipped is not geometry:
            geometry, location = clipped, clipped.wkt
    return {"location": location, **_measures(geometry)}


def _measures(geometry: BaseGeometry) -> dict[str, object]:
    min_x, min_y, max_x, max_y = geometry.bounds
    centre = geometry.centroid
    return {
        "min_x": min_x,
        "min_y": min_y,
        "max_x": max_x,
        "max_y": max_y,
        "centre_x": centre.x,
        "centre_y": centre.y,
        "area": float(shapely.area(geometry)),
        "perimeter": float(shapely.length(geometry)),
    }


def add_terms(session: Session, caller: Caller, pairs: Sequence[tuple[int, int]]) -> None:
    """Give annotations terms."""
    if not pairs:
        return
    rows = [
        {"id": each, "created_ms": t.now_ms(), "annotation_id": annotation, "term_id": term, "user_id": caller.user_id}
        for each, (annotation, term) in zip(next_ids(session, len(pairs)), pairs, strict=True)
    ]
    session.execute(insert(t.AnnotationTerm), rows)


def _add_tracks(session: Session, pairs: Sequence[tuple[int, int]]) -> None:
    if not pairs:
        return
    rows = [
        {"id": each, "created_ms": t.now_ms(), "annotation_id": annotation, "track_id": track}
        for each, (annotation, track) in zip(next_ids(session, len(pairs)), pairs, strict=True)
    ]
    session.execute(insert(t.AnnotationTrack), rows)


def change(session: Session, caller: Caller, annotation_id: int, body: Json) -> None:
    """Change geometry and terms. Raises InvalidInput, NotFound, Forbidden."""
    annotation = cast("t.Annotation", store.find(session, caller, RESOURCES["annotation"], annotation_id))
    require_change(session, caller, annotation)
    image = session.get_one(t.ImageInstance, annotation.image_id)
    base = session.get_one(t.AbstractImage, image.base_image_id)
    if body.get("location") is not None:
        location = body["location"]
        if not isinstance(location, str):
            raise InvalidInput("location", "must be well-known text (WKT)")
        for column, value in measured(location, width_px=base.width, height_px=base.height, field="location").items():
            setattr(annotation, column, value)
    if body.get("term") is not None:
        ontology_id = session.get_one(t.Project, annotation.project_id).ontology_id
        _replace_terms(session, caller, annotation_id, Writer(session, caller).terms(body, ontology_id))
    annotation.updated_ms = t.now_ms()
    session.flush()


def _replace_terms(session: Session, caller: Caller, annotation_id: int, terms: Iterable[int]) -> None:
    wanted = set(terms)
    here = t.AnnotationTerm.annotation_id == annotation_id
    known = set(session.scalars(select(t.AnnotationTerm.term_id).where(here)))
    session.execute(delete(t.AnnotationTerm).where(here, t.AnnotationTerm.term_id.in_(known - wanted)))
    add_terms(session, caller, [(annotation_id, term) for term in sorted(wanted - known)])
