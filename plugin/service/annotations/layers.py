"""Layers of a project: whose annotations a caller may see in it."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from plugin.service.annotations.accounts import User
from plugin.service.annotations.callers import Caller
from plugin.service.annotations.kind import Condition
from plugin.service.annotations.kinds.project import Project
from plugin.service.annotations.membership import Member, is_manager


def layers(session: Session, caller: Caller, project: Project) -> Condition:
    """The condition that users fulfil whose layers the caller may see: members, but those who are hidden from him."""
    members = select(Member.user_id).where(Member.project_id == project.id)
    if is_manager(session, caller, project.id):
        return User.id.in_(members)
    if project.hide_users_layers:
        members = members.where(Member.is_manager)
    if project.hide_admins_layers:
        members = members.where(Member.is_manager.is_(False))
    return or_(User.id == caller.user_id, User.id.in_(members))


def users_of_layers(session: Session, caller: Caller, project: Project) -> Sequence[User]:
    """Those users, oldest first."""
    return session.scalars(select(User).where(layers(session, caller, project)).order_by(User.id)).all()
