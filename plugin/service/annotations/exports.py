"""Annotations of an image ready for export: classes in order, features, masks, archives."""

import io
import json
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, Final, cast

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from ophtha_core.annotations.classes import AnnotationClass, ClassOrder, order_classes
from ophtha_core.annotations.geojson import Feature, FeatureClass, FeaturePlane, collection_chunks
from ophtha_core.annotations.geometry import flip_all, with_width
from ophtha_core.annotations.png import png_chunks
from ophtha_core.annotations.raster import LabelledArea, LabelMask
from ophtha_core.annotations.tiff import write_bigtiff
from ophtha_core.errors import InvalidInput
from plugin.service.annotations import tables as t
from plugin.service.annotations.carried_properties import carried
from plugin.service.annotations.kind import Condition, kind_of
from plugin.service.annotations.pictures import LINE_WIDTH_PX
from plugin.service.errors import BadRequest

_ROWS_AT_ONCE: Final = 1000
_PIECE_BYTES: Final = 1 << 20
MAX_ZOOM: Final = 16


@dataclass(frozen=True)
class ExportWish:
    """What of an image is exported. ``terms``, ``users`` and ``plane`` None: all; ``order`` None: by term id.

    ``plane`` is the id of a slice instance.
    """

    terms: tuple[int, ...] | None
    users: tuple[int, ...] | None
    order: tuple[str, ...] | None
    zoom: int
    plane: int | None = None
    seen_by: int | None = None
    """Id of a user: only what that user sees. None: everything."""
    properties: bool = False
    """Whether GeoJSON carries the properties of annotations."""


@dataclass(frozen=True)
class ImagePlane:
    """A plane of an image: its slice instance (None where there is none yet), focal plane and point in time."""

    slice_id: int | None
    z: int = 0
    t: int = 0

    @property
    def frame(self) -> int:
        """Of an image that is no slide: its frames are planes or points in time."""
        return self.z or self.t


@dataclass(frozen=True)
class StoredAnnotation:
    """An annotation in image space with the names of its classes in drawing order."""

    identifier: int
    plane: ImagePlane
    geometry: BaseGeometry
    classes: tuple[str, ...]


class ImageExport:
    """The annotations of one image. Its session must stay open while it is used."""

    def __init__(self, session: Session, image: t.ImageInstance, wish: ExportWish) -> None:
        self._session = session
        self.image = image
        self._wish = wish
        base = session.get_one(t.AbstractImage, image.base_image_id)
        if not base.width or not base.height:
            raise BadRequest(f"Image {image.id} has no size")
        self.width_px, self.height_px = base.width, base.height
        self.order = self._class_order()
        self.planes = self._planes()

    def annotations(self) -> Iterator[StoredAnnotation]:
        """In the order they were made."""
        names = {term: name for term, name in self._terms()}
        rank = {drawn.name: drawn.value for drawn in self.order.classes}
        planes = {plane.slice_id: plane for plane in self.planes}
        a = t.Annotation
        query = select(a.id, a.slice_id, a.location).where(*self._conditions()).order_by(a.id)
        for part in self._session.execute(query).partitions(_ROWS_AT_ONCE):
            terms = self._terms_of([identifier for identifier, _, _ in part])
            geometries = flip_all(
                list(shapely.from_wkt([location for _, _, location in part])), height_px=self.height_px
            )
            for (identifier, slice_id, _), geometry in zip(part, geometries, strict=True):
                classes = sorted(
                    (names[term] for term in terms.get(identifier, []) if term in names), key=rank.__getitem__
                )
                yield StoredAnnotation(identifier, planes[slice_id], geometry, tuple(classes))

    def features(self) -> Iterator[Feature]:
        """As GeoJSON features; coordinates always of the full resolution."""
        drawn = {each.name: FeatureClass(each.value, each.name, each.color) for each in self.order.classes}
        for annotation, more in self._with_properties():
            yield Feature(
                geometry=annotation.geometry,
                key=f"00000000-0000-4000-8000-{annotation.identifier:012x}",
                image_id=self.image.id,
                annotation_id=annotation.identifier,
                classes=tuple(drawn[name] for name in annotation.classes),
                unlabelled_value=255 if annotation.classes else self.order.unlabelled_value,
                plane=FeaturePlane(z=annotation.plane.z, t=annotation.plane.t),
                more=more,
            )

    def mask(self) -> LabelMask:
        """The mask of an image with one plane. Raises BadRequest when there are several."""
        if len(self.planes) > 1:
            raise BadRequest(
                f"Image {self.image.id} has {len(self.planes)} planes: name one with slice=, or ask for a tif"
            )
        return next(self.masks())

    def masks(self) -> Iterator[LabelMask]:
        """Of each plane: later classes of the order over earlier ones, newer annotations of a class over older ones."""
        by_plane: dict[ImagePlane, list[StoredAnnotation]] = {}
        for annotation in self.annotations():
            by_plane.setdefault(annotation.plane, []).append(annotation)
        for plane in self.planes:
            yield self.mask_of(by_plane.pop(plane, []))

    def mask_of(self, annotations: Sequence[StoredAnnotation]) -> LabelMask:
        """The mask of some annotations."""
        values = {each.name: each.value for each in self.order.classes}
        value = [values[each.classes[-1]] if each.classes else 0 for each in annotations]
        drawn = sorted(range(len(annotations)), key=value.__getitem__)
        areas = [with_width(annotations[number].geometry, width_px=LINE_WIDTH_PX) for number in drawn]
        if self._wish.zoom:
            scale = 1 / (1 << self._wish.zoom)
            areas = list(shapely.transform(np.asarray(areas, dtype=object), lambda points: points * scale))
        labels = [value[number] or self.order.unlabelled_value for number in drawn]
        return LabelMask(
            [LabelledArea(area, label) for area, label in zip(areas, labels, strict=True)],
            width_px=-(-self.width_px >> self._wish.zoom),
            height_px=-(-self.height_px >> self._wish.zoom),
            bits=self.order.bits,
        )

    def classes_json(self) -> bytes:
        """What the values of the mask stand for."""
        classes: list[object] = [
            {"class_id": each.value, "class_name": each.name, "color": each.color} for each in self.order.classes
        ]
        document = {
            "image_id": self.image.id,
            "width": self.width_px,
            "height": self.height_px,
            "zoom": self._wish.zoom,
            "background": 0,
            "unlabelled": self.order.unlabelled_value,
            "classes": classes,
        }
        return json.dumps(document, ensure_ascii=False, indent=1).encode()

    # -- inside --------------------------------------------------------------------------------------------------

    def _with_properties(self) -> Iterator[tuple[StoredAnnotation, Mapping[str, object]]]:
        """Annotations with what their features say of them beside their classes."""
        if not self._wish.properties:
            yield from ((annotation, {}) for annotation in self.annotations())
            return
        waiting = self.annotations()
        while annotations := list(islice(waiting, _ROWS_AT_ONCE)):
            identifiers = [each.identifier for each in annotations]
            query = select(t.Property.domain_id, t.Property.key, t.Property.value).order_by(t.Property.id)
            rows: dict[int, list[tuple[str, str]]] = {}
            for owner, key, value in self._session.execute(query.where(t.Property.domain_id.in_(identifiers))):
                rows.setdefault(owner, []).append((key, value))
            yield from ((each, carried(rows.get(each.identifier, ()))) for each in annotations)

    def _planes(self) -> tuple[ImagePlane, ...]:
        """The planes wanted, by time and frame. Raises InvalidInput for one of another image."""
        base = t.AbstractSlice
        query = (
            select(t.SliceInstance.id, base.z_stack, base.time)
            .join(base, base.id == t.SliceInstance.base_slice_id)
            .where(t.SliceInstance.image_id == self.image.id)
            .order_by(base.time, base.z_stack, base.channel, t.SliceInstance.id)
        )
        planes = [ImagePlane(*row) for row in self._session.execute(query)]
        if self._wish.plane is None:
            return tuple(planes) or (ImagePlane(None),)
        wanted = tuple(plane for plane in planes if plane.slice_id == self._wish.plane)
        if not wanted:
            raise InvalidInput("slice", f"is no plane of image {self.image.id}")
        return wanted

    def _class_order(self) -> ClassOrder:
        project = self._session.get_one(t.Project, self.image.project_id)
        query = select(t.Term).where(t.Term.ontology_id == project.ontology_id).order_by(t.Term.id)
        terms = list(self._session.scalars(query))
        if self._wish.terms is not None:
            known = {term.id for term in terms}
            unknown = [term for term in self._wish.terms if term not in known]
            if unknown:
                raise InvalidInput("terms", f"term {unknown[0]} is not of the project's ontology")
            terms = [term for term in terms if term.id in self._wish.terms]
        return order_classes([AnnotationClass(term.name, term.color) for term in terms], self._wish.order)

    def _conditions(self) -> list[Condition]:
        conditions: list[Condition] = [t.Annotation.image_id == self.image.id]
        if self._wish.seen_by is not None:
            conditions.append(kind_of(t.Annotation).visible(self._wish.seen_by))
        if self._wish.plane is not None:
            conditions.append(t.Annotation.slice_id == self._wish.plane)
        if self._wish.users is not None:
            conditions.append(t.Annotation.user_id.in_(self._wish.users))
        if self._wish.terms is not None:
            chosen = select(t.AnnotationTerm.annotation_id).where(t.AnnotationTerm.term_id.in_(self._wish.terms))
            conditions.append(t.Annotation.id.in_(chosen))
        return conditions

    def _terms(self) -> list[tuple[int, str]]:
        project = self._session.get_one(t.Project, self.image.project_id)
        query = select(t.Term.id, t.Term.name).where(t.Term.ontology_id == project.ontology_id)
        drawn = {each.name for each in self.order.classes}
        return [(term, name) for term, name in self._session.execute(query) if name in drawn]

    def _terms_of(self, identifiers: Sequence[int]) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        link = t.AnnotationTerm
        query = select(link.annotation_id, link.term_id).where(link.annotation_id.in_(identifiers))
        for annotation, term in self._session.execute(query):
            found.setdefault(annotation, []).append(term)
        return found


def geojson(export: ImageExport) -> Iterator[bytes]:
    """A FeatureCollection in pieces."""
    return collection_chunks(export.features())


def png(export: ImageExport) -> Iterator[bytes]:
    """A label mask in pieces."""
    return png_chunks(export.mask())


def tiff(export: ImageExport) -> Iterator[bytes]:
    """Label masks as tiled BigTIFF, a page each plane, in pieces; through a file because its tables come last."""
    with _written_tiff(export) as file:
        while piece := file.read(_PIECE_BYTES):
            yield piece


@contextmanager
def _written_tiff(export: ImageExport) -> Iterator[BinaryIO]:
    with tempfile.TemporaryFile() as file:
        write_bigtiff(export.masks(), cast("io.BufferedIOBase", file))
        file.seek(0)
        yield cast("BinaryIO", file)


def project_exports(session: Session, project_id: int, wish: ExportWish) -> Iterator[ImageExport]:
    """The exports of a project's images that have a size, made when their turn comes."""
    query = (
        select(t.ImageInstance)
        .join(t.AbstractImage, t.AbstractImage.id == t.ImageInstance.base_image_id)
        .where(t.ImageInstance.project_id == project_id, t.AbstractImage.width > 0, t.AbstractImage.height > 0)
        .order_by(t.ImageInstance.id)
    )
    images = session.scalars(query).all()
    return (ImageExport(session, image, wish) for image in images)


class _Outlet(io.RawIOBase):
    """A file to write to whose content is taken out again."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(cast("bytes", data))
        self._pieces.append(piece)
        return len(piece)

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def archive(exports: Iterator[ImageExport]) -> Iterator[bytes]:
    """A zip archive with GeoJSON, mask and classes of each image, in pieces."""
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        for export in exports:
            name = str(export.image.id)
            yield from _member(file, outlet, f"{name}.geojson", geojson(export))
            # Tiles are deflated already.
            yield from _member(file, outlet, f"{name}_mask.tif", tiff(export), zipfile.ZIP_STORED)
            yield from _member(file, outlet, f"{name}_classes.json", iter([export.classes_json()]))
    yield outlet.taken()


def _member(
    file: zipfile.ZipFile, outlet: _Outlet, name: str, pieces: Iterator[bytes], method: int = zipfile.ZIP_DEFLATED
) -> Iterator[bytes]:
    info = zipfile.ZipInfo(name)
    info.compress_type = method
    with file.open(info, "w", force_zip64=True) as member:
        for piece in pieces:
            member.write(piece)
            taken = outlet.taken()
            if taken:
                yield taken
