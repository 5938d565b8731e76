"""Features of GeoJSON files become annotations: all that are wrong are found before anything is written."""

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Final

from pydantic import ValidationError
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from ophtha_core.annotations.drawn_feature import DrawnFeature, NamedClass, features_in
from ophtha_core.annotations.geometry import flip_vertically
from ophtha_core.errors import InvalidInput
from plugin.service.annotations import store
from plugin.service.annotations import tables as t
from plugin.service.annotations.annotation_store import Added, Checked, Checker, insert_checked
from plugin.service.annotations.callers import Caller
from plugin.service.annotations.carried_properties import properties_of
from plugin.service.annotations.fields import invalid
from plugin.service.annotations.kinds.annotation import ANNOTATION, NewAnnotation
from plugin.service.annotations.kinds.project import may_annotate
from plugin.service.annotations.kinds.term import TERM, NewTerm
from plugin.service.annotations.refused_batches import BatchError
from plugin.service.annotations.requests import MAX_BULK
from plugin.service.annotations.state import next_ids
from plugin.service.errors import Conflict, Forbidden, NotFound

_ZIP: Final = b"PK\x03\x04"
_MAX_UNPACKED_BYTES: Final = 2**28


@dataclass(frozen=True)
class ImportWish:
    """How a file is read. ``image``: the image instance that a GeoJSON file is of; archives name theirs.

    ``flip_y``: y of the file points up, as in stored geometries; of QuPath's files it points down.
    ``terms``: ids of terms by the names of classes; others are found by their name, or made.
    """

    image: int | None = None
    flip_y: bool = False
    terms: Mapping[str, int] = field(default_factory=dict)
    repair: bool = True


@dataclass(frozen=True)
class CheckedFeature:
    """An annotation that may be added, with its classes and properties."""

    checked: Checked
    classes: tuple[NamedClass, ...]
    properties: Mapping[str, str]


@dataclass(frozen=True)
class CheckedFile:
    """What can be imported of a file, and why the rest cannot."""

    features: tuple[CheckedFeature, ...]
    errors: tuple[BatchError, ...]


def check_file(session: Session, caller: Caller, project_id: int, content: bytes, wish: ImportWish) -> CheckedFile:
    """Read a file, and write nothing. Raises InvalidInput, NotFound, Forbidden for what is wrong of the whole."""
    project = store.find(session, caller, t.Project, project_id)
    if not may_annotate(session, caller, project.id):
        raise Forbidden("You may not annotate in this project")
    checker = Checker(session, caller, repair=wish.repair)
    checker.require_terms(wish.terms.values(), project.ontology_id)
    features: list[CheckedFeature] = []
    errors: list[BatchError] = []
    index = 0
    for member in _members(content, wish):
        target = _Target(session, caller, project, member.image, wish)
        for value in member.features:
            try:
                features.append(target.check(checker, value))
            except (InvalidInput, NotFound, Forbidden) as error:
                errors.append(BatchError(index, f"{member.prefix}{error}"))
            index += 1
    return CheckedFile(tuple(features), tuple(errors))


def insert_file(
    session: Session, caller: Caller, project_id: int, features: Sequence[CheckedFeature], wish: ImportWish
) -> list[Added]:
    """Add what was checked in a writing transaction, in order. Raises Forbidden, Conflict."""
    terms = _Terms(session, caller, project_id, wish.terms)
    rows = [
        replace(
            each.checked,
            given=each.checked.given.model_copy(update={"term": list(terms.of(each.classes))}),
        )
        for each in features
    ]
    added = insert_checked(session, caller, rows)
    _insert_properties(
        session,
        [
            (new.id, key, value)
            for new, each in zip(added, features, strict=True)
            for key, value in each.properties.items()
        ],
    )
    return added


# -- files -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Member:
    """Features of one image; ``prefix`` begins what is said of them."""

    image: int
    features: list[object]
    prefix: str = ""


def _members(content: bytes, wish: ImportWish) -> Iterator[_Member]:
    if content.startswith(_ZIP):
        yield from _members_of_archive(content)
        return
    if wish.image is None:
        raise InvalidInput("image", "is missing: the id of the image instance that the file is of")
    yield _Member(wish.image, _bounded(features_in(content)))


def _members_of_archive(content: bytes) -> Iterator[_Member]:
    """The GeoJSON files of an export of this product, which are called by the ids of their images."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = [each for each in archive.infolist() if each.filename.endswith(".geojson")]
            if sum(each.file_size for each in infos) > _MAX_UNPACKED_BYTES:
                raise InvalidInput("body", f"unpacks to more than {_MAX_UNPACKED_BYTES >> 20} MB")
            files = [(each.filename, archive.read(each)) for each in infos]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error):
        raise InvalidInput("body", "is no zip archive that can be read") from None
    if not files:
        raise InvalidInput("body", "has no .geojson file in it")
    found = 0
    for name, text in files:
        stem = PurePosixPath(name).stem
        if not (stem.isascii() and stem.isdecimal() and 0 < int(stem) < 2**31):
            raise InvalidInput("body", "holds a .geojson file that is not called by the id of an image")
        features = features_in(text)
        found += len(features)
        yield _Member(int(stem), _bounded(features, found), prefix=f"{stem}.geojson: ")


def _bounded(features: list[object], found: int | None = None) -> list[object]:
    if (found or len(features)) > MAX_BULK:
        raise InvalidInput("body", f"holds more than {MAX_BULK} features; send at most {MAX_BULK} at once")
    return features


# -- features ----------------------------------------------------------------------------------------------------


class _Target:
    """An image that features are drawn on."""

    def __init__(self, session: Session, caller: Caller, project: t.Project, image_id: int, wish: ImportWish) -> None:
        image = store.find(session, caller, t.ImageInstance, image_id)
        if image.project_id != project.id:
            raise InvalidInput("image", f"image {image_id} is not of project {project.id}")
        self._image_id = image.id
        self._height_px = session.get_one(t.AbstractImage, image.base_image_id).height
        if not wish.flip_y and not self._height_px:
            raise InvalidInput("image", f"image {image_id} has no height: nobody can tell where y = 0 is")
        self._flip_y = wish.flip_y
        self._has_classes = project.ontology_id is not None
        self._slices = _slices(session, image.id)

    def check(self, checker: Checker, value: object) -> CheckedFeature:
        """Raises InvalidInput, NotFound, Forbidden."""
        feature = DrawnFeature.from_json(value)
        if feature.classes and not self._has_classes:
            raise InvalidInput("classification", "has no place: the project has no ontology")
        for each in feature.classes:
            _term_of(each, ontology_id=1)
        given = NewAnnotation.model_validate(
            {"image": self._image_id, "location": self._location(feature), "slice": self._slice(feature)}
        )
        return CheckedFeature(checker.check_one(given), feature.classes, properties_of(feature))

    def _location(self, feature: DrawnFeature) -> str:
        if self._flip_y:
            return feature.geometry.wkt
        assert self._height_px is not None, "asked for at the beginning"
        return flip_vertically(feature.geometry, height_px=self._height_px).wkt

    def _slice(self, feature: DrawnFeature) -> int | None:
        if feature.plane is None or (not self._slices and feature.plane.z == feature.plane.t == 0):
            return None
        place = feature.plane.z, feature.plane.t
        if place not in self._slices:
            raise InvalidInput("geometry.plane", f"z {place[0]}, t {place[1]} is no plane of the image")
        return self._slices[place]


def _slices(session: Session, image_id: int) -> dict[tuple[int, int], int]:
    """Slice instances by focal plane and point in time; of several channels the first."""
    base = t.AbstractSlice
    query = (
        select(base.z_stack, base.time, t.SliceInstance.id)
        .join(base, base.id == t.SliceInstance.base_slice_id)
        .where(t.SliceInstance.image_id == image_id)
        .order_by(base.channel.desc(), t.SliceInstance.id.desc())
    )
    return {(z, time): each for z, time, each in session.execute(query)}


# -- what goes with them -----------------------------------------------------------------------------------------


def _term_of(given: NamedClass, *, ontology_id: int, parent: int | None = None) -> NewTerm:
    """Raises InvalidInput for a class whose name or colour no term can have."""
    fields = {"name": given.name, "color": given.color, "ontology": ontology_id, "parent": parent}
    try:
        return NewTerm.model_validate(fields)
    except ValidationError as error:
        raise invalid(error, "classification") from None


class _Terms:
    """Terms of classes: those that a person named, those of the same name, and new ones."""

    def __init__(self, session: Session, caller: Caller, project_id: int, named: Mapping[str, int]) -> None:
        self._session = session
        self._caller = caller
        self._ontology_id = store.find(session, caller, t.Project, project_id).ontology_id
        query = select(t.Term.name, t.Term.id).where(t.Term.ontology_id == self._ontology_id)
        self._known: dict[str, int] = {**{name: each for name, each in session.execute(query)}, **named}

    def of(self, classes: Iterable[NamedClass]) -> dict[int, None]:
        """Their ids, each once."""
        return dict.fromkeys(self._of(each) for each in classes)

    def _of(self, given: NamedClass) -> int:
        known = self._known.get(given.name)
        if known is None:
            known = self._known[given.name] = self._added(given)
        return known

    def _added(self, given: NamedClass) -> int:
        if self._ontology_id is None:
            raise Conflict("The project has lost its ontology meanwhile")
        # A class that is derived from another is a term below the other's.
        parent = None if given.parent is None else self._of(NamedClass(given.parent))
        term = _term_of(given, ontology_id=self._ontology_id, parent=parent)
        try:
            return store.add(self._session, self._caller, TERM, term).id
        except Forbidden:
            raise Forbidden(
                "The file has classes that the project's ontology has not, and you may not add terms: name others"
            ) from None


def _insert_properties(session: Session, rows: Sequence[tuple[int, str, str]]) -> None:
    if not rows:
        return
    common = {"created_ms": t.now_ms(), "domain_class": ANNOTATION.java_class}
    session.execute(
        insert(t.Property),
        [
            {**common, "id": each, "domain_id": owner, "key": key, "value": value}
            for each, (owner, key, value) in zip(next_ids(session, len(rows)), rows, strict=True)
        ],
    )
