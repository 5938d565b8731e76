"""Storages: places for files of a user, kept because clients ask for one; pixels live in Orthanc.

The table lies with the users, who get one each.
"""

from collections.abc import Sequence

from pydantic import AliasChoices, Field

from plugin.service.annotations.accounts import Storage
from plugin.service.annotations.fields import Identifier, Name
from plugin.service.annotations.kind import Condition, Kind, owns
from plugin.service.annotations.kind_routers import routes_of
from plugin.service.annotations.requests import Viewing
from plugin.service.annotations.shapes import Given, View


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
