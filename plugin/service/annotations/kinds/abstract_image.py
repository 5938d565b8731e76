"""Abstract images: images apart from projects. Orthanc holds their pixels."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel
from sqlalchemy import JSON, BigInteger, ForeignKey, String, Text, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from plugin.service.annotations.accounts import User
from plugin.service.annotations.callers import Caller
from plugin.service.annotations.entity import NAME_LENGTH, Entity
from plugin.service.annotations.fields import Identifier, Name, OptionalName, PositiveNumber, SmallNumber
from plugin.service.annotations.kind import Condition, Kind, everyone, owns
from plugin.service.annotations.kind_routers import routes_of
from plugin.service.annotations.kinds.project import Project, blind_projects
from plugin.service.annotations.membership import projects_of
from plugin.service.annotations.requests import Viewing
from plugin.service.annotations.shapes import Given, View
from plugin.service.errors import Forbidden
from plugin.service.records import Sessions

if TYPE_CHECKING:
    from plugin.service.annotations.kinds.image_instance import ImageInstance


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
    fault: Mapped[str | None] = mapped_column(Text)
    """Why the image cannot be shown."""
    deleted_ms: Mapped[int | None] = mapped_column(BigInteger)
    set_by_person: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    """Names of the columns that a person set: what a person said wins over headers for good."""

    instances: Mapped[list["ImageInstance"]] = relationship(viewonly=True)
    projects: Mapped[list[Project]] = relationship(secondary="ann_image_instance", viewonly=True)

    def describe(self, **columns: object) -> None:
        """Take over what headers say, but where a person said otherwise."""
        for name, value in columns.items():
            if name not in (self.set_by_person or ()):
                setattr(self, name, value)


class Calibration(Given):
    """What a person may know better than a header: sizes of a pixel in micrometres, frames a second, lens."""

    physical_size_x_um: PositiveNumber | None = None
    physical_size_y_um: PositiveNumber | None = None
    physical_size_z_um: PositiveNumber | None = None
    fps: PositiveNumber | None = None
    magnification: SmallNumber | None = None


class _AbstractImageFields(Calibration):
    uploaded_file_id: Identifier | None = None
    width: SmallNumber | None = None
    height: SmallNumber | None = None
    depth: SmallNumber | None = None
    duration: SmallNumber | None = None
    channels: SmallNumber | None = None
    bit_per_sample: SmallNumber | None = None
    sample_per_pixel: SmallNumber | None = None
    colorspace: OptionalName | None = None


class NewAbstractImage(_AbstractImageFields):
    """An image to describe, whose pixels are not in Orthanc."""

    original_filename: Name


class AbstractImageChange(_AbstractImageFields):
    """What changes of an image."""

    original_filename: Name | None = None


class Dimensions(BaseModel):
    """Width and height in pixels."""

    x: int | None
    y: int | None


class ImageView(View):
    """What abstract images and those of projects show alike."""

    user_id: int | None
    original_filename: str | None
    filename: str | None
    path: str | None
    content_type: str | None
    width: int | None
    height: int | None
    depth: int
    duration: int
    channels: int
    physical_size_x_um: float | None
    physical_size_y_um: float | None
    physical_size_z_um: float | None
    fps: float | None
    magnification: int | None
    bit_per_sample: int | None
    sample_per_pixel: int | None
    colorspace: str | None
    zoom: int | None
    dimensions: Dimensions
    thumb: str
    preview: str
    orthanc_series: str | None
    orthanc_instance: str | None
    fault: str | None


class AbstractImageView(ImageView):
    """An image apart from projects."""

    uploaded_file_id: int | None


def image_facts(image: AbstractImage, address: str) -> dict[str, object]:
    """What image instances show of their abstract image; ``address`` is the one of what is shown."""
    own = {name: getattr(image, name) for name in ImageView.model_fields if name in AbstractImage.__table__.columns}
    return {
        **own,
        "filename": image.original_filename,
        "path": image.original_filename,
        "zoom": None if image.zoom_levels is None else image.zoom_levels - 1,
        "dimensions": Dimensions(x=image.width, y=image.height),
        "thumb": f"{address}/thumb.png?maxSize=512",
        "preview": f"{address}/preview.png?maxSize=1024",
        "orthanc_instance": image.orthanc_instance or None,
    }


def nameless(session: Session, caller: Caller, images: Collection[int]) -> set[int]:
    """Those of some images that the caller sees in a project where names are hidden from him."""
    blind = blind_projects(session, caller)
    if not blind:
        return set()
    here = AbstractImage.id.in_(images) & AbstractImage.projects.any(Project.id.in_(blind))
    foreign = AbstractImage.user_id.is_distinct_from(caller.user_id)
    return set(session.scalars(select(AbstractImage.id).where(here, foreign)))


def require_names(session: Session, caller: Caller, image_id: int) -> None:
    """Raise Forbidden where the caller may not know the name of an image: its file and headers would tell it."""
    if nameless(session, caller, [image_id]):
        raise Forbidden("The project hides from you where its images come from")


NAMELESS: Final = {"original_filename": None, "filename": None, "path": None}
"""What is shown of the names of an image to whoever may not know them."""


def _views(viewing: Viewing, images: Sequence[AbstractImage]) -> list[AbstractImageView]:
    hidden = nameless(viewing.session, viewing.caller, [image.id for image in images])

    def view(image: AbstractImage) -> AbstractImageView:
        facts = image_facts(image, f"{viewing.base_url}/api/abstractimage/{image.id}")
        names = NAMELESS if image.id in hidden else {}
        return AbstractImageView.of(image, **{**facts, **names, "java_class": ABSTRACT_IMAGE.java_class})

    return [view(image) for image in images]


def _visible(user_id: int) -> Condition:
    return or_(AbstractImage.user_id == user_id, AbstractImage.projects.any(Project.id.in_(projects_of(user_id))))


def _remember_person(session: Session, image: AbstractImage, values: Mapping[str, object]) -> None:
    image.set_by_person = sorted({*image.set_by_person, *values})


def series_of_user(sessions: Sessions, name: str) -> frozenset[str]:
    """Orthanc's series that a user's projects and uploads show."""
    with sessions() as session:
        user_id = session.scalar(select(User.id).where(User.username == name))
        if user_id is None:
            return frozenset()
        series = session.scalars(select(AbstractImage.orthanc_series).where(_visible(user_id)).distinct())
        return frozenset(each for each in series if each is not None)


def _refuse_of_orthanc(image: AbstractImage) -> None:
    if image.orthanc_series is not None:
        raise Forbidden("The image is in Orthanc and deleted there")


ABSTRACT_IMAGE = Kind(
    label="AbstractImage",
    package="image",
    table=AbstractImage,
    new=NewAbstractImage,
    change=AbstractImageChange,
    shown=AbstractImageView,
    views=_views,
    visible=_visible,
    may_add=everyone,
    may_change=owns,
    before_change=_remember_person,
    before_removal=_refuse_of_orthanc,
    parents={"uploadedfile": AbstractImage.uploaded_file_id},
    is_listed=False,
    is_of_the_archive=True,
)
router = routes_of(ABSTRACT_IMAGE)
