"""Bodies of the protocol: what clients send, how objects are shown, and what is put around them."""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Generic, Self, TypeVar

from pydantic import AliasGenerator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from plugin.service.annotations.commands import told
from plugin.service.annotations.entity import Entity
from plugin.service.annotations.requests import Page
from plugin.service.annotations.wire import PACKAGE, date

_SPECIAL: Final = {"java_class": "class"}
_ENDINGS: Final = ("_id", "_ms", "_um")


def protocol_name(column: str) -> str:
    """The name of a column on the wire: ``base_image_id`` is ``baseImage``, ``created_ms`` is ``created``."""
    stem = next((column.removesuffix(ending) for ending in _ENDINGS if column.endswith(ending)), column)
    return _SPECIAL.get(column) or to_camel(stem)


class Given(BaseModel):
    """What a client says of an object. Fields it does not name, or names as null, stay as they are."""

    model_config = ConfigDict(alias_generator=protocol_name, extra="ignore", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, value: object) -> object:
        return {name: each for name, each in value.items() if each is not None} if isinstance(value, dict) else value

    def columns(self, table: type[Entity]) -> dict[str, object]:
        """Values of the fields that are columns of a table."""
        known = table.__table__.columns
        return {name: value for name, value in self if value is not None and name in known}


ProtocolDate = Annotated[str | None, BeforeValidator(date)]


class View(BaseModel):
    """An object as clients see it: its columns under their names on the wire, and what its kind adds."""

    model_config = ConfigDict(
        alias_generator=AliasGenerator(serialization_alias=protocol_name), extra="forbid", frozen=True
    )

    java_class: str
    id: int
    created_ms: ProtocolDate
    updated_ms: ProtocolDate
    deleted_ms: ProtocolDate = None

    @classmethod
    def of(cls, row: Entity, **more: object) -> Self:
        """The view of a row; ``more`` are fields that are no columns, or say something else than the column."""
        columns = row.__table__.columns
        own = {name: getattr(row, name) for name in cls.model_fields if name in columns}
        return cls.model_validate({**own, **more})


Shown = TypeVar("Shown", bound=View)
_Any = TypeVar("_Any", bound=BaseModel)


class Listing(BaseModel, Generic[_Any]):
    """A page of objects; ``perPage`` is how many a page may hold."""

    model_config = ConfigDict(alias_generator=AliasGenerator(serialization_alias=to_camel))

    collection: list[_Any]
    offset: int
    per_page: int
    size: int
    total_pages: int


def listing_of(views: Sequence[_Any], *, page: Page, size: int) -> Listing[_Any]:
    """A page of ``size`` objects."""
    return Listing(
        collection=list(views),
        offset=page.offset,
        per_page=page.limit or size,
        size=size,
        total_pages=math.ceil(size / page.limit) if page.limit else 1,
    )


CommandOf = int | None
"""The number by which a write can be undone; missing where it cannot."""


class Written(BaseModel):
    """The answer to a write; the object stands under the key of its kind."""

    model_config = ConfigDict(alias_generator=AliasGenerator(serialization_alias=to_camel), extra="allow")

    message: str
    callback: Mapping[str, str | int]
    print_message: bool = True
    command: CommandOf = Field(default_factory=told, exclude_if=lambda command: command is None)


class WrittenMany(BaseModel, Generic[_Any]):
    """The answer to a write of a list."""

    model_config = ConfigDict(alias_generator=AliasGenerator(serialization_alias=to_camel))

    message: str
    callback: Mapping[str, str]
    print_message: bool = True
    command: CommandOf = Field(default_factory=told, exclude_if=lambda command: command is None)
    collection: list[_Any]


def write_words(label: str, verb: str, identifier: int, *, key: str) -> dict[str, object]:
    """What stands around an object that was written; ``verb`` is Add, Edit or Delete."""
    past = {"Add": "added", "Edit": "edited", "Delete": "deleted"}[verb]
    return {
        "message": f"{label} {identifier} {past}",
        "callback": {"method": f"{PACKAGE}.{verb}{label}Command", f"{key}ID": identifier},
    }


def many_written(label: str, views: Sequence[_Any]) -> WrittenMany[_Any]:
    """The answer to a write of a list."""
    return WrittenMany(
        message=f"{len(views)} {label}s added",
        callback={"method": f"{PACKAGE}.Add{label}Command"},
        collection=list(views),
    )
