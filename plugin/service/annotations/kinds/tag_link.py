"""Tags on any object."""

from typing import TYPE_CHECKING, Annotated, Final

from fastapi import Depends
from pydantic import Field
from sqlalchemy import UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, relationship

from plugin.service.annotations import store
from plugin.service.annotations.belongings import Hanging
from plugin.service.annotations.callers import Caller
from plugin.service.annotations.entity import now_ms, owned_by
from plugin.service.annotations.fields import Identifier
from plugin.service.annotations.hanging import (
    ADDRESSES,
    Domain,
    HangingView,
    domain_fields,
    find_domain,
    read_domain,
    require_domain_change,
)
from plugin.service.annotations.kind import kind_in
from plugin.service.annotations.kind_routers import protocol_router
from plugin.service.annotations.requests import AskingOf, Id, JsonBody, Page
from plugin.service.annotations.shapes import Given, Listing, Written, listing_of, write_words
from plugin.service.annotations.state import next_ids
from plugin.service.annotations.wire import PACKAGE
from plugin.service.errors import Conflict, NotFound

if TYPE_CHECKING:
    from plugin.service.annotations.kinds.tag import Tag


class TagLink(Hanging):
    """A tag on any object."""

    __tablename__ = "ann_tag_link"
    __table_args__ = (UniqueConstraint("tag_id", "domain_id"),)

    tag_id: Mapped[int] = owned_by("ann_tag.id")

    tag: Mapped["Tag"] = relationship(viewonly=True)


class NewTagLink(Given):
    """A tag to put on an object."""

    tag_id: Identifier


class TagLinkView(HangingView):
    """A tag on an object."""

    java_class: str = f"{PACKAGE}.meta.TagDomainAssociation"
    tag_id: int
    tag_name: str


class TagLinkWritten(Written):
    """A tag that an object got, or lost; clients read it under either key."""

    tagdomainassociation: TagLinkView
    shown: TagLinkView = Field(serialization_alias="tag_domain_association")


router = protocol_router()
_ON_OBJECT: Final = f"{ADDRESSES[0][0]}/tag_domain_association.json"
_ONE: Final = "/api/tag_domain_association/{link_id}.json"
DomainOf = Annotated[Domain, Depends(read_domain)]


@router.get(_ON_OBJECT)
def tags_of_object(domain: DomainOf, asking: AskingOf) -> Listing[TagLinkView]:
    """Tags of an object."""
    with asking.platform.sessions() as session:
        find_domain(session, asking.caller, domain)
        query = select(TagLink).where(TagLink.domain_id == domain.id).order_by(TagLink.id)
        views = [_view(row) for row in session.scalars(query).all()]
    return listing_of(views, page=Page(offset=0, limit=0), size=len(views))


@router.post(_ON_OBJECT)
def tag_object(
    domain: DomainOf, asking: AskingOf, given: Annotated[NewTagLink, Depends(JsonBody(NewTagLink))]
) -> TagLinkWritten:
    """Put a tag on an object."""
    with asking.platform.writing(asking.caller) as session:
        name = require_domain_change(session, asking.caller, domain)
        store.find(session, asking.caller, kind_in("ann_tag").table, given.tag_id)
        here = (TagLink.tag_id == given.tag_id) & (TagLink.domain_id == domain.id)
        if session.scalar(select(TagLink.id).where(here)):
            raise Conflict("The object already has this tag")
        row = TagLink(
            id=next_ids(session, 1)[0],
            created_ms=now_ms(),
            tag_id=given.tag_id,
            domain_class=name,
            domain_id=domain.id,
        )
        session.add(row)
        session.flush()
        view = _view(row)
    return _written("Add", view)


@router.get(_ONE)
def fetch_tag_of_object(link_id: Id, asking: AskingOf) -> TagLinkView:
    """One tag of one object."""
    with asking.platform.sessions() as session:
        return _view(_find(session, asking.caller, link_id))


@router.delete(_ONE)
def untag_object(link_id: Id, asking: AskingOf) -> TagLinkWritten:
    """Take a tag from an object."""
    with asking.platform.writing(asking.caller) as session:
        row = _find(session, asking.caller, link_id)
        require_domain_change(session, asking.caller, Domain(row.domain_class, row.domain_id))
        view = _view(row)
        session.delete(row)
    return _written("Delete", view)


def _find(session: Session, caller: Caller, link_id: int) -> TagLink:
    row = session.get(TagLink, link_id)
    if row is None:
        raise NotFound(f"TagDomainAssociation {link_id} not found")
    try:
        find_domain(session, caller, Domain(row.domain_class, row.domain_id))
    except NotFound:
        raise NotFound(f"TagDomainAssociation {link_id} not found") from None
    return row


def _view(row: TagLink) -> TagLinkView:
    return TagLinkView.of(row, tag_name=row.tag.name, **domain_fields(row))


def _written(verb: str, view: TagLinkView) -> TagLinkWritten:
    words = write_words("TagDomainAssociation", verb, view.id, key="tagdomainassociation")
    return TagLinkWritten.model_validate({**words, "tagdomainassociation": view, "shown": view})
