"""Which annotations a listing is of.

A parameter that would narrow a listing is honoured, or refused by name: whoever deletes what a listing answers relies
on it.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import ColumnElement, func, or_, select
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

    ``within_px`` is how far from the area they may be, in pixels. ``is_of_reviewed``: all of them are.
    """

    conditions: tuple[Condition, ...]
    area: BaseGeometry | None = None
    within_px: float = 0.0
    is_of_reviewed: bool = False


def read_selection(session: Session, caller: Caller, query: Mapping[str, str]) -> Selection:
    """Filters of a listing. Raises InvalidInput for what is unknown or malformed, NotFound."""
    given = {name: value for name, value in query.items() if value != ""}
    _refuse_unknown(given)
    conditions: list[Condition] = [visible(t.Annotation, caller)]
    for names, column, table in _REFERENCES:
        wanted = _identifiers(given, *names)
        if wanted is None:
            continue
        if len(wanted) == 1 and table is not None:
            store.find(session, caller, table, wanted[0])
        conditions.append(column.in_(wanted))
    for narrowed in (_by_terms, _by_tags, _by_tracks, _by_review, _by_time):
        conditions += narrowed(given)
    conditions += _by_slices(session, caller, given)
    if "excludedAnnotation" in given:
        conditions.append(t.Annotation.id != f.identifier(given["excludedAnnotation"], "excludedAnnotation"))
    is_of_reviewed = is_true(given.get("reviewed"))
    if "baseAnnotation" in given:
        base = _geometry(session, caller, given["baseAnnotation"], "baseAnnotation")
        return Selection(tuple(conditions), base, _distance_px(given), is_of_reviewed)
    return Selection(tuple(conditions), _area(session, caller, given), is_of_reviewed=is_of_reviewed)


# -- what is known -----------------------------------------------------------------------------------------------

_REFERENCES: Final[tuple[tuple[tuple[str, ...], InstrumentedAttribute[int], type[t.Entity] | None], ...]] = (
    (("project",), t.Annotation.project_id, t.Project),
    (("image", "images", "imageInstance", "imageinstance"), t.Annotation.image_id, t.ImageInstance),
    (("slice", "slices"), t.Annotation.slice_id, t.SliceInstance),
    (("user", "users"), t.Annotation.user_id, None),
    (("annotation", "annotations"), t.Annotation.id, None),
)
_NARROWING: Final = frozenset(name for names, _, _ in _REFERENCES for name in names) | {
    "term", "terms", "noTerm", "multipleTerm", "usersForTerm", "tag", "tags", "noTag", "multipleTag",
    "track", "tracks", "noTrack",
    "multipleTrack", "beforeSlice", "afterSlice", "sliceDimension", "reviewed", "notReviewedOnly", "reviewUsers",
    "afterThan", "beforeThan", "bbox", "bboxAnnotation", "baseAnnotation", "maxDistanceBaseAnnotation",
    "excludedAnnotation",
}  # fmt: skip
_NOT_NARROWING: Final = re.compile(r"(show|hide|kmeans)\w*|offset|max|page|perPage|sort|order|included|_")
_NOT_KEPT: Final = frozenset({"showImageGroup", "showLink"})
"""Fields that clients ask for, about groups, which this server does not keep."""


def _refuse_unknown(given: Mapping[str, str]) -> None:
    for name, value in given.items():
        if name in _NOT_KEPT and is_true(value):
            raise InvalidInput(name, "is about groups, which this server does not keep")
        if name not in _NARROWING and not _NOT_NARROWING.fullmatch(name) and value.lower() != "false":
            raise InvalidInput(name, "is no filter of this server")


# -- what they mean ----------------------------------------------------------------------------------------------


def _identifiers(given: Mapping[str, str], *names: str) -> list[int] | None:
    found = [f.identifiers(given[name], name) for name in names if name in given]
    return [identifier for each in found for identifier in each] if found else None


def _by_links(given: Mapping[str, str], word: str, here: Condition, target: ColumnElement[int]) -> Iterator[Condition]:
    """``term(s)``, ``noTerm`` and ``multipleTerm``, and the same of tags and tracks."""
    linked = select(target).where(here)
    wanted = _identifiers(given, word, f"{word}s")
    has_none = is_true(given.get(f"no{word.title()}"))
    if wanted is not None:
        one_of = linked.where(target.in_(wanted)).exists()
        yield or_(one_of, ~linked.exists()) if has_none else one_of
    elif has_none:
        yield ~linked.exists()
    if is_true(given.get(f"multiple{word.title()}")):
        yield select(func.count()).where(here).correlate(t.Annotation).scalar_subquery() > 1


def _by_terms(given: Mapping[str, str]) -> Iterator[Condition]:
    here = t.AnnotationTerm.annotation_id == t.Annotation.id
    yield from _by_links(given, "term", here, t.AnnotationTerm.term_id.expression)
    givers = _identifiers(given, "usersForTerm")
    if givers is not None:
        yield select(t.AnnotationTerm.id).where(here, t.AnnotationTerm.user_id.in_(givers)).exists()


def _by_tags(given: Mapping[str, str]) -> Iterator[Condition]:
    yield from _by_links(given, "tag", t.TagLink.domain_id == t.Annotation.id, t.TagLink.tag_id.expression)


def _by_tracks(given: Mapping[str, str]) -> Iterator[Condition]:
    here = t.AnnotationTrack.annotation_id == t.Annotation.id
    yield from _by_links(given, "track", here, t.AnnotationTrack.track_id.expression)


def _by_review(given: Mapping[str, str]) -> Iterator[Condition]:
    if "reviewed" in given:
        yield t.Annotation.reviewed.is_(is_true(given["reviewed"]))
    if is_true(given.get("notReviewedOnly")):
        yield t.Annotation.reviewed.is_(False)
    reviewers = _identifiers(given, "reviewUsers")
    if reviewers is not None:
        yield t.Annotation.review_user_id.in_(reviewers)


def _by_time(given: Mapping[str, str]) -> Iterator[Condition]:
    if "afterThan" in given:
        yield t.Annotation.created_ms > f.integer(given["afterThan"], "afterThan")
    if "beforeThan" in given:
        yield t.Annotation.created_ms < f.integer(given["beforeThan"], "beforeThan")


_RANK: Final = t.AbstractSlice.channel + t.AbstractImage.channels * (
    t.AbstractSlice.z_stack + t.AbstractImage.depth * t.AbstractSlice.time
)
"""Where a plane lies among those of its image: channels run fastest, then focal planes, then time."""
_DIMENSIONS: Final[Mapping[str, ColumnElement[int]]] = {
    "C": t.AbstractSlice.channel.expression,
    "Z": t.AbstractSlice.z_stack.expression,
    "T": t.AbstractSlice.time.expression,
}


def _by_slices(session: Session, caller: Caller, given: Mapping[str, str]) -> Iterator[Condition]:
    """Planes before or after one, of annotations on tracks; ``sliceDimension`` C, Z or T compares along that alone."""
    if "sliceDimension" in given and given["sliceDimension"].upper() not in _DIMENSIONS:
        raise InvalidInput("sliceDimension", f"must be one of {', '.join(_DIMENSIONS)}")
    place = _DIMENSIONS.get(given.get("sliceDimension", "").upper(), _RANK)
    planes = (
        select(t.SliceInstance.id)
        .join(t.AbstractSlice, t.AbstractSlice.id == t.SliceInstance.base_slice_id)
        .join(t.AbstractImage, t.AbstractImage.id == t.AbstractSlice.image_id)
    )
    for name, compare in _SIDES.items():
        if name not in given:
            continue
        if not {"track", "tracks"} & given.keys():
            raise InvalidInput(name, "goes with track or tracks")
        border = store.find(session, caller, t.SliceInstance, f.identifier(given[name], name))
        value = session.scalar(planes.with_only_columns(place).where(t.SliceInstance.id == border.id))
        yield t.Annotation.slice_id.in_(planes.where(compare(place, value)))


_SIDES: Final[Mapping[str, Callable[[ColumnElement[int], object], Condition]]] = {
    "beforeSlice": lambda place, value: place < value,
    "afterSlice": lambda place, value: place > value,
}


# -- areas -------------------------------------------------------------------------------------------------------


def _area(session: Session, caller: Caller, given: Mapping[str, str]) -> BaseGeometry | None:
    if "bboxAnnotation" in given:
        return _geometry(session, caller, given["bboxAnnotation"], "bboxAnnotation")
    text = given.get("bbox")
    if text is None:
        return None
    parts = text.split(",")
    if len(parts) == 4 and not text.lstrip()[:1].isalpha():
        try:
            left, bottom, right, top = (float(part) for part in parts)
        except ValueError:
            raise InvalidInput("bbox", "must be a WKT polygon or four numbers") from None
        return read_wkt(shapely.box(left, bottom, right, top).wkt, field="bbox")
    return read_wkt(text, field="bbox")


def _geometry(session: Session, caller: Caller, text: str, field: str) -> BaseGeometry:
    """The geometry of an annotation given by its id, or given itself (WKT)."""
    if text.lstrip()[:1].isalpha():
        return read_wkt(text, field=field)
    return shapely.from_wkt(store.find(session, caller, t.Annotation, f.identifier(text, field)).location)


def _distance_px(given: Mapping[str, str]) -> float:
    try:
        distance = float(given.get("maxDistanceBaseAnnotation", "0"))
    except ValueError:
        distance = math.nan
    if not 0 <= distance < math.inf:
        raise InvalidInput("maxDistanceBaseAnnotation", "must be a number of pixels that is not negative")
    return distance
