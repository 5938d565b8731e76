"""Users, as those who may come in see each other. The table lies with what proves who they are."""

import secrets
from collections.abc import Sequence
from typing import Literal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, object_session

from plugin.service.annotations.accounts import Storage, User, UserRole
from plugin.service.annotations.callers import ROLE_IDS, Caller
from plugin.service.annotations.fields import Name, OptionalName
from plugin.service.annotations.kind import Condition, Kind, kind_in, nobody
from plugin.service.annotations.kind_routers import routes_of
from plugin.service.annotations.membership import Member, projects_of
from plugin.service.annotations.requests import Viewing
from plugin.service.annotations.shapes import Given, View
from plugin.service.annotations.state import give_storage, next_ids
from plugin.service.config import Role

_Language = Literal["EN", "FR", "NL", "ES", "NO"]


class NewUser(Given):
    """A user to add."""

    username: Name
    firstname: OptionalName | None = None
    lastname: OptionalName | None = None
    email: OptionalName | None = None
    language: _Language | None = None


class UserChange(Given):
    """What changes of a user."""

    username: Name | None = None
    firstname: OptionalName | None = None
    lastname: OptionalName | None = None
    email: OptionalName | None = None
    language: _Language | None = None


class UserView(View):
    """A user; never the private key."""

    username: str
    firstname: str
    lastname: str
    email: str
    language: str
    name: str
    algo: bool = False
    enabled: bool
    origin: Literal["CONFIGURATION", "API"]
    admin: bool
    user: bool
    guest: bool


def _views(viewing: Viewing, users: Sequence[User]) -> list[UserView]:
    roles: dict[int, set[int]] = {}
    given = select(UserRole.user_id, UserRole.role_id).where(UserRole.user_id.in_([user.id for user in users]))
    for user_id, role_id in viewing.session.execute(given):
        roles.setdefault(user_id, set()).add(role_id)
    return [_view(user, roles.get(user.id, set())) for user in users]


def _view(user: User, roles: set[int]) -> UserView:
    is_admin, is_user = ROLE_IDS[Role.ADMIN] in roles, ROLE_IDS[Role.USER] in roles
    return UserView.of(
        user,
        java_class=USER.java_class,
        name=user.username,
        enabled=user.is_enabled,
        origin="CONFIGURATION" if user.is_configured else "API",
        admin=is_admin,
        user=is_user and not is_admin,
        guest=not is_admin and not is_user,
    )


def _visible(user_id: int) -> Condition:
    fellows = select(Member.user_id).where(Member.project_id.in_(projects_of(user_id)))
    return or_(User.id == user_id, User.id.in_(fellows))


def _with_keys(session: Session, user: User) -> None:
    user.public_key, user.private_key = secrets.token_hex(16), secrets.token_hex(32)


def _settle(session: Session, caller: Caller, user: User, given: NewUser) -> None:
    session.add(UserRole(id=next_ids(session, 1)[0], user_id=user.id, role_id=ROLE_IDS[Role.USER]))
    give_storage(session, user)


def _remove_empty_storages(user: User) -> None:
    """One that holds files keeps its user."""
    session = object_session(user)
    assert session is not None, "what is removed was found in one"
    uploaded_file = kind_in("ann_uploaded_file").table
    for storage in session.scalars(select(Storage).where(Storage.user_id == user.id)):
        if session.scalar(select(uploaded_file.id).where(uploaded_file.storage_id == storage.id).limit(1)) is None:
            session.delete(storage)
    session.flush()


USER = Kind(
    label="User",
    package="security",
    table=User,
    new=NewUser,
    change=UserChange,
    shown=UserView,
    views=_views,
    visible=_visible,
    may_add=nobody,
    may_change=nobody,
    complete=_with_keys,
    after_adding=_settle,
    before_removal=_remove_empty_storages,
    filters={"publicKey": User.public_key},
    unrecorded=("online",),
)
router = routes_of(USER)
