"""What the annotation platform remembers.

Every row of every table has an id of one common sequence: an id alone tells two objects apart, whatever their kind.
"""

import time

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column

from plugin.service.records import Record

NAME_LENGTH = 255


def now_ms() -> int:
    """The present in milliseconds since 1970, as the protocol counts time."""
    return time.time_ns() // 1_000_000


def _owned_by(target: str, *, index: bool = True) -> Mapped[int]:
    """A reference whose row disappears with the row it refers to."""
    return mapped_column(BigInteger, ForeignKey(target, ondelete="CASCADE"), index=index)


def _refers_to(target: str) -> Mapped[int]:
    """A reference that keeps its target from being deleted."""
    return mapped_column(BigInteger, ForeignKey(target), index=True)


class Counter(Record):
    """The next free id (one row). Taking ids first also makes writers wait for each other."""

    __tablename__ = "ann_counter"

    id: Mapped[int] = mapped_column(primary_key=True)
    next_id: Mapped[int] = mapped_column(BigInteger)


class Secret(Record):
    """Random secrets of this installation."""

    __tablename__ = "ann_secret"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(String(128))


class Entity(Record):
    """What every object of the protocol has."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    created_ms: Mapped[int] = mapped_column(BigInteger, default=now_ms)
    updated_ms: Mapped[int | None] = mapped_column(BigInteger)


class User(Entity):
    """A user; ``is_configured`` for those of the settings, who cannot be changed here."""

    __tablename__ = "ann_user"

    username: Mapped[str] = mapped_column(String(NAME_LENGTH), unique=True)
    firstname: Mapped[str] = mapped_column(String(NAME_LENGTH), default="")
    lastname: Mapped[str] = mapped_column(String(NAME_LENGTH), default="")
    email: Mapped[str] = mapped_column(String(NAME_LENGTH), default="")
    language: Mapped[str] = mapped_column(String(16), default="EN")
    public_key: Mapped[str] = mapped_column(String(NAME_LENGTH), unique=True)
    private_key: Mapped[str] = mapped_column(String(NAME_LENGTH))
    is_configured: Mapped[bool] = mapped_column(default=False)
    is_enabled: Mapped[bool] = mapped_column(default=True)


class UserRole(Entity):
    """A role of a user: the id of one of the three fixed roles."""

    __tablename__ = "ann_user_role"
    __table_args__ = (UniqueConstraint("user_id", "role_id"),)

    user_id: Mapped[int] = _owned_by("ann_user.id")
    role_id: Mapped[int]


class Ontology(Entity):
    """A named set of terms."""

    __tablename__ = "ann_ontology"

    name: Mapped[str] = mapped_column(String(NAME_LENGTH), unique=True)
    user_id: Mapped[int] = _refers_to("ann_user.id")


class Term(Entity):
    """A class of annotations; ``color`` is ``#rrggbb``."""

    __tablename__ = "ann_term"
    __table_args__ = (UniqueConstraint("ontology_id", "name"),)

    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    comment: Mapped[str | None] = mapped_column(Text)
    color: Mapped[str] = mapped_column(String(7))
    ontology_id: Mapped[int] = _owned_by("ann_ontology.id")


class RelationTerm(Entity):
    """``term1`` is the parent of ``term2``."""

    __tablename__ = "ann_relation_term"
    __table_args__ = (UniqueConstraint("term1_id", "term2_id"),)

    term1_id: Mapped[int] = _owned_by("ann_term.id")
    term2_id: Mapped[int] = _owned_by("ann_term.id")


class Project(Entity):
    """Images, their annotations and the people who work on them."""

    __tablename__ = "ann_project"

    name: Mapped[str] = mapped_column(String(NAME_LENGTH), unique=True)
    ontology_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("ann_ontology.id"), index=True)
    user_id: Mapped[int] = _refers_to("ann_user.id")
    mode: Mapped[str] = mapped_column(String(16), default="CLASSIC")
    blind_mode: Mapped[bool] = mapped_column(default=False)
    is_closed: Mapped[bool] = mapped_column(default=False)
    hide_users_layers: Mapped[bool] = mapped_column(default=False)
    hide_admins_layers: Mapped[bool] = mapped_column(default=False)


class Member(Entity):
    """Who works on a project, and who manages it."""

    __tablename__ = "ann_member"
    __table_args__ = (UniqueConstraint("project_id", "user_id"),)

    project_id: Mapped[int] = _owned_by("ann_project.id")
    user_id: Mapped[int] = _owned_by("ann_user.id")
    is_manager: Mapped[bool] = mapped_column(default=False)


class Storage(Entity):
    """A place for files of a user: kept because clients ask for one; pixels live in Orthanc."""

    __tablename__ = "ann_storage"

    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    user_id: Mapped[int] = _refers_to("ann_user.id")


class UploadedFile(Entity):
    """What a client says of a file it has."""

    __tablename__ = "ann_uploaded_file"

    original_filename: Mapped[str] = mapped_column(String(NAME_LENGTH))
    filename: Mapped[str] = mapped_column(String(NAME_LENGTH))
    ext: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    content_type: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    size: Mapped[int | None] = mapped_column(BigInteger)
    status: Mapped[int] = mapped_column(default=0)
    storage_id: Mapped[int] = _refers_to("ann_storage.id")
    user_id: Mapped[int] = _refers_to("ann_user.id")
    parent_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("ann_uploaded_file.id", ondelete="SET NULL"), index=True
    )
    projects: Mapped[list[int]] = mapped_column(JSON, default=list)


class AbstractImage(Entity):
    """An image apart from projects. ``orthanc_*`` name where its pixels are; without them it has none."""

    __tablename__ = "ann_abstract_image"
    __table_args__ = (UniqueConstraint("orthanc_series", "orthanc_instance"),)

    original_filename: Mapped[str] = mapped_column(String(NAME_LENGTH))
    uploaded_file_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("ann_uploaded_file.id", ondelete="SET NULL"), index=True
    )
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("ann_user.id"), index=True)
    width: Mapped[int | None]
    height: Mapped[int | None]
    depth: Mapped[int] = mapped_column(default=1)
    duration: Mapped[int] = mapped_column(default=1)
    channels: Mapped[int] = mapped_column(default=1)
    physical_size_x_um: Mapped[float | None]
    physical_size_y_um: Mapped[float | None]
    physical_size_z_um: Mapped[float | None]
    fps: Mapped[float | None]
    bit_per_sample: Mapped[int | None]
    sample_per_pixel: Mapped[int | None]
    colorspace: Mapped[str | None] = mapped_column(String(64))
    magnification: Mapped[int | None]
    content_type: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    zoom_levels: Mapped[int | None]
    orthanc_series: Mapped[str | None] = mapped_column(String(64), index=True)
    orthanc_instance: Mapped[str | None] = mapped_column(String(64), index=True)
    stored_instances: Mapped[int | None]
    """How many instances the series had when it was last looked at."""
    deleted_ms: Mapped[int | None] = mapped_column(BigInteger)


class AbstractSlice(Entity):
    """A plane of an image: for multi-frame images ``z_stack`` is the frame, from 0."""

    __tablename__ = "ann_abstract_slice"
    __table_args__ = (UniqueConstraint("image_id", "channel", "z_stack", "time"),)

    image_id: Mapped[int] = _owned_by("ann_abstract_image.id")
    uploaded_file_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("ann_uploaded_file.id", ondelete="SET NULL"), index=True
    )
    mime: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    channel: Mapped[int] = mapped_column(default=0)
    z_stack: Mapped[int] = mapped_column(default=0)
    time: Mapped[int] = mapped_column(default=0)


class ImageInstance(Entity):
    """An image in a project."""

    __tablename__ = "ann_image_instance"
    __table_args__ = (UniqueConstraint("project_id", "base_image_id"),)

    base_image_id: Mapped[int] = _refers_to("ann_abstract_image.id")
    project_id: Mapped[int] = _owned_by("ann_project.id")
    user_id: Mapped[int] = _refers_to("ann_user.id")
    instance_filename: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    physical_size_x_um: Mapped[float | None]
    physical_size_y_um: Mapped[float | None]
    physical_size_z_um: Mapped[float | None]
    fps: Mapped[float | None]
    magnification: Mapped[int | None]


class SliceInstance(Entity):
    """A plane of an image in a project."""

    __tablename__ = "ann_slice_instance"
    __table_args__ = (UniqueConstraint("image_id", "base_slice_id"),)

    image_id: Mapped[int] = _owned_by("ann_image_instance.id")
    base_slice_id: Mapped[int] = _owned_by("ann_abstract_slice.id")
    project_id: Mapped[int] = _owned_by("ann_project.id")


class Annotation(Entity):
    """A geometry on an image. ``location`` is WKT, origin bottom-left; the measures are of it, in pixels."""

    __tablename__ = "ann_annotation"
    __table_args__ = (
        Index("ix_ann_annotation_newest_of_image", "image_id", "id"),
        Index("ix_ann_annotation_newest_of_project", "project_id", "id"),
        Index("ix_ann_annotation_bounds", "image_id", "min_x", "max_x", "min_y", "max_y", "id"),
    )

    image_id: Mapped[int] = _owned_by("ann_image_instance.id", index=False)
    slice_id: Mapped[int] = _owned_by("ann_slice_instance.id")
    project_id: Mapped[int] = _owned_by("ann_project.id", index=False)
    user_id: Mapped[int] = _refers_to("ann_user.id")
    location: Mapped[str] = mapped_column(Text)
    min_x: Mapped[float]
    min_y: Mapped[float]
    max_x: Mapped[float]
    max_y: Mapped[float]
    centre_x: Mapped[float]
    centre_y: Mapped[float]
    area: Mapped[float]
    perimeter: Mapped[float]
    reviewed: Mapped[bool] = mapped_column(default=False)


class AnnotationTerm(Entity):
    """A term of an annotation, and who gave it."""

    __tablename__ = "ann_annotation_term"
    __table_args__ = (UniqueConstraint("annotation_id", "term_id"),)

    annotation_id: Mapped[int] = _owned_by("ann_annotation.id")
    term_id: Mapped[int] = _refers_to("ann_term.id")
    user_id: Mapped[int] = _refers_to("ann_user.id")


class Track(Entity):
    """Annotations of one image that show the same thing over time."""

    __tablename__ = "ann_track"
    __table_args__ = (UniqueConstraint("image_id", "name"),)

    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    color: Mapped[str] = mapped_column(String(7))
    image_id: Mapped[int] = _owned_by("ann_image_instance.id")
    project_id: Mapped[int] = _owned_by("ann_project.id")


class AnnotationTrack(Entity):
    """An annotation on a track."""

    __tablename__ = "ann_annotation_track"
    __table_args__ = (UniqueConstraint("annotation_id", "track_id"),)

    annotation_id: Mapped[int] = _owned_by("ann_annotation.id")
    track_id: Mapped[int] = _owned_by("ann_track.id")


class Property(Entity):
    """A key and a value on any object."""

    __tablename__ = "ann_property"
    __table_args__ = (UniqueConstraint("domain_id", "key"),)

    domain_class: Mapped[str] = mapped_column(String(NAME_LENGTH))
    domain_id: Mapped[int] = mapped_column(BigInteger, index=True)
    key: Mapped[str] = mapped_column(String(NAME_LENGTH))
    value: Mapped[str] = mapped_column(Text)


class Description(Entity):
    """A text on any object; one each."""

    __tablename__ = "ann_description"

    domain_class: Mapped[str] = mapped_column(String(NAME_LENGTH))
    domain_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    data: Mapped[str] = mapped_column(Text)


class Tag(Entity):
    """A word to sort objects by."""

    __tablename__ = "ann_tag"

    name: Mapped[str] = mapped_column(String(NAME_LENGTH), unique=True)
    user_id: Mapped[int] = _refers_to("ann_user.id")


class TagLink(Entity):
    """A tag on any object."""

    __tablename__ = "ann_tag_link"
    __table_args__ = (UniqueConstraint("tag_id", "domain_id"),)

    tag_id: Mapped[int] = _owned_by("ann_tag.id")
    domain_class: Mapped[str] = mapped_column(String(NAME_LENGTH))
    domain_id: Mapped[int] = mapped_column(BigInteger, index=True)


class AttachedFile(Entity):
    """A small file on any object."""

    __tablename__ = "ann_attached_file"

    domain_class: Mapped[str] = mapped_column(String(NAME_LENGTH))
    domain_id: Mapped[int] = mapped_column(BigInteger, index=True)
    filename: Mapped[str] = mapped_column(String(NAME_LENGTH))
    data: Mapped[bytes] = deferred(mapped_column(LargeBinary, nullable=False))
