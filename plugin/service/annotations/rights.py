"""What a caller may see and change.

Administrators: everything. Everyone else: the projects they are members of with all that is in them, the ontologies
of those projects, and what they made themselves. Guests change nothing. What may not be seen does not exist (404).
"""

from collections.abc import Callable
from typing import Final

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session

from plugin.service.annotations import tables as t
from plugin.service.annotations.callers import Caller
from plugin.service.errors import Forbidden

Condition = ColumnElement[bool]


def visible(table: type[t.Entity], caller: Caller) -> Condition:
    """The condition that rows of a table fulfil when the caller may see them."""
    return true() if caller.is_admin else _VISIBLE[table](caller.user_id)


def _projects(user: int) -> Condition:
    return t.Project.id.in_(select(t.Member.project_id).where(t.Member.user_id == user))


def _of_projects(column: ColumnElement[int]) -> Callable[[int], Condition]:
    return lambda user: column.in_(select(t.Member.project_id).where(t.Member.user_id == user))


def _ontologies(user: int) -> Condition:
    used = select(t.Project.ontology_id).where(_projects(user), t.Project.ontology_id.is_not(None))
    return or_(t.Ontology.user_id == user, t.Ontology.id.in_(used))


def _terms(user: int) -> Condition:
    return t.Term.ontology_id.in_(select(t.Ontology.id).where(_ontologies(user)))


def _images(user: int) -> Condition:
    shown = select(t.ImageInstance.base_image_id).where(_of_projects(t.ImageInstance.project_id)(user))  # type: ignore[arg-type]
    return or_(t.AbstractImage.user_id == user, t.AbstractImage.id.in_(shown))


def _users(user: int) -> Condition:
    together = select(t.Member.project_id).where(t.Member.user_id == user)
    return or_(t.User.id == user, t.User.id.in_(select(t.Member.user_id).where(t.Member.project_id.in_(together))))


def _files(user: int) -> Condition:
    own = select(t.Storage.id).where(t.Storage.user_id == user)
    return or_(t.UploadedFile.user_id == user, t.UploadedFile.storage_id.in_(own))


def _tags(user: int) -> Condition:
    projects = select(t.Member.project_id).where(t.Member.user_id == user)
    domains = (
        projects,
        select(t.ImageInstance.id).where(t.ImageInstance.project_id.in_(projects)),
        select(t.Annotation.id).where(t.Annotation.project_id.in_(projects)),
    )
    used = select(t.TagLink.tag_id).where(or_(*(t.TagLink.domain_id.in_(domain) for domain in domains)))
    return or_(t.Tag.user_id == user, t.Tag.id.in_(used))


_VISIBLE: Final[dict[type[t.Entity], Callable[[int], Condition]]] = {
    t.User: _users,
    t.Ontology: _ontologies,
    t.Term: _terms,
    t.RelationTerm: lambda user: t.RelationTerm.term1_id.in_(select(t.Term.id).where(_terms(user))),
    t.Project: _projects,
    t.Storage: lambda user: t.Storage.user_id == user,
    t.UploadedFile: _files,
    t.AbstractImage: _images,
    t.AbstractSlice: lambda user: t.AbstractSlice.image_id.in_(select(t.AbstractImage.id).where(_images(user))),
    t.ImageInstance: _of_projects(t.ImageInstance.project_id),  # type: ignore[arg-type]
    t.SliceInstance: _of_projects(t.SliceInstance.project_id),  # type: ignore[arg-type]
    t.Annotation: _of_projects(t.Annotation.project_id),  # type: ignore[arg-type]
    t.Track: _of_projects(t.Track.project_id),  # type: ignore[arg-type]
    t.Tag: _tags,
}


def require_change(session: Session, caller: Caller, entity: t.Entity) -> None:
    """Raise Forbidden unless the caller, who sees the object, may change or delete it."""
    if not caller.may_write or not (caller.is_admin or _may_change(session, caller, entity)):
        raise Forbidden("You may look at it, but not change it")
    if isinstance(entity, t.User) and entity.is_configured:
        raise Forbidden("This user is set in the configuration and changed there")


def require_creation(session: Session, caller: Caller, entity: t.Entity) -> None:
    """Raise Forbidden unless the caller, who sees all it refers to, may add the object."""
    if not caller.may_write or not (caller.is_admin or _may_create(session, caller, entity)):
        raise Forbidden("You may not add this")


def is_manager(session: Session, caller: Caller, project_id: int) -> bool:
    """Whether the caller manages a project."""
    return caller.is_admin or _member(session, caller, project_id) is True


def may_annotate(session: Session, caller: Caller, project_id: int) -> bool:
    """Whether the caller may add to a project: members, unless it is closed or read-only."""
    manages = True if caller.is_admin else _member(session, caller, project_id)
    if manages is None or not caller.may_write:
        return False
    project = session.get_one(t.Project, project_id)
    return manages or not (project.is_closed or project.mode == "READ_ONLY")


def _member(session: Session, caller: Caller, project_id: int) -> bool | None:
    """Whether a member manages the project; None for those who are no members."""
    condition = (t.Member.project_id == project_id) & (t.Member.user_id == caller.user_id)
    return session.scalar(select(t.Member.is_manager).where(condition))


def _manages_ontology(session: Session, caller: Caller, ontology_id: int) -> bool:
    if session.scalar(select(t.Ontology.user_id).where(t.Ontology.id == ontology_id)) == caller.user_id:
        return True
    managed = (
        select(t.Project.id)
        .join(t.Member, t.Member.project_id == t.Project.id)
        .where(t.Project.ontology_id == ontology_id, t.Member.user_id == caller.user_id, t.Member.is_manager)
    )
    return session.scalar(managed.limit(1)) is not None


def _may_change(session: Session, caller: Caller, entity: t.Entity) -> bool:
    match entity:
        case t.Project():
            return is_manager(session, caller, entity.id)
        case t.ImageInstance() | t.Annotation():
            own = entity.user_id == caller.user_id and may_annotate(session, caller, entity.project_id)
            return own or is_manager(session, caller, entity.project_id)
        case t.SliceInstance() | t.Track():
            return may_annotate(session, caller, entity.project_id)
        case t.Term():
            return _manages_ontology(session, caller, entity.ontology_id)
        case t.RelationTerm():
            return _manages_ontology(session, caller, session.get_one(t.Term, entity.term1_id).ontology_id)
        case t.AbstractSlice():
            return session.get_one(t.AbstractImage, entity.image_id).user_id == caller.user_id
        case t.Ontology() | t.Storage() | t.UploadedFile() | t.AbstractImage() | t.Tag():
            return entity.user_id == caller.user_id
        case _:
            return False


def _may_create(session: Session, caller: Caller, entity: t.Entity) -> bool:
    match entity:
        case t.User():
            return False
        case t.ImageInstance() | t.SliceInstance() | t.Annotation() | t.Track():
            return may_annotate(session, caller, entity.project_id)
        case t.Term() | t.RelationTerm() | t.AbstractSlice():
            return _may_change(session, caller, entity)
        case t.Storage() | t.UploadedFile():
            return entity.user_id == caller.user_id
        case t.Project() | t.Ontology() | t.AbstractImage() | t.Tag():
            return True
        case _:
            return False
