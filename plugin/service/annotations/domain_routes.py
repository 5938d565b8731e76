"""What hangs on any object: properties, a description, tags, small files."""

from typing import Final, cast

from fastapi import APIRouter
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.service.annotations import fields as f
from plugin.service.annotations import store
from plugin.service.annotations import tables as t
from plugin.service.annotations.callers import Caller, CallerOf
from plugin.service.annotations.requests import Id, JsonOf, PageOf, objects, one_object
from plugin.service.annotations.resources import DOMAINS, RESOURCES
from plugin.service.annotations.rights import may_annotate, require_change
from plugin.service.annotations.state import PlatformOf, next_ids
from plugin.service.annotations.wire import Json, JsonAnswer, ProtocolRoute, date, listing, written
from plugin.service.errors import Conflict, NotFound

router = APIRouter(tags=["annotations"], route_class=ProtocolRoute)

ON_DOMAIN: Final = "/api/domain/{domain_class}/{domain_id}"
# Clients leave "domain/" out for annotations.
_ON_ANNOTATION: Final = "/api/annotation/{domain_id}"


def domain_of(session: Session, caller: Caller, domain_class: str, domain_id: int) -> t.Entity:
    """The object things hang on. Raises NotFound."""
    resource = DOMAINS.get(domain_class)
    if resource is None:
        raise NotFound("There is no such class of objects")
    return store.find(session, caller, resource, domain_id)


def require_domain_change(session: Session, caller: Caller, domain_class: str, domain_id: int) -> str:
    """The full class name of an object that the caller may change."""
    domain = domain_of(session, caller, domain_class, domain_id)
    if not isinstance(domain, t.ImageInstance) or not may_annotate(session, caller, domain.project_id):
        require_change(session, caller, domain)
    return DOMAINS[domain_class].java_class


def domain_view(class_name: str, row: t.Entity) -> dict[str, object]:
    return {
        "class": f"be.cytomine.{class_name}",
        "id": row.id,
        "created": date(row.created_ms),
        "updated": date(row.updated_ms),
        "deleted": None,
        "domainClassName": row.domain_class,  # type: ignore[attr-defined]
        "domainIdent": row.domain_id,  # type: ignore[attr-defined]
    }


# -- properties --------------------------------------------------------------------------------------------------


def _property_view(row: t.Property) -> Json:
    return {**domain_view("meta.Property", row), "key": row.key, "value": row.value}


@router.get(ON_DOMAIN + "/property.json")
def properties(domain_class: str, domain_id: Id, caller: CallerOf, platform: PlatformOf, page: PageOf) -> JsonAnswer:
    """Properties of an object."""
    with platform.sessions() as session:
        domain_of(session, caller, domain_class, domain_id)
        here = t.Property.domain_id == domain_id
        size = session.scalar(select(func.count()).select_from(t.Property).where(here)) or 0
        query = select(t.Property).where(here).order_by(t.Property.id).offset(page.offset)
        views = [_property_view(row) for row in session.scalars(query.limit(page.limit) if page.limit else query)]
    return JsonAnswer(listing(views, offset=page.offset, per_page=page.limit, size=size))


@router.get(_ON_ANNOTATION + "/property.json")
def properties_of_annotation(domain_id: Id, caller: CallerOf, platform: PlatformOf, page: PageOf) -> JsonAnswer:
    """Properties of an annotation."""
    return properties("annotation", domain_id, caller, platform, page)


@router.post(ON_DOMAIN + "/property.json")
def add_property(domain_class: str, domain_id: Id, caller: CallerOf, platform: PlatformOf, body: JsonOf) -> JsonAnswer:
    """Add one property, or several."""
    with platform.writing(caller) as session:
        name = require_domain_change(session, caller, domain_class, domain_id)
        bodies = objects(body) if isinstance(body, list) else [one_object(body)]
        rows = [_new_property(session, name, domain_id, each) for each in bodies]
        views = [_property_view(row) for row in rows]
    if isinstance(body, list):
        return JsonAnswer({"message": f"{len(views)} properties added", "printMessage": True, "collection": views})
    return JsonAnswer(written("property", "Property", "Add", views[0]))


@router.post(_ON_ANNOTATION + "/property.json")
def add_property_of_annotation(domain_id: Id, caller: CallerOf, platform: PlatformOf, body: JsonOf) -> JsonAnswer:
    """Add a property to an annotation."""
    return add_property("annotation", domain_id, caller, platform, body)


def _new_property(session: Session, class_name: str, domain_id: int, body: Json) -> t.Property:
    row = t.Property(
        id=next_ids(session, 1)[0],
        created_ms=t.now_ms(),
        domain_class=class_name,
        domain_id=domain_id,
        key=_free_key(session, domain_id, body.get("key")),
        value=f.long_text(body.get("value"), "value"),
    )
    session.add(row)
    session.flush()
    return row


def _free_key(session: Session, domain_id: int, given: object, *, of: int | None = None) -> str:
    """A key that no other property of the object has. Raises InvalidInput, Conflict."""
    key = f.text(given, "key")
    owner = session.scalar(select(t.Property.id).where(t.Property.domain_id == domain_id, t.Property.key == key))
    if owner not in (None, of):
        raise Conflict("A property with this key already exists")
    return key


@router.get(ON_DOMAIN + "/key/{key}/property.json")
def property_by_key(domain_class: str, domain_id: Id, key: str, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
    """The property of an object with a key."""
    with platform.sessions() as session:
        domain_of(session, caller, domain_class, domain_id)
        named = t.Property.key == f.text(key, "key")
        row = session.scalar(select(t.Property).where(t.Property.domain_id == domain_id, named))
        if row is None:
            raise NotFound("The object has no property with this key")
        return JsonAnswer(_property_view(row))


@router.get(_ON_ANNOTATION + "/key/{key}/property.json")
def property_of_annotation_by_key(domain_id: Id, key: str, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
    """The property of an annotation with a key."""
    return property_by_key("annotation", domain_id, key, caller, platform)


@router.get(ON_DOMAIN + "/property/{property_id}.json")
def fetch_property(
    domain_class: str, domain_id: Id, property_id: Id, caller: CallerOf, platform: PlatformOf
) -> JsonAnswer:
    """One property."""
    with platform.sessions() as session:
        domain_of(session, caller, domain_class, domain_id)
        return JsonAnswer(_property_view(_property(session, domain_id, property_id)))


@router.get(_ON_ANNOTATION + "/property/{property_id}.json")
def fetch_property_of_annotation(domain_id: Id, property_id: Id, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
    """One property of an annotation."""
    return fetch_property("annotation", domain_id, property_id, caller, platform)


@router.put(ON_DOMAIN + "/property/{property_id}.json")
def change_property(
    domain_class: str, domain_id: Id, property_id: Id, caller: CallerOf, platform: PlatformOf, body: JsonOf
) -> JsonAnswer:
    """Change the value of a property, or its key."""
    given = one_object(body)
    with platform.writing(caller) as session:
        require_domain_change(session, caller, domain_class, domain_id)
        row = _property(session, domain_id, property_id)
        if given.get("key") is not None:
            row.key = _free_key(session, domain_id, given["key"], of=row.id)
        if given.get("value") is not None:
            row.value = f.long_text(given["value"], "value")
        row.updated_ms = t.now_ms()
        session.flush()
        view = _property_view(row)
    return JsonAnswer(written("property", "Property", "Edit", view))


@router.put(_ON_ANNOTATION + "/property/{property_id}.json")
def change_property_of_annotation(
    domain_id: Id, property_id: Id, caller: CallerOf, platform: PlatformOf, body: JsonOf
) -> JsonAnswer:
    """Change a property of an annotation."""
    return change_property("annotation", domain_id, property_id, caller, platform, body)


@router.delete(ON_DOMAIN + "/property/{property_id}.json")
def delete_property(
    domain_class: str, domain_id: Id, property_id: Id, caller: CallerOf, platform: PlatformOf
) -> JsonAnswer:
    """Remove a property."""
    with platform.writing(caller) as session:
        require_domain_change(session, caller, domain_class, domain_id)
        row = _property(session, domain_id, property_id)
        view = _property_view(row)
        session.delete(row)
    return JsonAnswer(written("property", "Property", "Delete", view))


@router.delete(_ON_ANNOTATION + "/property/{property_id}.json")
def delete_property_of_annotation(domain_id: Id, property_id: Id, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
    """Remove a property of an annotation."""
    return delete_property("annotation", domain_id, property_id, caller, platform)


def _property(session: Session, domain_id: int, property_id: int) -> t.Property:
    row = session.get(t.Property, property_id)
    if row is None or row.domain_id != domain_id:
        raise NotFound(f"Property {property_id} not found")
    return row


# -- description -------------------------------------------------------------------------------------------------


def _description_view(row: t.Description) -> Json:
    return {**domain_view("meta.Description", row), "data": row.data}


def _description(session: Session, domain_id: int) -> t.Description:
    row = session.scalar(select(t.Description).where(t.Description.domain_id == domain_id))
    if row is None:
        raise NotFound("The object has no description")
    return row


@router.get(ON_DOMAIN + "/description.json")
def fetch_description(domain_class: str, domain_id: Id, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
    """The description of an object."""
    with platform.sessions() as session:
        domain_of(session, caller, domain_class, domain_id)
        return JsonAnswer(_description_view(_description(session, domain_id)))


@router.post(ON_DOMAIN + "/description.json")
def add_description(
    domain_class: str, domain_id: Id, caller: CallerOf, platform: PlatformOf, body: JsonOf
) -> JsonAnswer:
    """Describe an object."""
    data = f.long_text(one_object(body).get("data"), "data")
    with platform.writing(caller) as session:
        name = require_domain_change(session, caller, domain_class, domain_id)
        if session.scalar(select(t.Description.id).where(t.Description.domain_id == domain_id)):
            raise Conflict("The object already has a description")
        row = t.Description(
            id=next_ids(session, 1)[0], created_ms=t.now_ms(), domain_class=name, domain_id=domain_id, data=data
        )
        session.add(row)
        view = _description_view(row)
    return JsonAnswer(written("description", "Description", "Add", view))


@router.put(ON_DOMAIN + "/description.json")
def change_description(
    domain_class: str, domain_id: Id, caller: CallerOf, platform: PlatformOf, body: JsonOf
) -> JsonAnswer:
    """Describe an object anew."""
    data = f.long_text(one_object(body).get("data"), "data")
    with platform.writing(caller) as session:
        require_domain_change(session, caller, domain_class, domain_id)
        row = _description(session, domain_id)
        row.data, row.updated_ms = data, t.now_ms()
        view = _description_view(row)
    return JsonAnswer(written("description", "Description", "Edit", view))


@router.delete(ON_DOMAIN + "/description.json")
def delete_description(domain_class: str, domain_id: Id, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
    """Remove the description of an object."""
    with platform.writing(caller) as session:
        require_domain_change(session, caller, domain_class, domain_id)
        row = _description(session, domain_id)
        view = _description_view(row)
        session.delete(row)
    return JsonAnswer(written("description", "Description", "Delete", view))


# -- tags --------------------------------------------------------------------------------------------------------


def _tag_view(row: t.TagLink, tag_name: str) -> Json:
    return {**domain_view("meta.TagDomainAssociation", row), "tag": row.tag_id, "tagName": tag_name}


@router.get(ON_DOMAIN + "/tag_domain_association.json")
def tags_of_object(domain_class: str, domain_id: Id, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
    """Tags of an object."""
    with platform.sessions() as session:
        domain_of(session, caller, domain_class, domain_id)
        query = select(t.TagLink, t.Tag.name).join(t.Tag, t.Tag.id == t.TagLink.tag_id)
        rows = session.execute(query.where(t.TagLink.domain_id == domain_id).order_by(t.TagLink.id))
        views = [_tag_view(link, name) for link, name in rows]
    return JsonAnswer(listing(views, offset=0, per_page=0, size=len(views)))


@router.post(ON_DOMAIN + "/tag_domain_association.json")
def tag_object(domain_class: str, domain_id: Id, caller: CallerOf, platform: PlatformOf, body: JsonOf) -> JsonAnswer:
    """Put a tag on an object."""
    tag_id = f.identifier(one_object(body).get("tag"), "tag")
    with platform.writing(caller) as session:
        name = require_domain_change(session, caller, domain_class, domain_id)
        tag = cast("t.Tag", store.find(session, caller, RESOURCES["tag"], tag_id))
        if session.scalar(select(t.TagLink.id).where(t.TagLink.tag_id == tag_id, t.TagLink.domain_id == domain_id)):
            raise Conflict("The object already has this tag")
        row = t.TagLink(
            id=next_ids(session, 1)[0], created_ms=t.now_ms(), tag_id=tag_id, domain_class=name, domain_id=domain_id
        )
        session.add(row)
        view = _tag_view(row, tag.name)
    return JsonAnswer(_tag_written("Add", view))


@router.get("/api/tag_domain_association/{link_id}.json")
def fetch_tag_of_object(link_id: Id, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
    """One tag of one object."""
    with platform.sessions() as session:
        row = _tag_link(session, caller, link_id)
        return JsonAnswer(_tag_view(row, session.get_one(t.Tag, row.tag_id).name))


@router.delete("/api/tag_domain_association/{link_id}.json")
def untag_object(link_id: Id, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
    """Take a tag from an object."""
    with platform.writing(caller) as session:
        row = _tag_link(session, caller, link_id)
        require_domain_change(session, caller, row.domain_class, row.domain_id)
        view = _tag_view(row, session.get_one(t.Tag, row.tag_id).name)
        session.delete(row)
    return JsonAnswer(_tag_written("Delete", view))


def _tag_written(verb: str, view: Json) -> Json:
    answer = written("tagdomainassociation", "TagDomainAssociation", verb, view)
    return {**answer, "tag_domain_association": view}


def _tag_link(session: Session, caller: Caller, link_id: int) -> t.TagLink:
    row = session.get(t.TagLink, link_id)
    if row is None:
        raise NotFound(f"TagDomainAssociation {link_id} not found")
    try:
        domain_of(session, caller, row.domain_class, row.domain_id)
    except NotFound:
        raise NotFound(f"TagDomainAssociation {link_id} not found") from None
    return row
