"""Annotations: geometries on images. Their routes are by hand, because thousands are written and listed at once."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import shapely
from pydantic import AliasChoices, BaseModel, Field
from sqlalchemy import BigInteger, ForeignKey, Index, Text, and_, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship, selectinload

from plugin.service.annotations.callers import Caller
from plugin.service.annotations.entity import Entity, owned_by, refers_to
from plugin.service.annotations.fields import Identifier, Identifiers, WholeNumber
from plugin.service.annotations.kind import Condition, Kind
from plugin.service.annotations.kinds.project import Project, may_annotate
from plugin.service.annotations.measures import image_facts, links, measures
from plugin.service.annotations.membership import Member, is_manager, projects_of
from plugin.service.annotations.requests import Viewing
from plugin.service.annotations.shapes import Given, View
from plugin.service.errors import Forbidden

if TYPE_CHECKING:
    from plugin.service.annotations.kinds.annotation_term import AnnotationTerm
    from plugin.service.annotations.kinds.annotation_track import AnnotationTrack
    from plugin.service.annotations.kinds.comment import Comment


class Annotation(Entity):
    """A geometry on an image. ``location`` is WKT, origin bottom-left; the measures are of it, in pixels."""

    __tablename__ = "ann_annotation"
    __table_args__ = (
        Index("ix_ann_annotation_newest_of_image", "image_id", "id"),
        Index("ix_ann_annotation_newest_of_project", "project_id", "id"),
        Index("ix_ann_annotation_bounds", "image_id", "min_x", "max_x", "min_y", "max_y", "id"),
    )

    image_id: Mapped[int] = owned_by("ann_image_instance.id", index=False)
    slice_id: Mapped[int] = owned_by("ann_slice_instance.id")
    project_id: Mapped[int] = owned_by("ann_project.id", index=False)
    user_id: Mapped[int] = refers_to("ann_user.id")
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
    review_user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("ann_user.id"), index=True)
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    """How often it was written: who changes it says which one was seen, and is refused when it has passed."""

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  # as the mapper declares it

    terms: Mapped[list["AnnotationTerm"]] = relationship(viewonly=True, order_by="AnnotationTerm.id")
    tracks: Mapped[list["AnnotationTrack"]] = relationship(viewonly=True, order_by="AnnotationTrack.id")
    comments: Mapped[list["Comment"]] = relationship(viewonly=True)


class NewAnnotation(Given):
    """A geometry (WKT, origin bottom-left) to add to an image. Without a slice it lies on the image's first."""

    image_id: Identifier
    location: str
    slice_id: Identifier | None = None
    user_id: Identifier | None = None
    term: Identifiers = Field(default_factory=list)
    track: Identifiers = Field(default_factory=list)


class AnnotationChange(Given):
    """What changes of an annotation; ``term`` replaces all its terms. A ``version`` that has passed is refused."""

    location: str | None = None
    term: Identifiers | None = None
    version: WholeNumber | None = None


class ReviewedAnnotationChange(AnnotationChange):
    """What changes of a reviewed annotation; ``terms`` is another name of its ``term``."""

    term: Identifiers | None = Field(None, validation_alias=AliasChoices("term", "terms"))


class NewReviewedAnnotation(ReviewedAnnotationChange):
    """That an annotation (``parentIdent``) is accepted, as it is or with another geometry or other terms."""

    parent_ident: Identifier


class Centroid(BaseModel):
    """The centre of gravity, in pixels, origin bottom-left."""

    x: float
    y: float


class AnnotationView(View):
    """An annotation with everything."""

    location: str
    image_id: int
    slice_id: int
    project_id: int
    container: int
    user_id: int
    term: list[int]
    track: list[int]
    version: int
    reviewed: bool
    review_user_id: int | None
    geometry_compression: float = 0.0
    nb_comments: int
    repaired: bool = Field(default=False, exclude_if=lambda is_repaired: not is_repaired)
    centroid: Centroid
    area: float
    area_unit: str
    perimeter: float
    perimeter_unit: str
    crop_url: str = Field(serialization_alias="cropURL")
    small_crop_url: str = Field(serialization_alias="smallCropURL")
    url: str


class ReviewedAnnotationView(AnnotationView):
    """An annotation that was accepted: the same object, under the names that reviewed ones have."""

    parent_ident: int
    parent_class_name: str
    status: int = 1
    terms: list[int]


def _views(viewing: Viewing, annotations: Sequence[Annotation]) -> list[AnnotationView]:
    here = select(Annotation).where(Annotation.id.in_([each.id for each in annotations]))
    links_of = (selectinload(each) for each in (Annotation.terms, Annotation.tracks, Annotation.comments))
    linked = here.options(*links_of)
    viewing.session.scalars(linked.execution_options(populate_existing=True)).all()
    images = image_facts(viewing.session, {each.image_id for each in annotations})
    return [
        AnnotationView.of(
            each,
            java_class=ANNOTATION.java_class,
            container=each.project_id,
            term=[link.term_id for link in each.terms],
            track=[link.track_id for link in each.tracks],
            nb_comments=len(each.comments),
            centroid=Centroid(x=each.centre_x, y=each.centre_y),
            **vars(measures(each.area, each.perimeter, images[each.image_id], shapely.from_wkt(each.location))),
            **vars(links(viewing.base_url, each.id)),
        )
        for each in annotations
    ]


def _visible(user_id: int) -> Condition:
    """Annotations of one's projects; where layers are hidden, one's own and those of the others who are not."""
    hiding = select(Project.id).where(Project.hide_users_layers | Project.hide_admins_layers)
    managed = Annotation.project_id.in_(projects_of(user_id).where(Member.is_manager))
    by_manager = (
        select(Member.id)
        .where(Member.project_id == Annotation.project_id, Member.user_id == Annotation.user_id, Member.is_manager)
        .exists()
    )
    shown = or_(
        and_(by_manager, Annotation.project_id.not_in(select(Project.id).where(Project.hide_admins_layers))),
        and_(~by_manager, Annotation.project_id.not_in(select(Project.id).where(Project.hide_users_layers))),
    )
    is_mine = Annotation.user_id == user_id
    return and_(
        Annotation.project_id.in_(projects_of(user_id)),
        or_(Annotation.project_id.not_in(hiding), is_mine, managed, shown),
    )


def _may_add(session: Session, caller: Caller, annotation: Annotation) -> bool:
    return may_annotate(session, caller, annotation.project_id)


def _may_change(session: Session, caller: Caller, annotation: Annotation) -> bool:
    own = annotation.user_id == caller.user_id and may_annotate(session, caller, annotation.project_id)
    return own or is_manager(session, caller, annotation.project_id)


def withdraw_review(caller: Caller, annotation: Annotation) -> None:
    """What somebody else changes after its review is not what was reviewed."""
    if annotation.reviewed and annotation.review_user_id != caller.user_id:
        annotation.reviewed, annotation.review_user_id = False, None


def require_annotating(session: Session, caller: Caller, annotation: Annotation) -> None:
    """Raise Forbidden unless the caller may add to the annotation's project."""
    if not may_annotate(session, caller, annotation.project_id):
        raise Forbidden("You may not annotate in this project")


ANNOTATION = Kind(
    label="UserAnnotation",
    package="ontology",
    table=Annotation,
    new=NewAnnotation,
    change=AnnotationChange,
    shown=AnnotationView,
    views=_views,
    visible=_visible,
    may_add=_may_add,
    may_change=_may_change,
    aliases=("annotation", "reviewedannotation"),
)
