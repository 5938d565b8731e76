"""Terms of annotations, and who gave them."""

from collections.abc import Sequence

from sqlalchemy import UniqueConstraint, insert, select
from sqlalchemy.orm import Mapped, Session

from ophtha_core.errors import InvalidInput
from plugin.service.annotations import store
from plugin.service.annotations.callers import Caller
from plugin.service.annotations.entity import Entity, now_ms, owned_by, refers_to
from plugin.service.annotations.kind_routers import listed_in, protocol_router
from plugin.service.annotations.kinds.annotation import Annotation, require_annotating, withdraw_review
from plugin.service.annotations.kinds.project import Project
from plugin.service.annotations.kinds.term import Term, TermView
from plugin.service.annotations.requests import AskingOf, Id, PageOf
from plugin.service.annotations.rights import require_change
from plugin.service.annotations.shapes import Listing, View, Written, write_words
from plugin.service.annotations.state import next_ids
from plugin.service.annotations.wire import PACKAGE
from plugin.service.errors import Conflict, NotFound


class AnnotationTerm(Entity):
    """A term of an annotation, and who gave it."""

    __tablename__ = "ann_annotation_term"
    __table_args__ = (UniqueConstraint("annotation_id", "term_id"),)

    annotation_id: Mapped[int] = owned_by("ann_annotation.id")
    term_id: Mapped[int] = refers_to("ann_term.id")
    user_id: Mapped[int] = refers_to("ann_user.id")


class AnnotationTermView(View):
    """A term of an annotation."""

    java_class: str = f"{PACKAGE}.ontology.AnnotationTerm"
    annotation_ident: int
    userannotation: int
    term_id: int
    user_id: int


class AnnotationTermWritten(Written):
    """A term that an annotation got, or lost."""

    annotationterm: AnnotationTermView


def add_terms(session: Session, caller: Caller, pairs: Sequence[tuple[int, int]]) -> None:
    """Give annotations terms."""
    if not pairs:
        return
    rows = [
        {"id": each, "created_ms": now_ms(), "annotation_id": annotation, "term_id": term, "user_id": caller.user_id}
        for each, (annotation, term) in zip(next_ids(session, len(pairs)), pairs, strict=True)
    ]
    session.execute(insert(AnnotationTerm), rows)


router = protocol_router()
_LINK = "/api/annotation/{annotation_id}/term/{term_id}.json"


@router.get("/api/annotation/{annotation_id}/term.json")
def terms_of_annotation(annotation_id: Id, asking: AskingOf, page: PageOf) -> Listing[TermView]:
    """Terms of an annotation."""
    with asking.platform.sessions() as session:
        store.find(session, asking.caller, Annotation, annotation_id)
        given = select(AnnotationTerm.term_id).where(AnnotationTerm.annotation_id == annotation_id)
        return listed_in(session, asking, page, Term, Term.id.in_(given))


@router.get(_LINK)
def fetch_term_of_annotation(annotation_id: Id, term_id: Id, asking: AskingOf) -> AnnotationTermView:
    """Who gave an annotation a term, and when."""
    with asking.platform.sessions() as session:
        store.find(session, asking.caller, Annotation, annotation_id)
        return _view(_find(session, annotation_id, term_id))


@router.post(_LINK)
def add_term_to_annotation(annotation_id: Id, term_id: Id, asking: AskingOf) -> AnnotationTermWritten:
    """Give an annotation a term."""
    with asking.platform.writing(asking.caller) as session:
        annotation = store.find(session, asking.caller, Annotation, annotation_id)
        require_annotating(session, asking.caller, annotation)
        term = store.find(session, asking.caller, Term, term_id)
        if term.ontology_id != session.get_one(Project, annotation.project_id).ontology_id:
            raise InvalidInput("term", f"term {term_id} is not of the project's ontology")
        if _known(session, annotation_id, term_id) is not None:
            raise Conflict(f"Annotation {annotation_id} already has term {term_id}")
        withdraw_review(asking.caller, annotation)
        add_terms(session, asking.caller, [(annotation_id, term_id)])
        view = _view(_find(session, annotation_id, term_id))
    return _written("Add", view)


@router.delete(_LINK)
def delete_term_of_annotation(annotation_id: Id, term_id: Id, asking: AskingOf) -> AnnotationTermWritten:
    """Take a term from an annotation: one's own, or anybody's from an annotation that one may change."""
    with asking.platform.writing(asking.caller) as session:
        annotation = store.find(session, asking.caller, Annotation, annotation_id)
        link = _find(session, annotation_id, term_id)
        if link.user_id == asking.caller.user_id:
            require_annotating(session, asking.caller, annotation)
        else:
            require_change(session, asking.caller, annotation)
        withdraw_review(asking.caller, annotation)
        view = _view(link)
        session.delete(link)
    return _written("Delete", view)


def _known(session: Session, annotation_id: int, term_id: int) -> AnnotationTerm | None:
    here = (AnnotationTerm.annotation_id == annotation_id) & (AnnotationTerm.term_id == term_id)
    return session.scalar(select(AnnotationTerm).where(here))


def _find(session: Session, annotation_id: int, term_id: int) -> AnnotationTerm:
    found = _known(session, annotation_id, term_id)
    if found is None:
        raise NotFound(f"Annotation {annotation_id} has no term {term_id}")
    return found


def _view(link: AnnotationTerm) -> AnnotationTermView:
    return AnnotationTermView.of(link, annotation_ident=link.annotation_id, userannotation=link.annotation_id)


def _written(verb: str, view: AnnotationTermView) -> AnnotationTermWritten:
    words = write_words("AnnotationTerm", verb, view.id, key="annotationterm")
    return AnnotationTermWritten.model_validate({**words, "annotationterm": view})
