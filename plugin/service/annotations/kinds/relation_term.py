"""Relations of terms: one is the parent of another."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends
from sqlalchemy import UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session

from ophtha_core.errors import InvalidInput
from plugin.service.annotations import store
from plugin.service.annotations.callers import Caller
from plugin.service.annotations.entity import Entity, owned_by
from plugin.service.annotations.fields import Identifier
from plugin.service.annotations.kind import Condition, Kind
from plugin.service.annotations.kind_routers import answer_model, protocol_router, written
from plugin.service.annotations.kinds.ontology import manages_ontology
from plugin.service.annotations.kinds.term import Term, visible_terms
from plugin.service.annotations.requests import AskingOf, Id, JsonBody, Viewing
from plugin.service.annotations.rights import visible
from plugin.service.annotations.shapes import Given, View, Written
from plugin.service.errors import NotFound


class RelationTerm(Entity):
    """``term1`` is the parent of ``term2``."""

    __tablename__ = "ann_relation_term"
    __table_args__ = (UniqueConstraint("term1_id", "term2_id"),)

    term1_id: Mapped[int] = owned_by("ann_term.id")
    term2_id: Mapped[int] = owned_by("ann_term.id")


class NewRelationTerm(Given):
    """A term and its parent."""

    term1_id: Identifier
    term2_id: Identifier


class RelationTermView(View):
    """A term and its parent."""

    term1_id: int
    term2_id: int
    name: str = "parent"


def _views(viewing: Viewing, relations: Sequence[RelationTerm]) -> list[RelationTermView]:
    return [RelationTermView.of(each, java_class=RELATION_TERM.java_class) for each in relations]


def _visible(user_id: int) -> Condition:
    return RelationTerm.term1_id.in_(select(Term.id).where(visible_terms(user_id)))


def _may_change(session: Session, caller: Caller, relation: RelationTerm) -> bool:
    return manages_ontology(session, caller, session.get_one(Term, relation.term1_id).ontology_id)


def _require_one_ontology(session: Session, relation: RelationTerm) -> None:
    first, second = (session.get_one(Term, each) for each in (relation.term1_id, relation.term2_id))
    if first.ontology_id != second.ontology_id or first.id == second.id:
        raise InvalidInput("term2", "must be another term of the same ontology")


RELATION_TERM = Kind(
    label="RelationTerm",
    package="ontology",
    table=RelationTerm,
    new=NewRelationTerm,
    change=Given,
    shown=RelationTermView,
    views=_views,
    visible=_visible,
    may_add=_may_change,
    may_change=_may_change,
    complete=_require_one_ontology,
)
router = protocol_router()
_PAIR = "/api/relation/parent/term1/{parent_id}/term2/{child_id}.json"


@router.post("/api/relation/parent/term.json", response_model=answer_model(RELATION_TERM))
def add_relation(asking: AskingOf, given: Annotated[NewRelationTerm, Depends(JsonBody(NewRelationTerm))]) -> Written:
    """Make one term the parent of another."""
    with asking.platform.writing(asking.caller) as session:
        relation = store.add(session, asking.caller, RELATION_TERM, given)
        view = RELATION_TERM.view(asking.viewing(session), relation)
    return written(RELATION_TERM, "Add", view)


@router.get(_PAIR)
def fetch_relation(parent_id: Id, child_id: Id, asking: AskingOf) -> RelationTermView:
    """Whether a term is the parent of another."""
    with asking.platform.sessions() as session:
        relation = _relation(session, asking.caller, parent_id, child_id)
        return RELATION_TERM.view(asking.viewing(session), relation)


@router.delete(_PAIR, response_model=answer_model(RELATION_TERM))
def delete_relation(parent_id: Id, child_id: Id, asking: AskingOf) -> Written:
    """A term is no longer the parent of another."""
    with asking.platform.writing(asking.caller) as session:
        relation = _relation(session, asking.caller, parent_id, child_id)
        view = RELATION_TERM.view(asking.viewing(session), relation)
        store.remove(session, asking.caller, RelationTerm, relation.id)
    return written(RELATION_TERM, "Delete", view)


def _relation(session: Session, caller: Caller, parent_id: int, child_id: int) -> RelationTerm:
    here = (RelationTerm.term1_id == parent_id) & (RelationTerm.term2_id == child_id)
    found = session.scalar(select(RelationTerm).where(here, visible(RelationTerm, caller)))
    if found is None:
        raise NotFound(f"Term {parent_id} is no parent of term {child_id}")
    return found
