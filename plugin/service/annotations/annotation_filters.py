"""Which annotations a listing is of."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ophtha_core.annotations.geometry import read_wkt
from ophtha_core.errors import InvalidInput
from plugin.service.annotations import fields as f
from plugin.service.annotations import store
from plugin.service.annotations import tables as t
from plugin.service.annotations.callers import Caller
from plugin.service.annotations.kind import Condition
from plugin.service.annotations.rights import visible


def is_true(text: str | None) -> bool:
    """Whether a parameter says ``true``, in any spelling of clients."""
    return text is not None and text.lower() == "true"


@dataclass(frozen=True)
class Selection:
    """Which annotations a listing is of: conditions of the database, and an area that geometries must meet.

    ``within_px`` is how far from the area they may be, in pixels.
    """

    conditions: tuple[Condition, ...]
    area: BaseGeometry | None = None
    within_px: float = 0.0


def read_selection(session: Session, caller: Caller, query: Mapping[str, str]) -> Selection:
    """Filters of a listing. Raises InvalidInput, NotFound."""
    for name in _UNRECORDED:
        if query.get(name) and not (name.startswith("show") and not is_true(query[name])):
            raise InvalidInput(name, "is about groups or suggestions, which this server does not keep")
    conditions: list[Condition] = [visible(t.Annotation, caller)]
    for names, column, table in _REFERENCES:
        wanted = _identifiers(query, *names)
        if wanted is None:
            continue
        if len(wanted) == 1 and table is not None:
            store.find(session, caller, table, wanted[0])
        conditions.append(column.in_(wanted))
    conditions += _term_conditions(query)
    if query.get("reviewed"):
        conditions.append(t.Annotation.reviewed.is_(is_true(query["reviewed"])))
    if query.get("afterThan"):
        conditions.append(t.Annotation.created_ms > f.integer(query["afterThan"], "afterThan"))
    if query.get("beforeThan"):
        conditions.append(t.Annotation.created_ms < f.integer(query["beforeThan"], "beforeThan"))
    if query.get("baseAnnotation"):
        base = _geometry_of(session, caller, query["baseAnnotation"], "baseAnnotation")
        return Selection(tuple(conditions), base, within_px=_distance_px(query))
    return Selection(tuple(conditions), _area(session, caller, query))


_UNRECORDED: Final = ("group", "groups", "suggestedTerm", "suggestedTerms", "showImageGroup", "showLink")
_REFERENCES: Final[tuple[tuple[tuple[str, ...], InstrumentedAttribute[int], type[t.Entity] | None], ...]] = (
    (("project",), t.Annotation.project_id, t.Project),
    (("image", "images", "imageInstance"), t.Annotation.image_id, t.ImageInstance),
    (("slice", "slices"), t.Annotation.slice_id, t.SliceInstance),
    (("user", "users"), t.Annotation.user_id, None),
)


def _identifiers(query: Mapping[str, str], *names: str) -> list[int] | None:
    given = [(name, query[name]) for name in names if query.get(name)]
    if not given:
        return None
    return [identifier for name, text in given for identifier in f.identifiers(text, name)]


def _term_conditions(query: Mapping[str, str]) -> Iterator[Condition]:
    of_annotation = t.AnnotationTerm.annotation_id == t.Annotation.id
    terms = _identifiers(query, "term", "terms")
    without = select(t.AnnotationTerm.id).where(of_annotation).exists()
    if terms is not None:
        given = select(t.AnnotationTerm.annotation_id).where(t.AnnotationTerm.term_id.in_(terms))
        condition: Condition = t.Annotation.id.in_(given)
        yield or_(condition, ~without) if is_true(query.get("noTerm")) else condition
    elif is_true(query.get("noTerm")):
        yield ~without
    if is_true(query.get("multipleTerm")):
        counted = select(func.count()).where(of_annotation).correlate(t.Annotation).scalar_subquery()
        yield counted > 1
    tracks = _identifiers(query, "track", "tracks")
    if tracks is not None:
        followed = select(t.AnnotationTrack.annotation_id).where(t.AnnotationTrack.track_id.in_(tracks))
        yield t.Annotation.id.in_(followed)


def _area(session: Session, caller: Caller, query: Mapping[str, str]) -> BaseGeometry | None:
    if query.get("bboxAnnotation"):
        return _geometry_of(session, caller, query["bboxAnnotation"], "bboxAnnotation")
    text = query.get("bbox")
    if not text:
        return None
    parts = text.split(",")
    if len(parts) == 4 and not text.lstrip()[:1].isalpha():
        try:
            left, bottom, right, top = (float(part) for part in parts)
        except ValueError:
            raise InvalidInput("bbox", "must be a WKT polygon or four numbers") from None
        return read_wkt(shapely.box(left, bottom, right, top).wkt, field="bbox")
    return read_wkt(text, field="bbox")


def _geometry_of(session: Session, caller: Caller, text: str, field: str) -> BaseGeometry:
    """The geometry of an annotation given by its id."""
    annotation = store.find(session, caller, t.Annotation, f.identifier(text, field))
    return shapely.from_wkt(annotation.location)


def _distance_px(query: Mapping[str, str]) -> float:
    text = query.get("maxDistanceBaseAnnotation") or "0"
    try:
        distance = float(text)
    except ValueError:
        distance = math.nan
    if not 0 <= distance < math.inf:
        raise InvalidInput("maxDistanceBaseAnnotation", "must be a number of pixels that is not negative")
    return distance
