"""Add and change annotations, one or many thousands in one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from ophtha_core.annotations.geometry import clip_to_image, read_wkt
from ophtha_core.errors import InvalidInput
from plugin.service.annotations import store
from plugin.service.annotations.accounts import User
from plugin.service.annotations.callers import Caller
from plugin.service.annotations.entity import now_ms
from plugin.service.annotations.kinds.abstract_image import AbstractImage
from plugin.service.annotations.kinds.annotation import Annotation, AnnotationChange, NewAnnotation
from plugin.service.annotations.kinds.annotation_term import AnnotationTerm, add_terms
from plugin.service.annotations.kinds.annotation_track import add_tracks
from plugin.service.annotations.kinds.image_instance import ImageInstance, reference_slice
from plugin.service.annotations.kinds.project import Project, may_annotate
from plugin.service.annotations.kinds.slice_instance import SliceInstance
from plugin.service.annotations.kinds.term import Term
from plugin.service.annotations.kinds.track import Track
from plugin.service.annotations.rights import require_change
from plugin.service.annotations.state import next_ids
from plugin.service.errors import Forbidden

MAX_WKT_LENGTH = 40_000_000


@dataclass(frozen=True)
class _Place:
    """An image that annotations are added to, checked once for all of them."""

    image: ImageInstance
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

    def add(self, given: Sequence[NewAnnotation], *, many: bool) -> list[int]:
        """Ids of the new annotations, in order. Raises InvalidInput naming the field (and which of ``many``)."""
        if not given:
            return []
        prefixes = [f"[{index}]." if many else "" for index in range(len(given))]
        identifiers = list(next_ids(self._session, len(given)))
        created_ms = now_ms()
        rows: list[dict[str, object]] = []
        terms: list[tuple[int, int]] = []
        tracks: list[tuple[int, int]] = []
        for identifier, prefix, each in zip(identifiers, prefixes, given, strict=True):
            place = self._place(each.image_id)
            rows.append(
                {
                    "id": identifier,
                    "created_ms": created_ms,
                    "image_id": place.image.id,
                    "slice_id": _slice(place, each, prefix),
                    "project_id": place.image.project_id,
                    "user_id": self._author(each),
                    "reviewed": False,
                    **measured(each.location, place.width_px, place.height_px, field=f"{prefix}location"),
                }
            )
            self.require_terms(each.term, place.ontology_id, prefix)
            self._require_tracks(each.track, place, prefix)
            terms += [(identifier, term) for term in each.term]
            tracks += [(identifier, track) for track in each.track]
        self._session.execute(insert(Annotation), rows)
        add_terms(self._session, self._caller, terms)
        add_tracks(self._session, tracks)
        return identifiers

    def require_terms(self, terms: Iterable[int], ontology_id: int | None, prefix: str = "") -> None:
        """Raise unless all terms are of the project's ontology."""
        for term in terms:
            if term not in self._terms:
                self._terms[term] = store.find(self._session, self._caller, Term, term).ontology_id
            if self._terms[term] != ontology_id:
                raise InvalidInput(f"{prefix}term", f"term {term} is not of the project's ontology")

    def _place(self, image_id: int) -> _Place:
        if image_id not in self._places:
            image = store.find(self._session, self._caller, ImageInstance, image_id)
            if not may_annotate(self._session, self._caller, image.project_id):
                raise Forbidden("You may not annotate in this project")
            base = self._session.get_one(AbstractImage, image.base_image_id)
            first = reference_slice(self._session, image).id
            slices = self._session.scalars(select(SliceInstance.id).where(SliceInstance.image_id == image.id))
            self._places[image_id] = _Place(
                image=image,
                width_px=base.width,
                height_px=base.height,
                ontology_id=self._session.get_one(Project, image.project_id).ontology_id,
                slices=frozenset(slices),
                first_slice=first,
            )
        return self._places[image_id]

    def _author(self, given: NewAnnotation) -> int:
        author = given.user_id or self._caller.user_id
        if author != self._caller.user_id:
            if not self._caller.is_admin:
                raise Forbidden("Only administrators annotate in the name of others")
            store.find(self._session, self._caller, User, author)
        return author

    def _require_tracks(self, tracks: Iterable[int], place: _Place, prefix: str) -> None:
        for track in tracks:
            if store.find(self._session, self._caller, Track, track).image_id != place.image.id:
                raise InvalidInput(f"{prefix}track", f"track {track} is of another image")


def _slice(place: _Place, given: NewAnnotation, prefix: str) -> int:
    if given.slice_id is None:
        return place.first_slice
    if given.slice_id not in place.slices:
        raise InvalidInput(f"{prefix}slice", f"slice {given.slice_id} is not of image {place.image.id}")
    return given.slice_id


def measured(location: str, width_px: int | None, height_px: int | None, *, field: str) -> dict[str, object]:
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


def change(session: Session, caller: Caller, annotation_id: int, given: AnnotationChange) -> Annotation:
    """Change geometry and terms. Raises InvalidInput, NotFound, Forbidden."""
    annotation = store.find(session, caller, Annotation, annotation_id)
    require_change(session, caller, annotation)
    if given.location is not None:
        image = session.get_one(ImageInstance, annotation.image_id)
        base = session.get_one(AbstractImage, image.base_image_id)
        for column, value in measured(given.location, base.width, base.height, field="location").items():
            setattr(annotation, column, value)
    if given.term is not None:
        ontology_id = session.get_one(Project, annotation.project_id).ontology_id
        Writer(session, caller).require_terms(given.term, ontology_id)
        _replace_terms(session, caller, annotation_id, given.term)
    annotation.updated_ms = now_ms()
    session.flush()
    return annotation


def _replace_terms(session: Session, caller: Caller, annotation_id: int, terms: Iterable[int]) -> None:
    wanted = set(terms)
    here = AnnotationTerm.annotation_id == annotation_id
    known = set(session.scalars(select(AnnotationTerm.term_id).where(here)))
    session.execute(delete(AnnotationTerm).where(here, AnnotationTerm.term_id.in_(known - wanted)))
    add_terms(session, caller, [(annotation_id, term) for term in sorted(wanted - known)])
