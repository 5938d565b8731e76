"""Tracks: annotations of one image that show the same thing over time."""

from collections.abc import Sequence

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, Session, mapped_column

from plugin.service.annotations.callers import Caller
from plugin.service.annotations.entity import NAME_LENGTH, Entity, owned_by
from plugin.service.annotations.fields import Color, Identifier, Name
from plugin.service.annotations.kind import Condition, Kind
from plugin.service.annotations.kind_routers import routes_of
from plugin.service.annotations.kinds.image_instance import ImageInstance
from plugin.service.annotations.kinds.project import may_annotate
from plugin.service.annotations.membership import projects_of
from plugin.service.annotations.requests import Viewing
from plugin.service.annotations.shapes import Given, View

DEFAULT_COLOR = "#ff0000"


class Track(Entity):
    """Annotations of one image that show the same thing over time."""

    __tablename__ = "ann_track"
    __table_args__ = (UniqueConstraint("image_id", "name"),)

    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    color: Mapped[str] = mapped_column(String(7))
    image_id: Mapped[int] = owned_by("ann_image_instance.id")
    project_id: Mapped[int] = owned_by("ann_project.id")


class NewTrack(Given):
    """A track to add to an image."""

    name: Name
    color: Color = DEFAULT_COLOR
    image_id: Identifier


class TrackChange(Given):
    """What changes of a track."""

    name: Name | None = None
    color: Color | None = None


class TrackView(View):
    """A track."""

    name: str
    color: str
    image_id: int
    project_id: int


def _views(viewing: Viewing, tracks: Sequence[Track]) -> list[TrackView]:
    return [TrackView.of(track, java_class=TRACK.java_class) for track in tracks]


def _visible(user_id: int) -> Condition:
    return Track.project_id.in_(projects_of(user_id))


def _may_change(session: Session, caller: Caller, track: Track) -> bool:
    return may_annotate(session, caller, track.project_id)


def _complete(session: Session, track: Track) -> None:
    track.project_id = session.get_one(ImageInstance, track.image_id).project_id


TRACK = Kind(
    label="Track",
    package="ontology",
    table=Track,
    new=NewTrack,
    change=TrackChange,
    shown=TrackView,
    views=_views,
    visible=_visible,
    may_add=_may_change,
    may_change=_may_change,
    complete=_complete,
    parents={"project": Track.project_id, "imageinstance": Track.image_id},
    is_listed=False,
)
router = routes_of(TRACK)
