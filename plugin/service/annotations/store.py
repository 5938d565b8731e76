"""Find, add, change and delete objects of any declared kind, within the caller's rights."""

from collections.abc import Mapping, Sequence
from typing import cast

from sqlalchemy import Select, delete, func, literal, select
from sqlalchemy.orm import Session

from ophtha_core.errors import InvalidInput
from plugin.service.annotations import tables as t
from plugin.service.annotations.callers import Caller
from plugin.service.annotations.consequences import after_adding, prepare
from plugin.service.annotations.fields import identifiers
from plugin.service.annotations.resources import RESOURCES, Resource
from plugin.service.annotations.rights import Condition, require_change, require_creation, visible
from plugin.service.annotations.state import next_ids
from plugin.service.annotations.wire import Json
from plugin.service.errors import Conflict, Forbidden, NotFound


def find(session: Session, caller: Caller, resource: Resource, identifier: int) -> t.Entity:
    """An object the caller may see. Raises NotFound."""
    table = resource.table
    entity = session.scalar(select(table).where(table.id == identifier, visible(table, caller)))
    if entity is None:
        raise NotFound(f"{resource.label} {identifier} not found")
    return entity


def page(
    session: Session, caller: Caller, resource: Resource, *conditions: Condition, offset: int, limit: int
) -> tuple[Sequence[t.Entity], int]:
    """Objects the caller may see, oldest first, and how many there are; ``limit`` 0 means all."""
    table = resource.table
    seen = (visible(table, caller), *conditions)
    size = session.scalar(select(func.count()).select_from(table).where(*seen)) or 0
    query = select(table).where(*seen).order_by(table.id).offset(offset)
    return session.scalars(query.limit(limit) if limit else query).all(), size


def read_filters(resource: Resource, query: Mapping[str, str]) -> list[Condition]:
    """Conditions that a listing's query names. Raises InvalidInput."""
    for name in resource.unrecorded:
        if query.get(name):
            raise InvalidInput(name, "is not recorded by this server")
    return [
        getattr(resource.table, field.column) == field.parse(query[field.name], field.name)
        for field in resource.filters
        if query.get(field.name)
    ]


def add(session: Session, caller: Caller, resource: Resource, body: Json) -> t.Entity:
    """Add an object. Raises InvalidInput, NotFound (of what it refers to), Forbidden, Conflict."""
    values = {**resource.defaults, **_read(session, caller, resource, body, adding=True)}
    if resource.filled_in is not None:
        values.setdefault(resource.filled_in, caller.user_id)
    entity = resource.table(id=next_ids(session, 1)[0], created_ms=t.now_ms(), **values)
    _fill_in(session, entity)
    prepare(entity)
    require_creation(session, caller, entity)
    _refuse_duplicates(session, resource, entity)
    session.add(entity)
    session.flush()
    after_adding(session, caller, entity)
    _add_named(session, caller, entity, body)
    return entity


def change(session: Session, caller: Caller, resource: Resource, identifier: int, body: Json) -> t.Entity:
    """Change what the body names. Raises InvalidInput, NotFound, Forbidden, Conflict."""
    entity = find(session, caller, resource, identifier)
    require_change(session, caller, entity)
    values = _read(session, caller, resource, body, adding=False)
    _refuse_new_owner(caller, entity, values)
    if isinstance(entity, t.Project) and values.get("ontology_id", entity.ontology_id) != entity.ontology_id:
        _refuse_while_labelled(session, entity)
    for column, value in values.items():
        setattr(entity, column, value)
    with session.no_autoflush:
        _refuse_duplicates(session, resource, entity)
    entity.updated_ms = t.now_ms()
    session.flush()
    return entity


def remove(session: Session, caller: Caller, resource: Resource, identifier: int) -> t.Entity:
    """Delete an object with everything that belongs to it. Raises NotFound, Forbidden, Conflict."""
    entity = find(session, caller, resource, identifier)
    require_change(session, caller, entity)
    _refuse_while_used(session, entity)
    for table in (t.Property, t.Description, t.TagLink, t.AttachedFile):
        for domain in (select(literal(identifier)), *_parts_of(entity)):
            session.execute(delete(table).where(table.domain_id.in_(domain)))
    session.delete(entity)
    session.flush()
    return entity


def _parts_of(entity: t.Entity) -> list[Select[int]]:
    """Ids of what disappears with an object."""
    match entity:
        case t.Project():
            parts = (t.ImageInstance, t.SliceInstance, t.Annotation, t.Track)
            return [select(table.id).where(table.project_id == entity.id) for table in parts]
        case t.ImageInstance():
            own = (t.SliceInstance, t.Annotation, t.Track)
            return [select(table.id).where(table.image_id == entity.id) for table in own]
        case t.SliceInstance():
            return [select(t.Annotation.id).where(t.Annotation.slice_id == entity.id)]
        case t.AbstractImage():
            return [select(t.AbstractSlice.id).where(t.AbstractSlice.image_id == entity.id)]
        case t.Ontology():
            return [select(t.Term.id).where(t.Term.ontology_id == entity.id)]
        case _:
            return []


def _add_named(session: Session, caller: Caller, entity: t.Entity, body: Json) -> None:
    """What clients name in a new object and is kept beside it: people of a project, the parent of a term."""
    if isinstance(entity, t.Project):
        managers = identifiers(body.get("admins") or [], "admins")
        members = identifiers(body.get("users") or [], "users")
        for user_id in dict.fromkeys((*managers, *members)):
            if session.get(t.User, user_id) is None:
                raise NotFound(f"User {user_id} not found")
            if user_id != caller.user_id:
                is_manager = user_id in managers
                identifier = next_ids(session, 1)[0]
                session.add(t.Member(id=identifier, project_id=entity.id, user_id=user_id, is_manager=is_manager))
        session.flush()
    if isinstance(entity, t.Term) and body.get("parent") is not None:
        add(session, caller, RESOURCES["relationterm"], {"term1": body["parent"], "term2": entity.id})


def _refuse_while_labelled(session: Session, project: t.Project) -> None:
    used = select(t.AnnotationTerm.id).join(t.Annotation, t.Annotation.id == t.AnnotationTerm.annotation_id)
    if session.scalar(used.where(t.Annotation.project_id == project.id).limit(1)) is not None:
        raise Conflict(f"Annotations of project {project.id} have terms of its ontology")


def _read(session: Session, caller: Caller, resource: Resource, body: Json, *, adding: bool) -> dict[str, object]:
    """Columns and values of a body; fields it does not name, or names as null, are left out."""
    values: dict[str, object] = {}
    for field in resource.fields:
        given = next((body[name] for name in (field.name, *field.aliases) if body.get(name) is not None), None)
        if given is None:
            if adding and field.required:
                raise InvalidInput(field.name, "is missing")
            continue
        if field.fixed and not adding:
            continue
        value = field.parse(given, field.name)
        if field.refers_to is not None:
            find(session, caller, RESOURCES[field.refers_to], cast("int", value))
        values[field.column] = value
    return values


def _fill_in(session: Session, entity: t.Entity) -> None:
    """Columns that follow from others."""
    if isinstance(entity, (t.Track, t.SliceInstance)):
        entity.project_id = session.get_one(t.ImageInstance, entity.image_id).project_id
    if isinstance(entity, t.SliceInstance):
        base = session.get_one(t.AbstractSlice, entity.base_slice_id)
        if base.image_id != session.get_one(t.ImageInstance, entity.image_id).base_image_id:
            raise InvalidInput("baseSlice", "belongs to another image")
    if isinstance(entity, t.RelationTerm):
        first, second = (session.get_one(t.Term, each) for each in (entity.term1_id, entity.term2_id))
        if first.ontology_id != second.ontology_id or first.id == second.id:
            raise InvalidInput("term2", "must be another term of the same ontology")


def _refuse_new_owner(caller: Caller, entity: t.Entity, values: Mapping[str, object]) -> None:
    if "user_id" in values and values["user_id"] != getattr(entity, "user_id", None) and not caller.is_admin:
        raise Forbidden("Only administrators give objects to another user")


def _refuse_duplicates(session: Session, resource: Resource, entity: t.Entity) -> None:
    for columns in resource.unique:
        same = [getattr(resource.table, column) == getattr(entity, column) for column in columns]
        if session.scalar(select(resource.table.id).where(*same, resource.table.id != entity.id).limit(1)):
            named = [field.name for field in resource.fields if field.column in columns]
            raise Conflict(f"{resource.label} with this {' and '.join(named)} already exists")


def _refuse_while_used(session: Session, entity: t.Entity) -> None:
    uses: list[tuple[str, Condition]] = []
    match entity:
        case t.Ontology():
            terms = select(t.Term.id).where(t.Term.ontology_id == entity.id)
            uses = [
                ("a project", t.Project.ontology_id == entity.id),
                ("an annotation", t.AnnotationTerm.term_id.in_(terms)),
            ]
        case t.Term():
            uses = [("an annotation", t.AnnotationTerm.term_id == entity.id)]
        case t.AbstractImage():
            if entity.orthanc_series is not None:
                raise Forbidden("The image is in Orthanc and deleted there")
            uses = [("a project", t.ImageInstance.base_image_id == entity.id)]
        case t.Storage():
            uses = [("an uploaded file", t.UploadedFile.storage_id == entity.id)]
        case t.User():
            uses = [
                (f"{table.__tablename__.removeprefix('ann_').replace('_', ' ')}s", table.user_id == entity.id)
                for table in (
                    t.Ontology, t.Project, t.Storage, t.UploadedFile, t.AbstractImage, t.ImageInstance, t.Annotation,
                    t.AnnotationTerm, t.Tag,
                )
            ]  # fmt: skip
    for what, condition in uses:
        if session.scalar(select(func.count()).where(condition)):
            raise Conflict(f"{type(entity).__name__} {entity.id} is still used by {what}")
