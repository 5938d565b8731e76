"""Users, their roles and keys, and the session of the caller."""

from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ophtha_core import __version__
from plugin.service.annotations import store
from plugin.service.annotations import tables as t
from plugin.service.annotations.callers import ROLE_IDS, Caller, CallerOf, identify_if_possible
from plugin.service.annotations.fields import identifier, text
from plugin.service.annotations.requests import BaseUrlOf, Id, JsonOf, PageOf, one_object
from plugin.service.annotations.resources import RESOURCES
from plugin.service.annotations.state import PlatformOf, next_ids
from plugin.service.annotations.views import Viewer
from plugin.service.annotations.wire import Json, JsonAnswer, ProtocolRoute, date, listing, written
from plugin.service.errors import BadRequest, Conflict, Forbidden, NotFound, Unauthorized

router = APIRouter(tags=["annotations"], route_class=ProtocolRoute)

USER = RESOURCES["user"]
_ROLE_CLASS = "be.cytomine.security.SecRole"
_AUTHORITIES = {ROLE_IDS[role]: f"ROLE_{role.value.upper()}" for role in ROLE_IDS}


@router.get("/server/ping")
def ping(caller: Annotated[Caller | None, Depends(identify_if_possible)], base_url: BaseUrlOf) -> JsonAnswer:
    """Whether the service is there, and knows who asks. The only route that answers strangers."""
    return JsonAnswer(
        {
            "alive": True,
            "authenticated": caller is not None,
            "version": __version__,
            "serverURL": base_url,
            "user": caller.user_id if caller else None,
        }
    )


@router.get("/session/admin/open.json")
@router.get("/session/admin/close.json")
def admin_session(caller: CallerOf, platform: PlatformOf, base_url: BaseUrlOf) -> JsonAnswer:
    """Administrators act as such in every request: opening and closing changes nothing."""
    if not caller.is_admin:
        raise Forbidden("Only administrators open an administrator's session")
    return current_user(caller, platform, base_url)


@router.get("/api/user/current.json")
@router.get("/api/currentuser.json")
def current_user(caller: CallerOf, platform: PlatformOf, base_url: BaseUrlOf) -> JsonAnswer:
    """The caller, with keys when the request was signed with them."""
    with platform.sessions() as session:
        view = dict(Viewer(session, base_url).one(USER, store.find(session, caller, USER, caller.user_id)))
    view |= {
        "publicKey": caller.public_key,
        "isSwitched": False,
        "adminByNow": view["admin"],
        "userByNow": view["user"],
        "guestByNow": view["guest"],
    }
    if caller.is_signed:
        view["privateKey"] = caller.private_key
    return JsonAnswer(view)


@router.get("/api/user/{object_id}/keys.json")
def keys_of_user(object_id: Id, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
    """Keys of a user: one's own, or anyone's for administrators."""
    with platform.sessions() as session:
        return _keys(caller, session.get(t.User, object_id))


@router.get("/api/userkey/{public_key}/keys.json")
def keys_of_public_key(public_key: str, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
    """Both keys of the owner of a public key: one's own, or anyone's for administrators."""
    with platform.sessions() as session:
        return _keys(caller, session.scalar(select(t.User).where(t.User.public_key == text(public_key, "key"))))


def _keys(caller: Caller, user: t.User | None) -> JsonAnswer:
    if user is None or not (caller.is_admin or user.id == caller.user_id):
        raise NotFound("There are no such keys")
    if not caller.is_signed:
        raise Unauthorized("Sign the request to see keys")
    if user.is_configured and user.id != caller.user_id:
        raise Forbidden("The keys of this user are in the configuration")
    return JsonAnswer({"primaryKey": user.id, "publicKey": user.public_key, "privateKey": user.private_key})


@router.get("/api/signature.json")
def signature(caller: CallerOf) -> JsonAnswer:
    """Who signed this request."""
    if not caller.is_signed:
        raise Unauthorized("Sign the request")
    return JsonAnswer({"publicKey": caller.public_key, "user": caller.user_id, "valid": True})


# -- users of a project or an ontology ---------------------------------------------------------------------------


@router.get("/api/project/{project_id}/user.json")
def users_of_project(
    project_id: Id, caller: CallerOf, platform: PlatformOf, page: PageOf, base_url: BaseUrlOf
) -> JsonAnswer:
    """Members of a project."""
    return _members(project_id, caller, platform, page, base_url, managers_only=False)


@router.get("/api/project/{project_id}/admin.json")
def managers_of_project(
    project_id: Id, caller: CallerOf, platform: PlatformOf, page: PageOf, base_url: BaseUrlOf
) -> JsonAnswer:
    """Managers of a project."""
    return _members(project_id, caller, platform, page, base_url, managers_only=True)


@router.get("/api/ontology/{ontology_id}/user.json")
def users_of_ontology(
    ontology_id: Id, caller: CallerOf, platform: PlatformOf, page: PageOf, base_url: BaseUrlOf
) -> JsonAnswer:
    """The maker of an ontology and the members of the projects that use it."""
    with platform.sessions() as session:
        ontology = store.find(session, caller, RESOURCES["ontology"], ontology_id)
        members = (
            select(t.Member.user_id)
            .join(t.Project, t.Project.id == t.Member.project_id)
            .where(t.Project.ontology_id == ontology_id)
        )
        assert isinstance(ontology, t.Ontology)
        condition = or_(t.User.id == ontology.user_id, t.User.id.in_(members))
        found, size = store.page(session, caller, USER, condition, offset=page.offset, limit=page.limit)
        views = Viewer(session, base_url).many(USER, found)
    return JsonAnswer(listing(views, offset=page.offset, per_page=page.limit, size=size))


def _members(
    project_id: int, caller: Caller, platform: PlatformOf, page: PageOf, base_url: str, *, managers_only: bool
) -> JsonAnswer:
    with platform.sessions() as session:
        store.find(session, caller, RESOURCES["project"], project_id)
        members = select(t.Member.user_id).where(t.Member.project_id == project_id)
        if managers_only:
            members = members.where(t.Member.is_manager)
        condition = t.User.id.in_(members)
        found, size = store.page(session, caller, USER, condition, offset=page.offset, limit=page.limit)
        views = Viewer(session, base_url).many(USER, found)
    return JsonAnswer(listing(views, offset=page.offset, per_page=page.limit, size=size))


# -- roles -------------------------------------------------------------------------------------------------------


def _role_view(role_id: int) -> Json:
    return {"class": _ROLE_CLASS, "id": role_id, "authority": _AUTHORITIES[role_id]}


@router.get("/api/role.json")
def roles(caller: CallerOf) -> JsonAnswer:
    """The three roles."""
    return JsonAnswer(
        listing([_role_view(each) for each in _AUTHORITIES], offset=0, per_page=0, size=len(_AUTHORITIES))
    )


@router.get("/api/role/{role_id}.json")
def role(role_id: Id, caller: CallerOf) -> JsonAnswer:
    """One role."""
    if role_id not in _AUTHORITIES:
        raise NotFound(f"Role {role_id} not found")
    return JsonAnswer(_role_view(role_id))


def _user_role_view(user_role: t.UserRole) -> Json:
    return {
        "class": "be.cytomine.security.SecUserSecRole",
        "id": user_role.id,
        "created": date(user_role.created_ms),
        "updated": date(user_role.updated_ms),
        "user": user_role.user_id,
        "role": user_role.role_id,
        "authority": _AUTHORITIES[user_role.role_id],
    }


@router.get("/api/user/{user_id}/role.json")
def roles_of_user(user_id: Id, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
    """Roles of a user."""
    with platform.sessions() as session:
        store.find(session, caller, USER, user_id)
        found = session.scalars(select(t.UserRole).where(t.UserRole.user_id == user_id).order_by(t.UserRole.role_id))
        views = [_user_role_view(each) for each in found]
    return JsonAnswer(listing(views, offset=0, per_page=0, size=len(views)))


@router.get("/api/user/{user_id}/role/{role_id}.json")
def role_of_user(user_id: Id, role_id: Id, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
    """A role of a user."""
    with platform.sessions() as session:
        store.find(session, caller, USER, user_id)
        return JsonAnswer(_user_role_view(_user_role(session, user_id, role_id)))


@router.post("/api/user/{user_id}/role.json")
def give_role(user_id: Id, caller: CallerOf, platform: PlatformOf, body: JsonOf) -> JsonAnswer:
    """Give a user a role."""
    role_id = identifier(one_object(body).get("role"), "role")
    if role_id not in _AUTHORITIES:
        raise BadRequest(f"Role {role_id} not found")
    with platform.writing(caller) as session:
        _require_role_change(session, caller, user_id)
        known = select(t.UserRole.id).where(t.UserRole.user_id == user_id, t.UserRole.role_id == role_id)
        if session.scalar(known) is not None:
            raise Conflict(f"User {user_id} already has role {role_id}")
        given = t.UserRole(id=next_ids(session, 1)[0], created_ms=t.now_ms(), user_id=user_id, role_id=role_id)
        session.add(given)
        view = _user_role_view(given)
    return JsonAnswer(written("secusersecrole", "SecUserSecRole", "Add", view))


@router.delete("/api/user/{user_id}/role/{role_id}.json")
def take_role(user_id: Id, role_id: Id, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
    """Take a role from a user."""
    with platform.writing(caller) as session:
        _require_role_change(session, caller, user_id)
        taken = _user_role(session, user_id, role_id)
        view = _user_role_view(taken)
        session.delete(taken)
    return JsonAnswer(written("secusersecrole", "SecUserSecRole", "Delete", view))


def _require_role_change(session: Session, caller: Caller, user_id: int) -> None:
    user = store.find(session, caller, USER, user_id)
    assert isinstance(user, t.User)
    if not caller.is_admin:
        raise Forbidden("Only administrators change roles")
    if user.is_configured:
        raise Forbidden("The role of this user is set in the configuration")


def _user_role(session: Session, user_id: int, role_id: int) -> t.UserRole:
    query = select(t.UserRole).where(t.UserRole.user_id == user_id, t.UserRole.role_id == role_id)
    found = session.scalar(query)
    if found is None:
        raise NotFound(f"User {user_id} has no role {role_id}")
    return found
