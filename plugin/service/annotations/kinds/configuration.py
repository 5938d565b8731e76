"""Configuration of clients: values by keys, which administrators set and clients read."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import Depends
from pydantic import Field
from sqlalchemy import String, Text, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ophtha_core.errors import InvalidInput
from plugin.service.annotations import store
from plugin.service.annotations.accounts import UserRole
from plugin.service.annotations.callers import ROLE_IDS, Caller
from plugin.service.annotations.entity import NAME_LENGTH, Entity
from plugin.service.annotations.fields import LongText, Name
from plugin.service.annotations.kind import Condition, Kind, nobody
from plugin.service.annotations.kind_routers import answer_model, listed, protocol_router, written
from plugin.service.annotations.requests import AskingOf, JsonBody, PageOf, Viewing
from plugin.service.annotations.rights import visible
from plugin.service.annotations.shapes import Given, Listing, View, Written
from plugin.service.config import Role
from plugin.service.errors import NotFound

ReadingRole = Literal["ALL", "USER", "ADMIN"]
_Key = Annotated[Name, Field(pattern=r"^[^./]+$")]


class Configuration(Entity):
    """A value that clients look up; ``reading_role`` says who may."""

    __tablename__ = "ann_configuration"

    key: Mapped[str] = mapped_column(String(NAME_LENGTH), unique=True)
    value: Mapped[str] = mapped_column(Text)
    reading_role: Mapped[str] = mapped_column(String(8))


class NewConfiguration(Given):
    """A value to add under a key, which has no dots."""

    key: _Key
    value: LongText
    reading_role: ReadingRole


class ConfigurationChange(Given):
    """What changes of a value."""

    value: LongText | None = None
    reading_role: ReadingRole | None = None


class ConfigurationView(View):
    """A value that clients look up."""

    key: str
    value: str
    reading_role: ReadingRole


def _views(viewing: Viewing, rows: Sequence[Configuration]) -> list[ConfigurationView]:
    return [ConfigurationView.of(each, java_class=CONFIGURATION.java_class) for each in rows]


def _visible(user_id: int) -> Condition:
    known = (ROLE_IDS[Role.ADMIN], ROLE_IDS[Role.USER])
    is_user = select(UserRole.id).where(UserRole.user_id == user_id, UserRole.role_id.in_(known)).exists()
    return or_(Configuration.reading_role == "ALL", (Configuration.reading_role == "USER") & is_user)


CONFIGURATION = Kind(
    label="Configuration",
    package="meta",
    table=Configuration,
    new=NewConfiguration,
    change=ConfigurationChange,
    shown=ConfigurationView,
    views=_views,
    visible=_visible,
    may_add=nobody,
    may_change=nobody,
)
router = protocol_router()
_ONE = "/api/configuration/key/{key}.json"


@router.get("/api/configuration.json")
def list_configurations(asking: AskingOf, page: PageOf) -> Listing[ConfigurationView]:
    """Values that the caller may read, oldest first."""
    return listed(asking, page, Configuration)


@router.get(_ONE)
def fetch_configuration(key: str, asking: AskingOf) -> ConfigurationView:
    """The value under a key."""
    with asking.platform.sessions() as session:
        return CONFIGURATION.view(asking.viewing(session), _find(session, asking.caller, key))


@router.post("/api/configuration.json", response_model=answer_model(CONFIGURATION))
def add_configuration(
    asking: AskingOf, given: Annotated[NewConfiguration, Depends(JsonBody(NewConfiguration))]
) -> Written:
    """Add a value under a new key: administrators only."""
    with asking.platform.writing(asking.caller) as session:
        row = store.add(session, asking.caller, CONFIGURATION, given)
        view = CONFIGURATION.view(asking.viewing(session), row)
    return written(CONFIGURATION, "Add", view)


@router.put(_ONE, response_model=answer_model(CONFIGURATION))
def set_configuration(
    key: str, asking: AskingOf, given: Annotated[NewConfiguration, Depends(JsonBody(NewConfiguration))]
) -> Written:
    """Set the value under a key, known or new: administrators only."""
    if given.key != key:
        raise InvalidInput("key", "is another one than that of the address")
    with asking.platform.writing(asking.caller) as session:
        known = session.scalar(
            select(Configuration).where(Configuration.key == key, visible(Configuration, asking.caller))
        )
        if known is None:
            row = store.add(session, asking.caller, CONFIGURATION, given)
        else:
            change = ConfigurationChange.model_validate({"value": given.value, "readingRole": given.reading_role})
            row = store.change(session, asking.caller, CONFIGURATION, known.id, change)
        view = CONFIGURATION.view(asking.viewing(session), row)
    return written(CONFIGURATION, "Add" if known is None else "Edit", view)


@router.delete(_ONE, response_model=answer_model(CONFIGURATION))
def delete_configuration(key: str, asking: AskingOf) -> Written:
    """Remove a value: administrators only."""
    with asking.platform.writing(asking.caller) as session:
        row = _find(session, asking.caller, key)
        view = CONFIGURATION.view(asking.viewing(session), row)
        store.remove(session, asking.caller, Configuration, row.id)
    return written(CONFIGURATION, "Delete", view)


def _find(session: Session, caller: Caller, key: str) -> Configuration:
    row = session.scalar(select(Configuration).where(Configuration.key == key, visible(Configuration, caller)))
    if row is None:
        raise NotFound("There is no configuration with this key")
    return row
