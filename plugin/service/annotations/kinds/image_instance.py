"""Image instances: images in projects."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel
from sqlalchemy import String, UnaryExpression, UniqueConstraint, func, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column, relationship

from plugin.service.annotations import store
from plugin.service.annotations.callers import Caller
from plugin.service.annotations.entity import NAME_LENGTH, Entity, owned_by, refers_to
from plugin.service.annotations.fields import Identifier, Name
from plugin.service.annotations.image_reviews import ImageReview
from plugin.service.annotations.kind import Condition, Kind
from plugin.service.annotations.kind_routers import listed_in, routes_of
from plugin.service.annotations.kinds.abstract_image import (
    NAMELESS,
    AbstractImage,
    Calibration,
    ImageView,
    image_facts,
)
from plugin.service.annotations.kinds.abstract_slice import AbstractSlice
from plugin.service.annotations.kinds.project import blind_projects, may_annotate
from plugin.service.annotations.kinds.slice_instance import SliceInstance, SliceInstanceView, add_slices
from plugin.service.annotations.membership import is_manager, projects_of
from plugin.service.annotations.requests import Asking, AskingOf, Id, Page, Viewing
from plugin.service.annotations.shapes import ProtocolDate
from plugin.service.annotations.state import next_ids
from plugin.service.errors import NotFound

if TYPE_CHECKING:
    from plugin.service.annotations.kinds.annotation import Annotation


class ImageInstance(Entity):
    """An image in a project."""

    __tablename__ = "ann_image_instance"
    __table_args__ = (UniqueConstraint("project_id", "base_image_id"),)

    base_image_id: Mapped[int] = refers_to("ann_abstract_image.id")
    project_id: Mapped[int] = owned_by("ann_project.id")
    user_id: Mapped[int] = refers_to("ann_user.id")
    instance_filename: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    physical_size_x_um: Mapped[float | None]
    physical_size_y_um: Mapped[float | None]
    physical_size_z_um: Mapped[float | None]
    fps: Mapped[float | None]
    magnification: Mapped[int | None]

    annotations: Mapped[list["Annotation"]] = relationship(viewonly=True)
    reviewed_annotations: Mapped[list["Annotation"]] = relationship(
        primaryjoin="and_(Annotation.image_id == ImageInstance.id, Annotation.reviewed)", viewonly=True
    )


class NewImageInstance(Calibration):
    """An image to show in a project; what it says of sizes holds there alone."""

    base_image_id: Identifier
    project_id: Identifier
    instance_filename: Name | None = None


class ImageInstanceChange(Calibration):
    """What changes of an image in a project."""

    instance_filename: Name | None = None


class ImageInstanceView(ImageView):
    """An image in a project."""

    base_image_id: int
    project_id: int
    instance_filename: str | None
    blinded_name: str | None
    number_of_annotations: int
    number_of_job_annotations: int = 0
    number_of_reviewed_annotations: int
    reviewed: bool = False
    in_review: bool = False
    review_start: ProtocolDate = None
    review_stop: ProtocolDate = None
    review_user: int | None = None


_OWN = ("physical_size_x_um", "physical_size_y_um", "physical_size_z_um", "fps", "magnification")
"""Of these the project's word wins over the image's."""


def _views(viewing: Viewing, instances: Sequence[ImageInstance]) -> list[ImageInstanceView]:
    wanted = select(AbstractImage).where(AbstractImage.id.in_({each.base_image_id for each in instances}))
    images = {image.id: image for image in viewing.session.scalars(wanted)}

    def count(what: InstrumentedAttribute[list["Annotation"]]) -> Mapping[int, int]:
        here = ImageInstance.id.in_([each.id for each in instances])
        query = select(ImageInstance.id, func.count()).join(what).where(here).group_by(ImageInstance.id)
        return {image_id: number for image_id, number in viewing.session.execute(query)}

    annotations, reviewed = count(ImageInstance.annotations), count(ImageInstance.reviewed_annotations)
    reviews = _reviews(viewing.session, [each.id for each in instances])
    blind = blind_projects(viewing.session, viewing.caller)
    views: list[ImageInstanceView] = []
    for each in instances:
        image = images[each.base_image_id]
        facts = image_facts(image, f"{viewing.base_url}/api/imageinstance/{each.id}")
        facts |= {name: getattr(each, name) or getattr(image, name) for name in _OWN}
        facts |= {
            "java_class": IMAGE_INSTANCE.java_class,
            "id": each.id,
            "created_ms": each.created_ms,
            "updated_ms": each.updated_ms,
            "user_id": each.user_id,
            "instance_filename": each.instance_filename or image.original_filename,
            "blinded_name": None,
            "number_of_annotations": annotations.get(each.id, 0),
            "number_of_reviewed_annotations": reviewed.get(each.id, 0),
            **reviews.get(each.id, {}),
        }
        if each.project_id in blind:
            facts |= {**NAMELESS, "instance_filename": None, "blinded_name": str(image.id)}
        views.append(ImageInstanceView.of(each, **facts))
    return views


def _reviews(session: Session, images: Sequence[int]) -> dict[int, dict[str, object]]:
    found = session.scalars(select(ImageReview).where(ImageReview.image_id.in_(images)))
    return {
        review.image_id: {
            "reviewed": not review.is_going_on,
            "in_review": review.is_going_on,
            "review_start": review.created_ms,
            "review_stop": review.stopped_ms,
            "review_user": review.user_id,
        }
        for review in found
    }


def _visible(user_id: int) -> Condition:
    return ImageInstance.project_id.in_(projects_of(user_id))


def _may_add(session: Session, caller: Caller, row: ImageInstance) -> bool:
    return may_annotate(session, caller, row.project_id)


def _may_change(session: Session, caller: Caller, row: ImageInstance) -> bool:
    own = row.user_id == caller.user_id and may_annotate(session, caller, row.project_id)
    return own or is_manager(session, caller, row.project_id)


def _add_planes(session: Session, caller: Caller, row: ImageInstance, given: NewImageInstance) -> None:
    bases = select(AbstractSlice.id).where(AbstractSlice.image_id == row.base_image_id).order_by(AbstractSlice.z_stack)
    add_slices(session, [(row, base) for base in session.scalars(bases)])


def reference_slice(session: Session, image: ImageInstance) -> SliceInstance:
    """The plane of an image that annotations lie on when they name none; made when it has none yet."""
    planes = select(SliceInstance).where(SliceInstance.image_id == image.id).order_by(SliceInstance.id)
    first = session.scalar(planes.limit(1))
    if first is not None:
        return first
    base = AbstractSlice(id=next_ids(session, 1)[0], image_id=image.base_image_id, channel=0, z_stack=0, time=0)
    session.add(base)
    session.flush()
    add_slices(session, [(image, base.id)])
    session.flush()
    return reference_slice(session, image)


IMAGE_INSTANCE = Kind(
    label="ImageInstance",
    package="image",
    table=ImageInstance,
    new=NewImageInstance,
    change=ImageInstanceChange,
    shown=ImageInstanceView,
    views=_views,
    visible=_visible,
    may_add=_may_add,
    may_change=_may_change,
    after_adding=_add_planes,
    parents={
        "project": ImageInstance.project_id,
        "abstractimage": ImageInstance.base_image_id,
        "user": ImageInstance.user_id,
    },
    is_listed=False,
)
router = routes_of(IMAGE_INSTANCE)


def shown_in_project(session: Session, caller: Caller, project_id: int, base_id: int) -> ImageInstance:
    """The image in the project, added unless it is there."""
    here = (ImageInstance.project_id == project_id) & (ImageInstance.base_image_id == base_id)
    known = session.scalar(select(ImageInstance).where(here))
    if known is not None:
        return known
    given = NewImageInstance.model_validate({"baseImage": base_id, "project": project_id})
    return store.add(session, caller, IMAGE_INSTANCE, given)


class NoImage(BaseModel):
    """That there is no other image."""


@router.get("/api/imageinstance/{image_id}/next.json")
def next_image(image_id: Id, asking: AskingOf) -> ImageInstanceView | NoImage:
    """The image that was added to the project before an image: listings are read newest first."""
    return _neighbour(image_id, asking, ImageInstance.id < image_id, ImageInstance.id.desc())


@router.get("/api/imageinstance/{image_id}/previous.json")
def previous_image(image_id: Id, asking: AskingOf) -> ImageInstanceView | NoImage:
    """The image that was added to the project after an image."""
    return _neighbour(image_id, asking, ImageInstance.id > image_id, ImageInstance.id.asc())


def _neighbour(
    image_id: int, asking: Asking, side: Condition, order: UnaryExpression[int]
) -> ImageInstanceView | NoImage:
    with asking.platform.sessions() as session:
        image = store.find(session, asking.caller, ImageInstance, image_id)
        beside = select(ImageInstance).where(ImageInstance.project_id == image.project_id, side)
        found = session.scalar(beside.order_by(order).limit(1))
        return NoImage() if found is None else IMAGE_INSTANCE.view(asking.viewing(session), found)


@router.get("/api/imageinstance/{image_id}/sliceinstance/reference.json")
def reference_slice_of(image_id: Id, asking: AskingOf) -> SliceInstanceView:
    """The plane that annotations lie on when they name none."""
    with asking.platform.sessions() as session:
        store.find(session, asking.caller, ImageInstance, image_id)
        here = SliceInstance.image_id == image_id
        found = listed_in(session, asking, Page(offset=0, limit=1), SliceInstance, here).collection
    if not found:
        raise NotFound(f"ImageInstance {image_id} has no slices")
    view: SliceInstanceView = found[0]
    return view
