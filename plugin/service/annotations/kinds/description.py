"""Descriptions: a text on any object, one each."""

from typing import Annotated, Final

from fastapi import Depends
from sqlalchemy import BigInteger, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from plugin.service.annotations.belongings import Hanging
from plugin.service.annotations.entity import now_ms
from plugin.service.annotations.fields import LongText
from plugin.service.annotations.hanging import (
    ADDRESSES,
    Domain,
    HangingView,
    domain_fields,
    find_domain,
    read_domain,
    require_domain_change,
)
from plugin.service.annotations.kind_routers import protocol_router
from plugin.service.annotations.requests import AskingOf, JsonBody
from plugin.service.annotations.shapes import Given, Written, write_words
from plugin.service.annotations.state import next_ids
from plugin.service.annotations.wire import PACKAGE
from plugin.service.errors import Conflict, NotFound


class Description(Hanging):
    """A text on any object; one each."""

    __tablename__ = "ann_description"

    domain_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    data: Mapped[str] = mapped_column(Text)


class NewDescription(Given):
    """A text of an object."""

    data: LongText


class DescriptionView(HangingView):
    """The description of an object."""

    java_class: str = f"{PACKAGE}.meta.Description"
    data: str


class DescriptionWritten(Written):
    """A description that was written."""

    description: DescriptionView


router = protocol_router()
_ADDRESS: Final = f"{ADDRESSES[0][0]}/description.json"
DomainOf = Annotated[Domain, Depends(read_domain)]
GivenDescription = Annotated[NewDescription, Depends(JsonBody(NewDescription))]


@router.get(_ADDRESS)
def fetch_description(domain: DomainOf, asking: AskingOf) -> DescriptionView:
    """The description of an object."""
    with asking.platform.sessions() as session:
        find_domain(session, asking.caller, domain)
        return _view(_find(session, domain))


@router.post(_ADDRESS)
def add_description(domain: DomainOf, asking: AskingOf, given: GivenDescription) -> DescriptionWritten:
    """Describe an object."""
    with asking.platform.writing(asking.caller) as session:
        name = require_domain_change(session, asking.caller, domain)
        if session.scalar(select(Description.id).where(Description.domain_id == domain.id)):
            raise Conflict("The object already has a description")
        row = Description(
            id=next_ids(session, 1)[0],
            created_ms=now_ms(),
            domain_class=name,
            domain_id=domain.id,
            data=given.data,
        )
        session.add(row)
        view = _view(row)
    return _written("Add", view)


@router.put(_ADDRESS)
def change_description(domain: DomainOf, asking: AskingOf, given: GivenDescription) -> DescriptionWritten:
    """Describe an object anew."""
    with asking.platform.writing(asking.caller) as session:
        require_domain_change(session, asking.caller, domain)
        row = _find(session, domain)
        row.data, row.updated_ms = given.data, now_ms()
        view = _view(row)
    return _written("Edit", view)


@router.delete(_ADDRESS)
def delete_description(domain: DomainOf, asking: AskingOf) -> DescriptionWritten:
    """Remove the description of an object."""
    with asking.platform.writing(asking.caller) as session:
        require_domain_change(session, asking.caller, domain)
        row = _find(session, domain)
        view = _view(row)
        session.delete(row)
    return _written("Delete", view)


def _find(session: Session, domain: Domain) -> Description:
    row = session.scalar(select(Description).where(Description.domain_id == domain.id))
    if row is None:
        raise NotFound("The object has no description")
    return row


def _view(row: Description) -> DescriptionView:
    return DescriptionView.of(row, **domain_fields(row))


def _written(verb: str, view: DescriptionView) -> DescriptionWritten:
    words = write_words("Description", verb, view.id, key="description")
    return DescriptionWritten.model_validate({**words, "description": view})
