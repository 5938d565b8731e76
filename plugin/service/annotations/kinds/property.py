"""Properties: a key and a value on any object."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends
from pydantic import Field
from sqlalchemy import String, Text, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from plugin.service.annotations.belongings import Hanging
from plugin.service.annotations.entity import NAME_LENGTH, now_ms
from plugin.service.annotations.fields import LongText, Name, text
from plugin.service.annotations.hanging import (
    ADDRESSES,
    Domain,
    HangingView,
    domain_fields,
    find_domain,
    require_domain_change,
)
from plugin.service.annotations.kind_routers import protocol_router
from plugin.service.annotations.requests import AskingOf, Id, JsonBody, PageOf, Posted, PostedBody
from plugin.service.annotations.shapes import Given, Listing, Written, WrittenMany, listing_of, write_words
from plugin.service.annotations.state import next_ids
from plugin.service.annotations.wire import PACKAGE
from plugin.service.errors import Conflict, NotFound


class Property(Hanging):
    """A key and a value on any object."""

    __tablename__ = "ann_property"
    __table_args__ = (UniqueConstraint("domain_id", "key"),)

    key: Mapped[str] = mapped_column(String(NAME_LENGTH))
    value: Mapped[str] = mapped_column(Text)


class NewProperty(Given):
    """A property to add."""

    key: Name
    value: LongText


class PropertyChange(Given):
    """What changes of a property."""

    key: Name | None = None
    value: LongText | None = None


class PropertyView(HangingView):
    """A property of an object."""

    java_class: str = f"{PACKAGE}.meta.Property"
    key: str
    value: str


class PropertyWritten(Written):
    """A property that was written."""

    shown: PropertyView = Field(serialization_alias="property")


router = protocol_router()


def _add_reading(address: str, read: Callable[..., Domain]) -> None:
    DomainOf = Annotated[Domain, Depends(read)]  # noqa: N806  # a type

    @router.get(f"{address}/property.json")
    def properties(domain: DomainOf, asking: AskingOf, page: PageOf) -> Listing[PropertyView]:
        """Properties of an object."""
        with asking.platform.sessions() as session:
            find_domain(session, asking.caller, domain)
            here = Property.domain_id == domain.id
            size = session.scalar(select(func.count()).select_from(Property).where(here)) or 0
            query = select(Property).where(here).order_by(Property.id).offset(page.offset)
            rows = session.scalars(query.limit(page.limit) if page.limit else query)
            return listing_of([_view(row) for row in rows], page=page, size=size)

    @router.get(f"{address}/key/{{key}}/property.json")
    def property_by_key(domain: DomainOf, key: str, asking: AskingOf) -> PropertyView:
        """The property of an object with a key."""
        with asking.platform.sessions() as session:
            find_domain(session, asking.caller, domain)
            named = (Property.domain_id == domain.id) & (Property.key == text(key, "key"))
            row = session.scalar(select(Property).where(named))
            if row is None:
                raise NotFound("The object has no property with this key")
            return _view(row)

    @router.get(f"{address}/property/{{property_id}}.json")
    def fetch_property(domain: DomainOf, property_id: Id, asking: AskingOf) -> PropertyView:
        """One property of an object."""
        with asking.platform.sessions() as session:
            find_domain(session, asking.caller, domain)
            return _view(_find(session, domain, property_id))


def _add_writing(address: str, read: Callable[..., Domain]) -> None:
    DomainOf = Annotated[Domain, Depends(read)]  # noqa: N806  # a type

    @router.post(f"{address}/property.json")
    def add_property(
        domain: DomainOf, asking: AskingOf, posted: Annotated[Posted[NewProperty], Depends(PostedBody(NewProperty))]
    ) -> PropertyWritten | WrittenMany[PropertyView]:
        """Add one property, or all of a list."""
        with asking.platform.writing(asking.caller) as session:
            name = require_domain_change(session, asking.caller, domain)
            rows = [_add(session, name, domain.id, each) for each in posted.objects]
            views = [_view(row) for row in rows]
        if posted.is_list:
            return WrittenMany(
                message=f"{len(views)} properties added",
                callback={"method": f"{PACKAGE}.AddPropertyCommand"},
                collection=views,
            )
        return _written("Add", views[0])

    @router.put(f"{address}/property/{{property_id}}.json")
    def change_property(
        domain: DomainOf,
        property_id: Id,
        asking: AskingOf,
        given: Annotated[PropertyChange, Depends(JsonBody(PropertyChange))],
    ) -> PropertyWritten:
        """Change the value of a property, or its key."""
        with asking.platform.writing(asking.caller) as session:
            require_domain_change(session, asking.caller, domain)
            row = _find(session, domain, property_id)
            if given.key is not None:
                _require_free_key(session, domain.id, given.key, of=row.id)
            for column, value in given.columns(Property).items():
                setattr(row, column, value)
            row.updated_ms = now_ms()
            session.flush()
            view = _view(row)
        return _written("Edit", view)

    @router.delete(f"{address}/property/{{property_id}}.json")
    def delete_property(domain: DomainOf, property_id: Id, asking: AskingOf) -> PropertyWritten:
        """Remove a property."""
        with asking.platform.writing(asking.caller) as session:
            require_domain_change(session, asking.caller, domain)
            row = _find(session, domain, property_id)
            view = _view(row)
            session.delete(row)
        return _written("Delete", view)


for _address, _read in ADDRESSES:
    _add_reading(_address, _read)
    _add_writing(_address, _read)


def _add(session: Session, class_name: str, domain_id: int, given: NewProperty) -> Property:
    _require_free_key(session, domain_id, given.key)
    row = Property(
        id=next_ids(session, 1)[0],
        created_ms=now_ms(),
        domain_class=class_name,
        domain_id=domain_id,
        key=given.key,
        value=given.value,
    )
    session.add(row)
    session.flush()
    return row


def _require_free_key(session: Session, domain_id: int, key: str, *, of: int | None = None) -> None:
    owner = session.scalar(select(Property.id).where(Property.domain_id == domain_id, Property.key == key))
    if owner not in (None, of):
        raise Conflict("A property with this key already exists")


def _find(session: Session, domain: Domain, property_id: int) -> Property:
    row = session.get(Property, property_id)
    if row is None or row.domain_id != domain.id:
        raise NotFound(f"Property {property_id} not found")
    return row


def _view(row: Property) -> PropertyView:
    return PropertyView.of(row, **domain_fields(row))


def _written(verb: str, view: PropertyView) -> PropertyWritten:
    return PropertyWritten.model_validate({**write_words("Property", verb, view.id, key="property"), "shown": view})
