"""Tags: words to sort objects by."""

from collections.abc import Sequence

from sqlalchemy import String, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from plugin.service.annotations.entity import NAME_LENGTH, Entity, refers_to
from plugin.service.annotations.fields import Name
from plugin.service.annotations.kind import Condition, Kind, everyone, owns
from plugin.service.annotations.kind_routers import routes_of
from plugin.service.annotations.kinds.annotation import Annotation
from plugin.service.annotations.kinds.image_instance import ImageInstance
from plugin.service.annotations.kinds.tag_link import TagLink
from plugin.service.annotations.membership import projects_of
from plugin.service.annotations.requests import Viewing
from plugin.service.annotations.shapes import Given, View


class Tag(Entity):
    """A word to sort objects by."""

    __tablename__ = "ann_tag"

    name: Mapped[str] = mapped_column(String(NAME_LENGTH), unique=True)
    user_id: Mapped[int] = refers_to("ann_user.id")


class NewTag(Given):
    """A tag to add."""

    name: Name


class TagChange(Given):
    """What changes of a tag."""

    name: Name | None = None


class TagView(View):
    """A tag."""

    name: str
    user_id: int


def _views(viewing: Viewing, tags: Sequence[Tag]) -> list[TagView]:
    return [TagView.of(tag, java_class=TAG.java_class) for tag in tags]


def _visible(user_id: int) -> Condition:
    projects = projects_of(user_id)
    domains = (
        projects,
        select(ImageInstance.id).where(ImageInstance.project_id.in_(projects)),
        select(Annotation.id).where(Annotation.project_id.in_(projects)),
    )
    used = select(TagLink.tag_id).where(or_(*(TagLink.domain_id.in_(domain) for domain in domains)))
    return or_(Tag.user_id == user_id, Tag.id.in_(used))


TAG = Kind(
    label="Tag",
    package="meta",
    table=Tag,
    new=NewTag,
    change=TagChange,
    shown=TagView,
    views=_views,
    visible=_visible,
    may_add=everyone,
    may_change=owns,
)
router = routes_of(TAG)
