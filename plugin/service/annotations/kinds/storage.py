"""Storages: places for files of a user, kept because clients ask for one; pixels live in Orthanc."""

from collections.abc import Sequence

from pydantic import AliasChoices, Field
from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from plugin.service.annotations.entity import NAME_LENGTH, Entity, refers_to
from plugin.service.annotations.fields import Identifier, Name
from plugin.service.annotations.kind import Condition, Kind, owns
from plugin.service.annotations.kind_routers import routes_of
from plugin.service.annotations.requests import Viewing
from plugin.service.annotations.shapes import Given, View


class Storage(Entity):
    """A place for files of a user."""

    __tablename__ = "ann_storage"

    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    user_id: Mapped[int] = refers_to("ann_user.id")


class NewStorage(Given):
    """A storage to add; ``userId`` is another name for its ``user``."""

    name: Name
    user_id: Identifier | None = Field(None, validation_alias=AliasChoices("user", "userId"))


class StorageChange(Given):
    """What changes of a storage."""

    name: Name | None = None
    user_id: Identifier | None = Field(None, validation_alias=AliasChoices("user", "userId"))


class StorageView(View):
    """A storage."""

    name: str
    user_id: int
    user_again: int = Field(serialization_alias="userId")


def _views(viewing: Viewing, storages: Sequence[Storage]) -> list[StorageView]:
    return [StorageView.of(each, java_class=STORAGE.java_class, user_again=each.user_id) for each in storages]


def _visible(user_id: int) -> Condition:
    return Storage.user_id == user_id


STORAGE = Kind(
    label="Storage",
    package="image.server",
    table=Storage,
    new=NewStorage,
    change=StorageChange,
    shown=StorageView,
    views=_views,
    visible=_visible,
    may_add=owns,
    may_change=owns,
)
router = routes_of(STORAGE)
