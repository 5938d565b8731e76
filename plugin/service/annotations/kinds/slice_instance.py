"""Slice instances: planes of images in projects."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, relationship, selectinload

from ophtha_core.errors import InvalidInput
from plugin.service.annotations.callers import Caller
from plugin.service.annotations.entity import Entity, owned_by
from plugin.service.annotations.fields import Identifier
from plugin.service.annotations.kind import Condition, Kind
from plugin.service.annotations.kind_routers import routes_of
from plugin.service.annotations.kinds.project import may_annotate
from plugin.service.annotations.membership import projects_of
from plugin.service.annotations.requests import Viewing
from plugin.service.annotations.shapes import Given, View
from plugin.service.annotations.state import next_ids

if TYPE_CHECKING:
    from plugin.service.annotations.kinds.abstract_slice import AbstractSlice
    from plugin.service.annotations.kinds.image_instance import ImageInstance


class SliceInstance(Entity):
    """A plane of an image in a project."""

    __tablename__ = "ann_slice_instance"
    __table_args__ = (UniqueConstraint("image_id", "base_slice_id"),)

    image_id: Mapped[int] = owned_by("ann_image_instance.id")
    base_slice_id: Mapped[int] = owned_by("ann_abstract_slice.id")
    project_id: Mapped[int] = owned_by("ann_project.id")

    image: Mapped["ImageInstance"] = relationship(viewonly=True)
    base_slice: Mapped["AbstractSlice"] = relationship(viewonly=True)


class NewSliceInstance(Given):
    """A plane of an image to show in a project."""

    image_id: Identifier
    base_slice_id: Identifier


class SliceInstanceView(View):
    """A plane of an image in a project."""

    image_id: int
    base_slice_id: int
    project_id: int
    mime: str | None
    channel: int
    z_stack: int
    time: int
    rank: int


def _views(viewing: Viewing, slices: Sequence[SliceInstance]) -> list[SliceInstanceView]:
    here = select(SliceInstance).where(SliceInstance.id.in_([each.id for each in slices]))
    viewing.session.scalars(here.options(selectinload(SliceInstance.base_slice))).all()
    return [
        SliceInstanceView.of(
            each,
            java_class=SLICE_INSTANCE.java_class,
            mime=each.base_slice.mime,
            channel=each.base_slice.channel,
            z_stack=each.base_slice.z_stack,
            time=each.base_slice.time,
            rank=each.base_slice.z_stack,
        )
        for each in slices
    ]


def _visible(user_id: int) -> Condition:
    return SliceInstance.project_id.in_(projects_of(user_id))


def _may_change(session: Session, caller: Caller, row: SliceInstance) -> bool:
    return may_annotate(session, caller, row.project_id)


def _complete(session: Session, row: SliceInstance) -> None:
    image = session.get_one(SliceInstance.image.property.mapper.class_, row.image_id)
    base = session.get_one(SliceInstance.base_slice.property.mapper.class_, row.base_slice_id)
    if base.image_id != image.base_image_id:
        raise InvalidInput("baseSlice", "belongs to another image")
    row.project_id = image.project_id


def add_slices(session: Session, pairs: Sequence[tuple["ImageInstance", int]]) -> None:
    """Give images in projects planes, each by the id of its abstract slice."""
    for identifier, (image, base_id) in zip(next_ids(session, len(pairs)), pairs, strict=True):
        session.add(SliceInstance(id=identifier, image_id=image.id, base_slice_id=base_id, project_id=image.project_id))


SLICE_INSTANCE = Kind(
    label="SliceInstance",
    package="image",
    table=SliceInstance,
    new=NewSliceInstance,
    change=Given,
    shown=SliceInstanceView,
    views=_views,
    visible=_visible,
    may_add=_may_change,
    may_change=_may_change,
    complete=_complete,
    parents={"imageinstance": SliceInstance.image_id},
    is_listed=False,
)
router = routes_of(SLICE_INSTANCE)
