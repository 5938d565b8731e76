"""Default layers: whose annotations are shown when an image of a project is opened."""

from collections.abc import Sequence

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, Session, mapped_column

from plugin.service.annotations.callers import Caller
from plugin.service.annotations.entity import Entity, owned_by
from plugin.service.annotations.fields import Identifier, Truth
from plugin.service.annotations.kind import Condition, Kind
from plugin.service.annotations.kind_routers import routes_in_project
from plugin.service.annotations.membership import is_manager, projects_of
from plugin.service.annotations.requests import Viewing
from plugin.service.annotations.shapes import Given, View


class DefaultLayer(Entity):
    """A user's layer that is there when an image is opened; ``hide_by_default``: listed, but not shown at once."""

    __tablename__ = "ann_default_layer"
    __table_args__ = (UniqueConstraint("project_id", "user_id"),)

    project_id: Mapped[int] = owned_by("ann_project.id")
    user_id: Mapped[int] = owned_by("ann_user.id")
    hide_by_default: Mapped[bool] = mapped_column(default=False)


class NewDefaultLayer(Given):
    """A layer to open images of a project with."""

    project_id: Identifier
    user_id: Identifier
    hide_by_default: Truth = False


class DefaultLayerChange(Given):
    """What changes of a default layer."""

    hide_by_default: Truth | None = None


class DefaultLayerView(View):
    """A layer that images of a project are opened with."""

    project_id: int
    user_id: int
    hide_by_default: bool


def _views(viewing: Viewing, rows: Sequence[DefaultLayer]) -> list[DefaultLayerView]:
    return [DefaultLayerView.of(row, java_class=DEFAULT_LAYER.java_class) for row in rows]


def _visible(user_id: int) -> Condition:
    return DefaultLayer.project_id.in_(projects_of(user_id))


def _may_change(session: Session, caller: Caller, row: DefaultLayer) -> bool:
    return is_manager(session, caller, row.project_id)


DEFAULT_LAYER = Kind(
    label="ProjectDefaultLayer",
    package="project",
    table=DefaultLayer,
    new=NewDefaultLayer,
    change=DefaultLayerChange,
    shown=DefaultLayerView,
    views=_views,
    visible=_visible,
    may_add=_may_change,
    may_change=_may_change,
)
router = routes_in_project(DEFAULT_LAYER, "defaultlayer", DefaultLayer.project_id)
