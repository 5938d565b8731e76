"""Who works on which project, and who manages it."""

from sqlalchemy import Select, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from plugin.service.annotations.callers import Caller
from plugin.service.annotations.entity import Entity, owned_by


class Member(Entity):
    """Who works on a project, and who manages it."""

    __tablename__ = "ann_member"
    __table_args__ = (UniqueConstraint("project_id", "user_id"),)

    project_id: Mapped[int] = owned_by("ann_project.id")
    user_id: Mapped[int] = owned_by("ann_user.id")
    is_manager: Mapped[bool] = mapped_column(default=False)


def projects_of(user_id: int) -> Select[int]:
    """Ids of the projects that a user works on."""
    return select(Member.project_id).where(Member.user_id == user_id)


def membership(session: Session, project_id: int, user_id: int) -> Member | None:
    """What makes a user a member of a project."""
    return session.scalar(select(Member).where(Member.project_id == project_id, Member.user_id == user_id))


def is_manager(session: Session, caller: Caller, project_id: int) -> bool:
    """Whether the caller manages a project; administrators manage every one."""
    if caller.is_admin:
        return True
    member = membership(session, project_id, caller.user_id)
    return member is not None and member.is_manager
