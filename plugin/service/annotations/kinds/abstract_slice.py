"""Abstract slices: planes of images apart from projects."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from plugin.service.annotations.callers import Caller
from plugin.service.annotations.entity import NAME_LENGTH, Entity, owned_by
from plugin.service.annotations.fields import Identifier, OptionalName, SmallNumber
from plugin.service.annotations.kind import Condition, Kind, kind_of
from plugin.service.annotations.kind_routers import routes_of
from plugin.service.annotations.kinds.abstract_image import AbstractImage
from plugin.service.annotations.kinds.slice_instance import add_slices
from plugin.service.annotations.requests import Viewing
from plugin.service.annotations.shapes import Given, View


class AbstractSlice(Entity):
    """A plane of an image: of slides an optical path (``channel``) and a focal plane (``z_stack``), of other images a
    frame, which is a ``time`` where they are a cine and a ``z_stack`` where not. All from 0."""

    __tablename__ = "ann_abstract_slice"
    __table_args__ = (UniqueConstraint("image_id", "channel", "z_stack", "time"),)

    image_id: Mapped[int] = owned_by("ann_abstract_image.id")
    uploaded_file_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("ann_uploaded_file.id", ondelete="SET NULL"), index=True
    )
    mime: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    channel: Mapped[int] = mapped_column(default=0)
    z_stack: Mapped[int] = mapped_column(default=0)
    time: Mapped[int] = mapped_column(default=0)

    image: Mapped[AbstractImage] = relationship(viewonly=True)


class NewAbstractSlice(Given):
    """A plane to add to an image."""

    image_id: Identifier
    uploaded_file_id: Identifier | None = None
    mime: OptionalName | None = None
    channel: SmallNumber = 0
    z_stack: SmallNumber = 0
    time: SmallNumber = 0


class AbstractSliceChange(Given):
    """What changes of a plane."""

    uploaded_file_id: Identifier | None = None
    mime: OptionalName | None = None
    channel: SmallNumber | None = None
    z_stack: SmallNumber | None = None
    time: SmallNumber | None = None


class AbstractSliceView(View):
    """A plane of an image."""

    image_id: int
    uploaded_file_id: int | None
    mime: str | None
    channel: int
    z_stack: int
    time: int
    rank: int


def _views(viewing: Viewing, slices: Sequence[AbstractSlice]) -> list[AbstractSliceView]:
    return [AbstractSliceView.of(each, java_class=ABSTRACT_SLICE.java_class, rank=each.z_stack) for each in slices]


def _visible(user_id: int) -> Condition:
    images = select(AbstractImage.id).where(kind_of(AbstractImage).visible(user_id))
    return AbstractSlice.image_id.in_(images)


def _may_change(session: Session, caller: Caller, row: AbstractSlice) -> bool:
    return session.get_one(AbstractImage, row.image_id).user_id == caller.user_id


def _show_in_projects(session: Session, caller: Caller, row: AbstractSlice, given: NewAbstractSlice) -> None:
    image = session.get_one(AbstractImage, row.image_id)
    session.refresh(image, ["instances"])
    add_slices(session, [(instance, row.id) for instance in image.instances])


ABSTRACT_SLICE = Kind(
    label="AbstractSlice",
    package="image",
    table=AbstractSlice,
    new=NewAbstractSlice,
    change=AbstractSliceChange,
    shown=AbstractSliceView,
    views=_views,
    visible=_visible,
    is_of_the_archive=True,
    may_add=_may_change,
    may_change=_may_change,
    after_adding=_show_in_projects,
    parents={"abstractimage": AbstractSlice.image_id, "uploadedfile": AbstractSlice.uploaded_file_id},
    is_listed=False,
)
router = routes_of(ABSTRACT_SLICE)
