"""Terms: the classes of annotations."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from plugin.service.annotations import store
from plugin.service.annotations.callers import Caller
from plugin.service.annotations.entity import NAME_LENGTH, Entity, owned_by
from plugin.service.annotations.fields import Color, Identifier, LongText, Name
from plugin.service.annotations.kind import Condition, Kind, kind_in
from plugin.service.annotations.kind_routers import listed_in, routes_of
from plugin.service.annotations.kinds.ontology import Ontology, manages_ontology, visible_ontologies
from plugin.service.annotations.kinds.project import Project
from plugin.service.annotations.requests import AskingOf, Id, PageOf, Viewing
from plugin.service.annotations.shapes import Given, Listing, View

if TYPE_CHECKING:
    from plugin.service.annotations.kinds.relation_term import RelationTerm

DEFAULT_COLOR = "#ff0000"


class Term(Entity):
    """A class of annotations; ``color`` is ``#rrggbb``."""

    __tablename__ = "ann_term"
    __table_args__ = (UniqueConstraint("ontology_id", "name"),)

    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    comment: Mapped[str | None] = mapped_column(Text)
    color: Mapped[str] = mapped_column(String(7))
    ontology_id: Mapped[int] = owned_by("ann_ontology.id")

    parent_relations: Mapped[list["RelationTerm"]] = relationship(
        primaryjoin="Term.id == RelationTerm.term2_id", viewonly=True
    )


class NewTerm(Given):
    """A term to add; ``parent`` is another one of the ontology."""

    name: Name
    color: Color = DEFAULT_COLOR
    comment: LongText | None = None
    ontology_id: Identifier
    parent: Identifier | None = None


class TermChange(Given):
    """What changes of a term."""

    name: Name | None = None
    color: Color | None = None
    comment: LongText | None = None


class TermView(View):
    """A term."""

    name: str
    color: str
    comment: str | None
    ontology_id: int
    parent: int | None


def _views(viewing: Viewing, terms: Sequence[Term]) -> list[TermView]:
    relation = Term.parent_relations.property.mapper.class_
    here = relation.term2_id.in_([term.id for term in terms])
    parents = {
        child: parent
        for child, parent in viewing.session.execute(select(relation.term2_id, relation.term1_id).where(here))
    }
    return [TermView.of(term, java_class=TERM.java_class, parent=parents.get(term.id)) for term in terms]


def visible_terms(user_id: int) -> Condition:
    """Terms of the ontologies that a user may see."""
    return Term.ontology_id.in_(select(Ontology.id).where(visible_ontologies(user_id)))


def _may_change(session: Session, caller: Caller, term: Term) -> bool:
    return manages_ontology(session, caller, term.ontology_id)


def _add_parent(session: Session, caller: Caller, term: Term, given: NewTerm) -> None:
    if given.parent is not None:
        relation = kind_in("ann_relation_term")
        store.add(session, caller, relation, relation.new(term1=given.parent, term2=term.id))


TERM = Kind(
    label="Term",
    package="ontology",
    table=Term,
    new=NewTerm,
    change=TermChange,
    shown=TermView,
    views=_views,
    visible=visible_terms,
    may_add=_may_change,
    may_change=_may_change,
    after_adding=_add_parent,
    parents={"ontology": Term.ontology_id},
)
router = routes_of(TERM)


@router.get("/api/project/{project_id}/term.json")
def terms_of_project(project_id: Id, asking: AskingOf, page: PageOf) -> Listing[TermView]:
    """Terms of the project's ontology."""
    with asking.platform.sessions() as session:
        project = store.find(session, asking.caller, Project, project_id)
        return listed_in(session, asking, page, Term, Term.ontology_id == project.ontology_id)
