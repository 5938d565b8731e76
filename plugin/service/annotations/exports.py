"""Annotations of an image ready for export: classes in order, features, masks, archives."""

import io
import json
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Final, cast

import shapely
from shapely import affinity
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from ophtha_core.annotations.classes import AnnotationClass, ClassOrder, order_classes
from ophtha_core.annotations.geojson import Feature, FeatureClass, collection_chunks
from ophtha_core.annotations.geometry import flip_vertically, with_width
from ophtha_core.annotations.png import png_chunks
from ophtha_core.annotations.raster import LabelledArea, LabelMask
from ophtha_core.annotations.tiff import write_bigtiff
from ophtha_core.errors import InvalidInput
from plugin.service.annotations import tables as t
from plugin.service.annotations.pictures import LINE_WIDTH_PX
from plugin.service.annotations.rights import Condition
from plugin.service.errors import BadRequest

_ROWS_AT_ONCE: Final = 1000
_PIECE_BYTES: Final = 1 << 20
MAX_ZOOM: Final = 16


@dataclass(frozen=True)
class ExportWish:
    """What of an image is exported. ``terms`` and ``users`` None: all; ``order`` None: by term id."""

    terms: tuple[int, ...] | None
    users: tuple[int, ...] | None
    order: tuple[str, ...] | None
    zoom: int


@dataclass(frozen=True)
class StoredAnnotation:
    """An annotation in image space with the names of its classes in drawing order."""

    identifier: int
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

    def annotations(self) -> Iterator[StoredAnnotation]:
        """In the order they were made."""
        names = {term: name for term, name in self._terms()}
        rank = {drawn.name: drawn.value for drawn in self.order.classes}
        query = select(t.Annotation.id, t.Annotation.location).where(*self._conditions()).order_by(t.Annotation.id)
        for part in self._session.execute(query).partitions(_ROWS_AT_ONCE):
            terms = self._terms_of([identifier for identifier, _ in part])
            for identifier, location in part:
                classes = sorted(
                    (names[term] for term in terms.get(identifier, []) if term in names), key=rank.__getitem__
                )
                geometry = flip_vertically(shapely.from_wkt(location), height_px=self.height_px)
                yield StoredAnnotation(identifier, geometry, tuple(classes))

    def features(self) -> Iterator[Feature]:
        """As GeoJSON features; coordinates always of the full resolution."""
        drawn = {each.name: FeatureClass(each.value, each.name, each.color) for each in self.order.classes}
        for annotation in self.annotations():
            yield Feature(
                geometry=annotation.geometry,
                key=f"00000000-0000-4000-8000-{annotation.identifier:012x}",
                image_id=self.image.id,
                annotation_id=annotation.identifier,
                classes=tuple(drawn[name] for name in annotation.classes),
                unlabelled_value=255 if annotation.classes else self.order.unlabelled_value,
            )

    def mask(self) -> LabelMask:
        """Later classes of the order over earlier ones, newer annotations of a class over older ones."""
        scale = 1 / (1 << self._wish.zoom)
        values = {each.name: each.value for each in self.order.classes}
        drawn: list[tuple[int, LabelledArea]] = []
        for annotation in self.annotations():
            area = with_width(annotation.geometry, width_px=LINE_WIDTH_PX)
            if self._wish.zoom:
                area = affinity.affine_transform(area, [scale, 0, 0, scale, 0, 0])
            value = values[annotation.classes[-1]] if annotation.classes else 0
            drawn.append((value, LabelledArea(area, value or self.order.unlabelled_value)))
        drawn.sort(key=lambda each: each[0])
        return LabelMask(
            [area for _, area in drawn],
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
    """A label mask as tiled BigTIFF, in pieces; it passes through a file because its table comes last."""
    with _written_tiff(export) as file:
        while piece := file.read(_PIECE_BYTES):
            yield piece


@contextmanager
def _written_tiff(export: ImageExport) -> Iterator[BinaryIO]:
    with tempfile.TemporaryFile() as file:
        write_bigtiff(export.mask(), cast("io.BufferedIOBase", file))
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
