"""Add and change annotations, one or many thousands in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from ophtha_core.annotations.geometry import clip_to_image, read_wkt, read_wkt_repaired
from ophtha_core.errors import InvalidInput
from plugin.service.annotations import store
from plugin.service.annotations.accounts import User
from plugin.service.annotations.callers import Caller
from plugin.service.annotations.entity import now_ms
from plugin.service.annotations.kinds.abstract_image import AbstractImage
from plugin.service.annotations.kinds.annotation import Annotation, AnnotationChange, NewAnnotation, withdraw_review
from plugin.service.annotations.kinds.annotation_term import AnnotationTerm, add_terms
from plugin.service.annotations.kinds.annotation_track import add_tracks
from plugin.service.annotations.kinds.image_instance import ImageInstance, reference_slice
from plugin.service.annotations.kinds.project import Project, may_annotate
from plugin.service.annotations.kinds.slice_instance import SliceInstance
from plugin.service.annotations.kinds.term import Term
from plugin.service.annotations.kinds.track import Track
from plugin.service.annotations.refused_batches import BatchError
from plugin.service.annotations.rights import require_change
from plugin.service.annotations.state import next_ids
from plugin.service.errors import Conflict, Forbidden, NotFound

MAX_WKT_LENGTH = 40_000_000


@dataclass(frozen=True)
class _Place:
    """An image that annotations are added to, checked once for all of them."""

    image_id: int
    project_id: int
    width_px: int | None
    height_px: int | None
    ontology_id: int | None
    slices: frozenset[int]


@dataclass(frozen=True)
class Shape:
    """Columns of a geometry; its text is as it was given unless something was cut off or repaired."""

    columns: Mapping[str, object]
    is_repaired: bool


@dataclass(frozen=True)
class Added:
    """An annotation that was added."""

    id: int
    is_repaired: bool


@dataclass(frozen=True)
class Checked:
    """An annotation that may be added: its columns but the id. ``slice_id`` None: the first plane of the image."""

    given: NewAnnotation
    shape: Shape
    slice_id: int | None
    project_id: int
    user_id: int


class Checker:
    """Tells whether a caller may add annotations, and measures them: that takes long, so it writes nothing."""

    def __init__(self, session: Session, caller: Caller, *, repair: bool = True) -> None:
        """``repair``: areas that cross themselves are made valid, not refused."""
        self._session = session
        self._caller = caller
        self._repair = repair
        self._places: dict[int, _Place] = {}
        self._terms: dict[int, int] = {}

    def check(self, given: Mapping[int, NewAnnotation]) -> tuple[list[Checked], list[BatchError]]:
        """What can be added of a list, by the places in it, and what cannot."""
        checked: list[Checked] = []
        errors: list[BatchError] = []
        for index, each in given.items():
            try:
                checked.append(self.check_one(each))
            except (InvalidInput, NotFound, Forbidden) as error:
                errors.append(BatchError(index, str(error)))
        return checked, errors

    def check_one(self, given: NewAnnotation) -> Checked:
        """Raises InvalidInput, NotFound, Forbidden."""
        place = self._place(given.image_id)
        self.require_terms(given.term, place.ontology_id)
        self._require_tracks(given.track, place)
        return Checked(
            given=given,
            shape=measured(given.location, place.width_px, place.height_px, repair=self._repair),
            slice_id=_slice(place, given),
            project_id=place.project_id,
            user_id=self._author(given),
        )

    def require_terms(self, terms: Iterable[int], ontology_id: int | None) -> None:
        """Raise unless all terms are of the project's ontology."""
        for term in terms:
            if term not in self._terms:
                self._terms[term] = store.find(self._session, self._caller, Term, term).ontology_id
            if self._terms[term] != ontology_id:
                raise InvalidInput("term", f"term {term} is not of the project's ontology")

    def _place(self, image_id: int) -> _Place:
        if image_id not in self._places:
            image = store.find(self._session, self._caller, ImageInstance, image_id)
            if not may_annotate(self._session, self._caller, image.project_id):
                raise Forbidden("You may not annotate in this project")
            base = self._session.get_one(AbstractImage, image.base_image_id)
            slices = self._session.scalars(select(SliceInstance.id).where(SliceInstance.image_id == image.id))
            self._places[image_id] = _Place(
                image_id=image.id,
                project_id=image.project_id,
                width_px=base.width,
                height_px=base.height,
                ontology_id=self._session.get_one(Project, image.project_id).ontology_id,
                slices=frozenset(slices),
            )
        return self._places[image_id]

    def _author(self, given: NewAnnotation) -> int:
        author = given.user_id or self._caller.user_id
        if author != self._caller.user_id:
            if not self._caller.is_admin:
                raise Forbidden("Only administrators annotate in the name of others")
            store.find(self._session, self._caller, User, author)
        return author

    def _require_tracks(self, tracks: Iterable[int], place: _Place) -> None:
        for track in tracks:
            if store.find(self._session, self._caller, Track, track).image_id != place.image_id:
                raise InvalidInput("track", f"track {track} is of another image")


def insert_checked(session: Session, caller: Caller, rows: Sequence[Checked]) -> list[Added]:
    """Add annotations in a writing transaction, in order."""
    if not rows:
        return []
    first = _first_slices(session, {row.given.image_id for row in rows if row.slice_id is None})
    created = {"created_ms": now_ms(), "reviewed": False}
    pairs = list(zip(next_ids(session, len(rows)), rows, strict=True))
    columns = [
        {
            "id": each,
            "image_id": row.given.image_id,
            "slice_id": row.slice_id or first[row.given.image_id],
            "project_id": row.project_id,
            "user_id": row.user_id,
            **created,
            **row.shape.columns,
        }
        for each, row in pairs
    ]
    session.execute(insert(Annotation), columns)
    add_terms(session, caller, [(each, term) for each, row in pairs for term in row.given.term])
    add_tracks(session, [(each, track) for each, row in pairs for track in row.given.track])
    return [Added(each, row.shape.is_repaired) for each, row in pairs]


def _first_slices(session: Session, images: Iterable[int]) -> dict[int, int]:
    return {each: reference_slice(session, session.get_one(ImageInstance, each)).id for each in images}


def _slice(place: _Place, given: NewAnnotation) -> int | None:
    if given.slice_id is not None and given.slice_id not in place.slices:
        raise InvalidInput("slice", f"slice {given.slice_id} is not of image {place.image_id}")
    return given.slice_id


def measured(location: str, width_px: int | None, height_px: int | None, *, repair: bool) -> Shape:
    """Columns of a geometry inside its image. Raises InvalidInput."""
    if len(location) > MAX_WKT_LENGTH:
        raise InvalidInput("location", f"is longer than {MAX_WKT_LENGTH} characters")
    geometry, is_repaired = read_wkt_repaired(location) if repair else (read_wkt(location), False)
    kept = geometry
    if width_px and height_px:
        kept = clip_to_image(geometry, width_px=width_px, height_px=height_px, field="location")
    is_as_given = kept is geometry and not is_repaired
    return Shape({"location": location if is_as_given else kept.wkt, **_measures(kept)}, is_repaired)


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


def change(
    session: Session, caller: Caller, annotation_id: int, given: AnnotationChange, *, repair: bool = True
) -> bool:
    """Change geometry and terms; whether the geometry was repaired.

    Raises InvalidInput, NotFound, Forbidden, Conflict when the version that was seen has passed.
    """
    annotation = store.find(session, caller, Annotation, annotation_id)
    require_change(session, caller, annotation)
    return apply(session, caller, annotation, given, repair=repair)


def apply(
    session: Session, caller: Caller, annotation: Annotation, given: AnnotationChange, *, repair: bool = True
) -> bool:
    """The same for somebody who is known to be allowed to."""
    is_repaired = False
    annotation_id = annotation.id
    if given.version is not None and given.version != annotation.version:
        raise Conflict(f"Annotation {annotation_id} has changed since version {given.version}")
    if given.location is not None:
        image = session.get_one(ImageInstance, annotation.image_id)
        base = session.get_one(AbstractImage, image.base_image_id)
        shape = measured(given.location, base.width, base.height, repair=repair)
        is_repaired = shape.is_repaired
        for column, value in shape.columns.items():
            setattr(annotation, column, value)
    if given.location is not None or given.term is not None:
        withdraw_review(caller, annotation)
    if given.term is not None:
        ontology_id = session.get_one(Project, annotation.project_id).ontology_id
        Checker(session, caller).require_terms(given.term, ontology_id)
        _replace_terms(session, caller, annotation_id, given.term)
    annotation.updated_ms = now_ms()
    session.flush()
    return is_repaired


def _replace_terms(session: Session, caller: Caller, annotation_id: int, terms: Iterable[int]) -> None:
    wanted = set(terms)
    here = AnnotationTerm.annotation_id == annotation_id
    known = set(session.scalars(select(AnnotationTerm.term_id).where(here)))
    session.execute(delete(AnnotationTerm).where(here, AnnotationTerm.term_id.in_(known - wanted)))
    add_terms(session, caller, [(annotation_id, term) for term in sorted(wanted - known)])
