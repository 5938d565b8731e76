"""Members of projects. The table lies below everything whose rights depend on it."""

from pydantic import BaseModel
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from plugin.service.annotations import store
from plugin.service.annotations.accounts import User
from plugin.service.annotations.callers import Caller
from plugin.service.annotations.kind_routers import listed_in, protocol_router
from plugin.service.annotations.kinds.ontology import Ontology
from plugin.service.annotations.kinds.project import Project, ProjectView
from plugin.service.annotations.kinds.user import UserView
from plugin.service.annotations.layers import layers
from plugin.service.annotations.membership import Member, is_manager, membership
from plugin.service.annotations.requests import Asking, AskingOf, Id, PageOf
from plugin.service.annotations.shapes import Listing, Written, write_words
from plugin.service.annotations.state import next_ids
from plugin.service.errors import Conflict, Forbidden, NotFound


class MemberView(BaseModel):
    """Who joined which project, or left it."""

    id: int
    user: int
    project: int


class MemberWritten(Written):
    """Somebody joined a project, left it, or manages it from now on."""

    projectmember: MemberView


router = protocol_router()


@router.post("/api/project/{project_id}/user/{user_id}.json")
def add_member(project_id: Id, user_id: Id, asking: AskingOf) -> MemberWritten:
    """Let a user work on a project."""
    return _set_member(project_id, user_id, asking, manages=None)


@router.post("/api/project/{project_id}/user/{user_id}/admin.json")
def add_manager(project_id: Id, user_id: Id, asking: AskingOf) -> MemberWritten:
    """Let a user manage a project."""
    return _set_member(project_id, user_id, asking, manages=True)


@router.delete("/api/project/{project_id}/user/{user_id}/admin.json")
def remove_manager(project_id: Id, user_id: Id, asking: AskingOf) -> MemberWritten:
    """A manager becomes a plain member."""
    return _set_member(project_id, user_id, asking, manages=False)


@router.delete("/api/project/{project_id}/user/{user_id}.json")
def remove_member(project_id: Id, user_id: Id, asking: AskingOf) -> MemberWritten:
    """Take a user off a project. What the user annotated stays."""
    with asking.platform.writing(asking.caller) as session:
        _require_manager(session, asking.caller, project_id)
        member = membership(session, project_id, user_id)
        if member is None:
            raise NotFound(f"User {user_id} is no member of project {project_id}")
        _keep_a_manager(session, member)
        session.delete(member)
    return _written(project_id, user_id, "Delete")


def _set_member(project_id: int, user_id: int, asking: Asking, *, manages: bool | None) -> MemberWritten:
    """Add a member, or change whether one manages; None leaves that as it is."""
    with asking.platform.writing(asking.caller) as session:
        _require_manager(session, asking.caller, project_id)
        # A manager adds people by id and need not see them before.
        if session.get(User, user_id) is None:
            raise NotFound(f"User {user_id} not found")
        member = membership(session, project_id, user_id)
        if member is None:
            if manages is False:
                raise NotFound(f"User {user_id} is no member of project {project_id}")
            member = Member(id=next_ids(session, 1)[0], project_id=project_id, user_id=user_id, is_manager=False)
            session.add(member)
        if manages is False:
            _keep_a_manager(session, member)
        if manages is not None:
            member.is_manager = manages
    return _written(project_id, user_id, "Add")


def _require_manager(session: Session, caller: Caller, project_id: int) -> None:
    store.find(session, caller, Project, project_id)
    if not (caller.may_write and is_manager(session, caller, project_id)):
        raise Forbidden("Only managers of the project change its members")


def _keep_a_manager(session: Session, member: Member) -> None:
    managers = select(Member.id).where(Member.project_id == member.project_id, Member.is_manager)
    if member.is_manager and len(session.scalars(managers).all()) == 1:
        raise Conflict("A project keeps at least one manager")


def _written(project_id: int, user_id: int, verb: str) -> MemberWritten:
    words = write_words("ProjectMember", verb, user_id, key="projectmember")
    view = MemberView(id=user_id, user=user_id, project=project_id)
    return MemberWritten.model_validate({**words, "projectmember": view})


# -- who works with whom -----------------------------------------------------------------------------------------


@router.get("/api/project/{project_id}/user.json")
def users_of_project(project_id: Id, asking: AskingOf, page: PageOf) -> Listing[UserView]:
    """Members of a project."""
    with asking.platform.sessions() as session:
        store.find(session, asking.caller, Project, project_id)
        members = select(Member.user_id).where(Member.project_id == project_id)
        return listed_in(session, asking, page, User, User.id.in_(members))


@router.get("/api/project/{project_id}/admin.json")
def managers_of_project(project_id: Id, asking: AskingOf, page: PageOf) -> Listing[UserView]:
    """Managers of a project."""
    with asking.platform.sessions() as session:
        store.find(session, asking.caller, Project, project_id)
        managers = select(Member.user_id).where(Member.project_id == project_id, Member.is_manager)
        return listed_in(session, asking, page, User, User.id.in_(managers))


@router.get("/api/project/{project_id}/creator.json")
def creator_of_project(project_id: Id, asking: AskingOf, page: PageOf) -> Listing[UserView]:
    """Who made a project."""
    with asking.platform.sessions() as session:
        project = store.find(session, asking.caller, Project, project_id)
        return listed_in(session, asking, page, User, User.id == project.user_id)


@router.get("/api/project/{project_id}/userlayer.json")
def layers_of_project(project_id: Id, asking: AskingOf, page: PageOf) -> Listing[UserView]:
    """Members whose annotations the caller may see in a project."""
    with asking.platform.sessions() as session:
        project = store.find(session, asking.caller, Project, project_id)
        return listed_in(session, asking, page, User, layers(session, asking.caller, project))


@router.get("/api/ontology/{ontology_id}/user.json")
def users_of_ontology(ontology_id: Id, asking: AskingOf, page: PageOf) -> Listing[UserView]:
    """The maker of an ontology and the members of the projects that use it."""
    with asking.platform.sessions() as session:
        ontology = store.find(session, asking.caller, Ontology, ontology_id)
        projects = select(Project.id).where(Project.ontology_id == ontology_id)
        members = select(Member.user_id).where(Member.project_id.in_(projects))
        return listed_in(session, asking, page, User, or_(User.id == ontology.user_id, User.id.in_(members)))


@router.get("/api/user/{user_id}/project.json")
def projects_of_user(user_id: Id, asking: AskingOf, page: PageOf) -> Listing[ProjectView]:
    """Projects that both the user and the caller are members of."""
    with asking.platform.sessions() as session:
        store.find(session, asking.caller, User, user_id)
        own = select(Member.project_id).where(Member.user_id == user_id)
        return listed_in(session, asking, page, Project, Project.id.in_(own))
