"""Listings of annotations: filters, groups of fields, newest first, row by row."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Select, and_, func, select

from plugin.service.annotations import tables as t
from plugin.service.annotations.annotation_filters import Selection, is_true
from plugin.service.annotations.kinds.annotation import ANNOTATION
from plugin.service.annotations.kinds.project import blind_projects
from plugin.service.annotations.measures import image_facts, links, measures
from plugin.service.annotations.requests import Viewing
from plugin.service.annotations.wire import PACKAGE, Json

if TYPE_CHECKING:
    # Which columns a row has depends on the groups asked for.
    from sqlalchemy import Row

    _Row = Row[Any]

_ROWS_AT_ONCE: Final = 2000
CLASS_NAME: Final = ANNOTATION.java_class
REVIEWED_CLASS_NAME: Final = f"{PACKAGE}.ontology.ReviewedAnnotation"


class Group(StrEnum):
    """A group of fields that a listing can show."""

    BASIC = "Basic"
    META = "Meta"
    WKT = "WKT"
    GIS = "GIS"
    TERM = "Term"
    TRACK = "Track"
    USER = "User"
    IMAGE = "Image"
    SLICE = "Slice"


def read_groups(query: Mapping[str, str]) -> frozenset[Group]:
    """Groups asked for by ``show…`` and ``hide…``, basic with any; basic, meta and term when nothing is asked for."""
    shown = {group for group in Group if is_true(query.get(f"show{group}"))}
    if not shown:
        shown = {Group.META, Group.TERM}
    return frozenset(group for group in (shown | {Group.BASIC}) if not is_true(query.get(f"hide{group}")))


class AnnotationListing:
    """The annotations of a selection, newest first."""

    def __init__(self, viewing: Viewing, selection: Selection, groups: frozenset[Group]) -> None:
        self._session = viewing.session
        self._viewing = viewing
        self._selection = selection
        self._groups = groups
        self._among: list[int] | None = (
            None if selection.area is None else self._meeting(selection.area, selection.within_px)
        )

    @property
    def size(self) -> int:
        """How many there are."""
        if self._among is not None:
            return len(self._among)
        query = select(func.count()).select_from(t.Annotation).where(*self._selection.conditions)
        return self._session.scalar(query) or 0

    def rows(self, *, offset: int, limit: int) -> Iterator[Json]:
        """A page as JSON objects; ``limit`` 0 means to the end."""
        for batch in self._batches(offset, limit):
            yield from self._views(batch)

    # -- inside --------------------------------------------------------------------------------------------------

    def _meeting(self, area: BaseGeometry, within_px: float) -> list[int]:
        """Ids of annotations no further from the area; only those at the border of a box are looked at closely."""
        left, bottom, right, top = area.buffer(within_px).bounds if within_px else area.bounds
        a = t.Annotation
        near = and_(a.min_x <= right, a.max_x >= left, a.min_y <= top, a.max_y >= bottom)
        within = and_(a.min_x >= left, a.max_x <= right, a.min_y >= bottom, a.max_y <= top)
        conditions = self._selection.conditions
        if within_px or not area.equals(area.envelope):
            candidates = select(a.id, a.location).where(*conditions, near)
            return sorted(self._close(area, within_px, candidates), reverse=True)
        found = list(self._session.scalars(select(a.id).where(*conditions, within)))
        found += self._close(area, 0, select(a.id, a.location).where(*conditions, near, ~within))
        return sorted(found, reverse=True)

    def _close(self, area: BaseGeometry, within_px: float, candidates: "Select[int, str]") -> list[int]:
        shapely.prepare(area)
        found: list[int] = []
        for part in self._session.execute(candidates).partitions(_ROWS_AT_ONCE):
            geometries = shapely.from_wkt([location for _, location in part])
            meets = shapely.dwithin(area, geometries, within_px) if within_px else shapely.intersects(area, geometries)
            found += [identifier for (identifier, _), met in zip(part, meets, strict=True) if met]
        return found

    def _batches(self, offset: int, limit: int) -> "Iterator[Sequence[_Row]]":
        columns = [column for group in Group if group in self._groups for column in _COLUMNS.get(group, ())]
        query = select(t.Annotation.id, *dict.fromkeys(columns)).order_by(t.Annotation.id.desc())
        if self._among is None:
            page = query.where(*self._selection.conditions).offset(offset)
            result = self._session.execute(page.limit(limit) if limit else page)
            yield from result.partitions(_ROWS_AT_ONCE)
            return
        wanted = self._among[offset : offset + limit if limit else None]
        for begin in range(0, len(wanted), _ROWS_AT_ONCE):
            part = wanted[begin : begin + _ROWS_AT_ONCE]
            yield self._session.execute(query.where(t.Annotation.id.in_(part))).all()

    def _views(self, batch: "Sequence[_Row]") -> Iterator[Json]:
        parts = [list(_PARTS[group](self, batch)) for group in Group if group in self._groups]
        for views in zip(*parts, strict=True):
            merged: dict[str, object] = {}
            for view in views:
                merged |= view
            yield merged

    def _basic(self, batch: "Sequence[_Row]") -> Iterator[Json]:
        if self._selection.is_of_reviewed:
            return ({"class": REVIEWED_CLASS_NAME, "id": row.id, "parentIdent": row.id} for row in batch)
        return ({"class": CLASS_NAME, "id": row.id} for row in batch)

    def _meta(self, batch: "Sequence[_Row]") -> Iterator[Json]:
        for row in batch:
            address = links(self._viewing.base_url, row.id)
            yield {
                "created": row.created_ms,
                "updated": row.updated_ms,
                "project": row.project_id,
                "container": row.project_id,
                "image": row.image_id,
                "slice": row.slice_id,
                "user": row.user_id,
                "version": row.version,
                "reviewed": row.reviewed,
                "reviewUser": row.review_user_id,
                "countReviewedAnnotations": int(row.reviewed),
                "cropURL": address.crop_url,
                "smallCropURL": address.small_crop_url,
                "url": address.url,
            }

    def _wkt(self, batch: "Sequence[_Row]") -> Iterator[Json]:
        return ({"location": row.location, "geometryCompression": 0.0} for row in batch)

    def _gis(self, batch: "Sequence[_Row]") -> Iterator[Json]:
        images = image_facts(self._session, {row.image_id for row in batch})
        shapes = self._geometries([row.id for row in batch if images[row.image_id].has_oblong_pixels])
        for row in batch:
            measured = measures(row.area, row.perimeter, images[row.image_id], shapes.get(row.id))
            yield {
                "area": measured.area,
                "areaUnit": measured.area_unit,
                "perimeter": measured.perimeter,
                "perimeterUnit": measured.perimeter_unit,
                "x": row.centre_x,
                "y": row.centre_y,
            }

    def _geometries(self, identifiers: Sequence[int]) -> Mapping[int, BaseGeometry]:
        wanted = select(t.Annotation.id, t.Annotation.location).where(t.Annotation.id.in_(identifiers))
        found = self._session.execute(wanted).all() if identifiers else []
        return dict(zip((each for each, _ in found), shapely.from_wkt([text for _, text in found]), strict=True))

    def _terms(self, batch: "Sequence[_Row]") -> Iterator[Json]:
        found: dict[int, list[tuple[int, int, int]]] = {}
        link = t.AnnotationTerm
        query = select(link.annotation_id, link.id, link.term_id, link.user_id).order_by(link.id)
        for annotation, link_id, term, user in self._session.execute(
            query.where(link.annotation_id.in_([row.id for row in batch]))
        ):
            found.setdefault(annotation, []).append((link_id, term, user))
        return (_term_fields(row.id, found.get(row.id, [])) for row in batch)

    def _tracks(self, batch: "Sequence[_Row]") -> Iterator[Json]:
        found: dict[int, list[int]] = {}
        link = t.AnnotationTrack
        query = select(link.annotation_id, link.track_id).order_by(link.id)
        for annotation, track in self._session.execute(query.where(link.annotation_id.in_([row.id for row in batch]))):
            found.setdefault(annotation, []).append(track)
        return ({"track": found.get(row.id, [])} for row in batch)

    def _users(self, batch: "Sequence[_Row]") -> Iterator[Json]:
        query = select(t.User).where(t.User.id.in_({row.user_id for row in batch}))
        users = {
            user.id: {"creator": user.username, "firstname": user.firstname, "lastname": user.lastname}
            for user in self._session.scalars(query)
        }
        return (users[row.user_id] for row in batch)

    def _images(self, batch: "Sequence[_Row]") -> Iterator[Json]:
        images = image_facts(self._session, {row.image_id for row in batch})
        blind = blind_projects(self._session, self._viewing.caller)
        for row in batch:
            image = images[row.image_id]
            known = row.project_id not in blind
            yield {
                "originalFilename": image.original_filename if known else None,
                "instanceFilename": image.filename if known else None,
            }

    def _slices(self, batch: "Sequence[_Row]") -> Iterator[Json]:
        query = select(t.SliceInstance.id, t.AbstractSlice.channel, t.AbstractSlice.z_stack, t.AbstractSlice.time).join(
            t.AbstractSlice, t.AbstractSlice.id == t.SliceInstance.base_slice_id
        )
        slices = {
            each: {"slice": each, "channel": channel, "zStack": z_stack, "time": time}
            for each, channel, z_stack, time in self._session.execute(
                query.where(t.SliceInstance.id.in_({row.slice_id for row in batch}))
            )
        }
        return (slices[row.slice_id] for row in batch)


_PARTS: Final = {
    Group.BASIC: AnnotationListing._basic,
    Group.META: AnnotationListing._meta,
    Group.WKT: AnnotationListing._wkt,
    Group.GIS: AnnotationListing._gis,
    Group.TERM: AnnotationListing._terms,
    Group.TRACK: AnnotationListing._tracks,
    Group.USER: AnnotationListing._users,
    Group.IMAGE: AnnotationListing._images,
    Group.SLICE: AnnotationListing._slices,
}

_COLUMNS: Final = {
    Group.META: (
        t.Annotation.created_ms,
        t.Annotation.updated_ms,
        t.Annotation.project_id,
        t.Annotation.image_id,
        t.Annotation.slice_id,
        t.Annotation.user_id,
        t.Annotation.version,
        t.Annotation.reviewed,
        t.Annotation.review_user_id,
    ),
    Group.WKT: (t.Annotation.location,),
    Group.GIS: (
        t.Annotation.image_id,
        t.Annotation.area,
        t.Annotation.perimeter,
        t.Annotation.centre_x,
        t.Annotation.centre_y,
    ),
    Group.USER: (t.Annotation.user_id,),
    Group.IMAGE: (t.Annotation.image_id, t.Annotation.project_id),
    Group.SLICE: (t.Annotation.slice_id,),
}


def _term_fields(annotation_id: object, terms: Sequence[tuple[int, int, int]]) -> dict[str, object]:
    return {
        "term": [term for _, term, _ in terms],
        "annotationTerms": [link for link, _, _ in terms],
        "userByTerm": [
            {"id": link, "annotation": annotation_id, "term": term, "user": [user]} for link, term, user in terms
        ],
    }
