"""Roles of users: three fixed ones. The table lies with what proves who users are."""

from typing import Annotated, Final

from fastapi import Depends
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.service.annotations import store
from plugin.service.annotations.accounts import User, UserRole
from plugin.service.annotations.callers import ROLE_IDS, Caller, CallerOf
from plugin.service.annotations.entity import now_ms
from plugin.service.annotations.fields import Identifier
from plugin.service.annotations.kind_routers import protocol_router
from plugin.service.annotations.requests import AskingOf, Id, JsonBody, Page
from plugin.service.annotations.shapes import Given, Listing, View, Written, listing_of, write_words
from plugin.service.annotations.state import next_ids
from plugin.service.annotations.wire import PACKAGE
from plugin.service.errors import BadRequest, Conflict, Forbidden, NotFound

_AUTHORITIES: Final = {ROLE_IDS[role]: f"ROLE_{role.value.upper()}" for role in ROLE_IDS}
_ALL: Final = Page(offset=0, limit=0)


class RoleView(BaseModel):
    """One of the three roles."""

    java_class: str = Field(default=f"{PACKAGE}.security.SecRole", serialization_alias="class")
    id: int
    authority: str


class NewUserRole(Given):
    """A role to give."""

    role_id: Identifier


class UserRoleView(View):
    """A role of a user."""

    java_class: str = f"{PACKAGE}.security.SecUserSecRole"
    user_id: int
    role_id: int
    authority: str


class UserRoleWritten(Written):
    """A role that a user got, or lost."""

    secusersecrole: UserRoleView


router = protocol_router()


@router.get("/api/role.json")
def roles(caller: CallerOf) -> Listing[RoleView]:
    """The three roles."""
    views = [RoleView(id=role_id, authority=name) for role_id, name in _AUTHORITIES.items()]
    return listing_of(views, page=_ALL, size=len(views))


@router.get("/api/role/{role_id}.json")
def role(role_id: Id, caller: CallerOf) -> RoleView:
    """One role."""
    if role_id not in _AUTHORITIES:
        raise NotFound(f"Role {role_id} not found")
    return RoleView(id=role_id, authority=_AUTHORITIES[role_id])


@router.get("/api/user/{user_id}/role.json")
def roles_of_user(user_id: Id, asking: AskingOf) -> Listing[UserRoleView]:
    """Roles of a user."""
    with asking.platform.sessions() as session:
        store.find(session, asking.caller, User, user_id)
        found = session.scalars(select(UserRole).where(UserRole.user_id == user_id).order_by(UserRole.role_id))
        views = [_view(each) for each in found]
    return listing_of(views, page=_ALL, size=len(views))


@router.get("/api/user/{user_id}/role/{role_id}.json")
def role_of_user(user_id: Id, role_id: Id, asking: AskingOf) -> UserRoleView:
    """A role of a user."""
    with asking.platform.sessions() as session:
        store.find(session, asking.caller, User, user_id)
        return _view(_find(session, user_id, role_id))


@router.post("/api/user/{user_id}/role.json")
def give_role(
    user_id: Id, asking: AskingOf, given: Annotated[NewUserRole, Depends(JsonBody(NewUserRole))]
) -> UserRoleWritten:
    """Give a user a role."""
    if given.role_id not in _AUTHORITIES:
        raise BadRequest(f"Role {given.role_id} not found")
    with asking.platform.writing(asking.caller) as session:
        _require_change(session, asking.caller, user_id)
        known = select(UserRole.id).where(UserRole.user_id == user_id, UserRole.role_id == given.role_id)
        if session.scalar(known) is not None:
            raise Conflict(f"User {user_id} already has role {given.role_id}")
        row = UserRole(id=next_ids(session, 1)[0], created_ms=now_ms(), user_id=user_id, role_id=given.role_id)
        session.add(row)
        view = _view(row)
    return _written("Add", view)


@router.delete("/api/user/{user_id}/role/{role_id}.json")
def take_role(user_id: Id, role_id: Id, asking: AskingOf) -> UserRoleWritten:
    """Take a role from a user."""
    with asking.platform.writing(asking.caller) as session:
        _require_change(session, asking.caller, user_id)
        taken = _find(session, user_id, role_id)
        view = _view(taken)
        session.delete(taken)
    return _written("Delete", view)


def _require_change(session: Session, caller: Caller, user_id: int) -> None:
    user = store.find(session, caller, User, user_id)
    if not caller.is_admin:
        raise Forbidden("Only administrators change roles")
    if user.is_configured:
        raise Forbidden("The role of this user is set in the configuration")


def _find(session: Session, user_id: int, role_id: int) -> UserRole:
    found = session.scalar(select(UserRole).where(UserRole.user_id == user_id, UserRole.role_id == role_id))
    if found is None:
        raise NotFound(f"User {user_id} has no role {role_id}")
    return found


def _view(row: UserRole) -> UserRoleView:
    return UserRoleView.of(row, authority=_AUTHORITIES[row.role_id])


def _written(verb: str, view: UserRoleView) -> UserRoleWritten:
    words = write_words("SecUserSecRole", verb, view.id, key="secusersecrole")
    return UserRoleWritten.model_validate({**words, "secusersecrole": view})
