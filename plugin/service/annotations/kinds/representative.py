"""Representatives of projects: whom to ask about one."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query
from sqlalchemy import UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session

from plugin.service.annotations import store
from plugin.service.annotations.accounts import User
from plugin.service.annotations.callers import Caller
from plugin.service.annotations.entity import Entity, owned_by
from plugin.service.annotations.fields import Identifier
from plugin.service.annotations.kind import Condition, Kind
from plugin.service.annotations.kind_routers import answer_model, listed_in, routes_in_project, written
from plugin.service.annotations.kinds.project import Project
from plugin.service.annotations.kinds.user import UserView
from plugin.service.annotations.membership import is_manager, membership, projects_of
from plugin.service.annotations.requests import AskingOf, Id, PageOf, Viewing
from plugin.service.annotations.shapes import Given, Listing, View, Written
from plugin.service.errors import Conflict, NotFound


class Representative(Entity):
    """A member of a project who speaks for it."""

    __tablename__ = "ann_representative"
    __table_args__ = (UniqueConstraint("project_id", "user_id"),)

    project_id: Mapped[int] = owned_by("ann_project.id")
    user_id: Mapped[int] = owned_by("ann_user.id")


class NewRepresentative(Given):
    """A member who is to speak for a project."""

    project_id: Identifier
    user_id: Identifier


class RepresentativeView(View):
    """A member who speaks for a project."""

    project_id: int
    user_id: int


def _views(viewing: Viewing, rows: Sequence[Representative]) -> list[RepresentativeView]:
    return [RepresentativeView.of(row, java_class=REPRESENTATIVE.java_class) for row in rows]


def _visible(user_id: int) -> Condition:
    return Representative.project_id.in_(projects_of(user_id))


def _may_change(session: Session, caller: Caller, row: Representative) -> bool:
    return is_manager(session, caller, row.project_id)


def _require_member(session: Session, row: Representative) -> None:
    if membership(session, row.project_id, row.user_id) is None:
        raise Conflict(f"User {row.user_id} is no member of project {row.project_id}")


REPRESENTATIVE = Kind(
    label="ProjectRepresentativeUser",
    package="project",
    table=Representative,
    new=NewRepresentative,
    change=Given,
    shown=RepresentativeView,
    views=_views,
    visible=_visible,
    may_add=_may_change,
    may_change=_may_change,
    complete=_require_member,
)
router = routes_in_project(REPRESENTATIVE, "representative", Representative.project_id)


@router.get("/api/project/{project_id}/users/representative.json")
def users_who_represent(project_id: Id, asking: AskingOf, page: PageOf) -> Listing[UserView]:
    """The users who speak for a project."""
    with asking.platform.sessions() as session:
        store.find(session, asking.caller, Project, project_id)
        speaking = select(Representative.user_id).where(Representative.project_id == project_id)
        return listed_in(session, asking, page, User, User.id.in_(speaking))


@router.delete("/api/project/{project_id}/representative.json", response_model=answer_model(REPRESENTATIVE))
def delete_representative_by_user(
    project_id: Id, asking: AskingOf, user_id: Annotated[int, Query(alias="user", ge=1)]
) -> Written:
    """A user speaks for a project no longer."""
    with asking.platform.writing(asking.caller) as session:
        store.find(session, asking.caller, Project, project_id)
        here = (Representative.project_id == project_id) & (Representative.user_id == user_id)
        row = session.scalar(select(Representative).where(here))
        if row is None:
            raise NotFound(f"User {user_id} does not represent project {project_id}")
        view = REPRESENTATIVE.view(asking.viewing(session), row)
        store.remove(session, asking.caller, Representative, row.id)
    return written(REPRESENTATIVE, "Delete", view)
