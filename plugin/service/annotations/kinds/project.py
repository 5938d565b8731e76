"""Projects: images, their annotations and the people who work on them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field
from sqlalchemy import BigInteger, ForeignKey, String, func, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column, relationship

from plugin.service.annotations.accounts import User
from plugin.service.annotations.callers import Caller
from plugin.service.annotations.entity import NAME_LENGTH, Entity, refers_to
from plugin.service.annotations.fields import Identifier, Identifiers, Name, Truth
from plugin.service.annotations.kind import Condition, Kind, everyone
from plugin.service.annotations.kind_routers import routes_of
from plugin.service.annotations.membership import Member, is_manager, membership, projects_of
from plugin.service.annotations.requests import Viewing
from plugin.service.annotations.shapes import Given, View
from plugin.service.annotations.state import next_ids
from plugin.service.errors import Conflict, NotFound

if TYPE_CHECKING:
    from plugin.service.annotations.kinds.annotation import Annotation
    from plugin.service.annotations.kinds.annotation_term import AnnotationTerm
    from plugin.service.annotations.kinds.image_instance import ImageInstance
    from plugin.service.annotations.kinds.ontology import Ontology

_Mode = Literal["CLASSIC", "RESTRICTED", "READ_ONLY"]


class Project(Entity):
    """Images, their annotations and the people who work on them."""

    __tablename__ = "ann_project"

    name: Mapped[str] = mapped_column(String(NAME_LENGTH), unique=True)
    ontology_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("ann_ontology.id"), index=True)
    user_id: Mapped[int] = refers_to("ann_user.id")
    mode: Mapped[str] = mapped_column(String(16), default="CLASSIC")
    blind_mode: Mapped[bool] = mapped_column(default=False)
    is_closed: Mapped[bool] = mapped_column(default=False)
    hide_users_layers: Mapped[bool] = mapped_column(default=False)
    hide_admins_layers: Mapped[bool] = mapped_column(default=False)

    ontology: Mapped["Ontology | None"] = relationship(viewonly=True)
    images: Mapped[list["ImageInstance"]] = relationship(viewonly=True)
    annotations: Mapped[list["Annotation"]] = relationship(viewonly=True)
    reviewed_annotations: Mapped[list["Annotation"]] = relationship(
        primaryjoin="and_(Annotation.project_id == Project.id, Annotation.reviewed)", viewonly=True
    )
    labels: Mapped[list["AnnotationTerm"]] = relationship(secondary="ann_annotation", viewonly=True)
    members: Mapped[list[Member]] = relationship(viewonly=True)


class _ProjectFields(Given):
    ontology_id: Identifier | None = None
    mode: _Mode | None = None
    blind_mode: Truth | None = None
    is_closed: Truth | None = None
    hide_users_layers: Truth | None = None
    hide_admins_layers: Truth | None = None


class NewProject(_ProjectFields):
    """A project to add, and who works on it beside its maker: ``users``, and ``admins`` who manage it."""

    name: Name
    users: Identifiers = Field(default_factory=list)
    admins: Identifiers = Field(default_factory=list)


class ProjectChange(_ProjectFields):
    """What changes of a project."""

    name: Name | None = None


class ProjectView(View):
    """A project, and how much is in it."""

    name: str
    ontology_id: int | None
    ontology_name: str | None
    user_id: int
    mode: str
    blind_mode: bool
    is_closed: bool
    hide_users_layers: bool
    hide_admins_layers: bool
    is_read_only: bool
    is_restricted: bool
    number_of_images: int
    number_of_slides: int
    number_of_annotations: int
    number_of_job_annotations: int = 0
    number_of_reviewed_annotations: int
    members_count: int
    retrieval_projects: list[int] = Field(default_factory=list)
    retrieval_disable: bool = True
    retrieval_all_ontology: bool = False


def _views(viewing: Viewing, projects: Sequence[Project]) -> list[ProjectView]:
    def count(what: InstrumentedAttribute[Any]) -> Mapping[int, int]:
        here = Project.id.in_([project.id for project in projects])
        query = select(Project.id, func.count()).join(what).where(here).group_by(Project.id)
        return {project_id: number for project_id, number in viewing.session.execute(query)}

    images, members = count(Project.images), count(Project.members)
    annotations, reviewed = count(Project.annotations), count(Project.reviewed_annotations)
    return [
        ProjectView.of(
            project,
            java_class=PROJECT.java_class,
            ontology_name=project.ontology.name if project.ontology else None,
            is_read_only=project.mode == "READ_ONLY",
            is_restricted=project.mode == "RESTRICTED",
            number_of_images=images.get(project.id, 0),
            number_of_slides=images.get(project.id, 0),
            number_of_annotations=annotations.get(project.id, 0),
            number_of_reviewed_annotations=reviewed.get(project.id, 0),
            members_count=members.get(project.id, 0),
        )
        for project in projects
    ]


def may_annotate(session: Session, caller: Caller, project_id: int) -> bool:
    """Whether the caller may add to a project: members, unless it is closed or read-only."""
    if caller.is_admin:
        return True
    member = membership(session, project_id, caller.user_id)
    if member is None or not caller.may_write:
        return False
    project = session.get_one(Project, project_id)
    return member.is_manager or not (project.is_closed or project.mode == "READ_ONLY")


def blind_projects(session: Session, caller: Caller) -> frozenset[int]:
    """Ids of the projects in which the caller may not know the names of images."""
    if caller.is_admin:
        return frozenset()
    unmanaged = projects_of(caller.user_id).where(Member.is_manager.is_(False))
    return frozenset(session.scalars(select(Project.id).where(Project.blind_mode, Project.id.in_(unmanaged))))


def _visible(user_id: int) -> Condition:
    return Project.id.in_(projects_of(user_id))


def _may_change(session: Session, caller: Caller, project: Project) -> bool:
    return is_manager(session, caller, project.id)


def _add_people(session: Session, caller: Caller, project: Project, given: NewProject) -> None:
    managers = dict.fromkeys((caller.user_id, *given.admins))
    for user_id in dict.fromkeys((*managers, *given.users)):
        if session.get(User, user_id) is None:
            raise NotFound(f"User {user_id} not found")
        identifier = next_ids(session, 1)[0]
        session.add(Member(id=identifier, project_id=project.id, user_id=user_id, is_manager=user_id in managers))


def _keep_ontology_in_use(session: Session, project: Project, values: Mapping[str, object]) -> None:
    if values.get("ontology_id", project.ontology_id) == project.ontology_id:
        return
    labelled = select(Project.id).where(Project.id == project.id, Project.labels.any())
    if session.scalar(labelled) is not None:
        raise Conflict(f"Annotations of project {project.id} have terms of its ontology")


PROJECT = Kind(
    label="Project",
    package="project",
    table=Project,
    new=NewProject,
    change=ProjectChange,
    shown=ProjectView,
    views=_views,
    visible=_visible,
    may_add=everyone,
    may_change=_may_change,
    after_adding=_add_people,
    before_change=_keep_ontology_in_use,
    parents={"ontology": Project.ontology_id},
)
router = routes_of(PROJECT)
