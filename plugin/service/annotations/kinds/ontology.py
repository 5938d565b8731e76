"""Ontologies: named sets of terms."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from sqlalchemy import String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship, selectinload

from plugin.service.annotations.callers import Caller
from plugin.service.annotations.entity import NAME_LENGTH, Entity, refers_to
from plugin.service.annotations.fields import Name
from plugin.service.annotations.kind import Condition, Kind, everyone, owns
from plugin.service.annotations.kind_routers import routes_of
from plugin.service.annotations.kinds.project import Project
from plugin.service.annotations.membership import Member, projects_of
from plugin.service.annotations.requests import Viewing
from plugin.service.annotations.shapes import Given, View
from plugin.service.annotations.wire import PACKAGE

if TYPE_CHECKING:
    from plugin.service.annotations.kinds.term import Term


class Ontology(Entity):
    """A named set of terms."""

    __tablename__ = "ann_ontology"

    name: Mapped[str] = mapped_column(String(NAME_LENGTH), unique=True)
    user_id: Mapped[int] = refers_to("ann_user.id")

    terms: Mapped[list["Term"]] = relationship(viewonly=True, order_by="Term.id")
    projects: Mapped[list[Project]] = relationship(viewonly=True, order_by=Project.id)


class NewOntology(Given):
    """An ontology to add."""

    name: Name


class OntologyChange(Given):
    """What changes of an ontology."""

    name: Name | None = None


class TreeNode(BaseModel):
    """What widgets that show trees want to know of an object."""

    id: int
    type: str


class TermNode(BaseModel):
    """A term in the tree of its ontology."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    id: int
    name: str
    title: str
    key: int
    color: str
    java_class: str = Field(alias="class", default=f"{PACKAGE}.ontology.Term")
    is_folder: bool = False
    hide_checkbox: bool = False
    data: str
    attr: TreeNode
    children: list[int] = Field(default_factory=list)


class OntologyView(View):
    """An ontology with its terms, as a tree."""

    name: str
    user_id: int
    title: str
    attr: TreeNode
    data: str
    is_folder: bool = True
    key: int
    hide_checkbox: bool = True
    state: str = "open"
    number_of_projects: int
    children: list[TermNode]


def _views(viewing: Viewing, ontologies: Sequence[Ontology]) -> list[OntologyView]:
    ids = [ontology.id for ontology in ontologies]
    fresh = select(Ontology).where(Ontology.id.in_(ids)).execution_options(populate_existing=True)
    viewing.session.scalars(fresh.options(selectinload(Ontology.terms), selectinload(Ontology.projects))).all()
    return [
        OntologyView.of(
            ontology,
            java_class=ONTOLOGY.java_class,
            title=ontology.name,
            attr=TreeNode(id=ontology.id, type=ONTOLOGY.java_class),
            data=ontology.name,
            key=ontology.id,
            number_of_projects=len(ontology.projects),
            children=[_node(term) for term in ontology.terms],
        )
        for ontology in ontologies
    ]


def _node(term: "Term") -> TermNode:
    attr = TreeNode(id=term.id, type=f"{PACKAGE}.ontology.Term")
    return TermNode(
        id=term.id, name=term.name, title=term.name, key=term.id, color=term.color, data=term.name, attr=attr
    )


def manages_ontology(session: Session, caller: Caller, ontology_id: int) -> bool:
    """Whether the caller made an ontology, or manages a project that uses it."""
    if session.scalar(select(Ontology.user_id).where(Ontology.id == ontology_id)) == caller.user_id:
        return True
    managed = (
        select(Project.id)
        .join(Project.members)
        .where(Project.ontology_id == ontology_id, Member.user_id == caller.user_id, Member.is_manager)
    )
    return session.scalar(managed.limit(1)) is not None


def visible_ontologies(user_id: int) -> Condition:
    """Ontologies of a user and of the projects that the user works on."""
    used = select(Project.ontology_id).where(Project.id.in_(projects_of(user_id)), Project.ontology_id.is_not(None))
    return or_(Ontology.user_id == user_id, Ontology.id.in_(used))


ONTOLOGY = Kind(
    label="Ontology",
    package="ontology",
    table=Ontology,
    new=NewOntology,
    change=OntologyChange,
    shown=OntologyView,
    views=_views,
    visible=visible_ontologies,
    may_add=everyone,
    may_change=owns,
)
router = routes_of(ONTOLOGY)
