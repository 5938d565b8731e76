"""Statistics of projects: annotations by term, by user, by image, and over time. Hidden layers are not counted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, TypeVar

from fastapi import Depends, Query
from pydantic import AliasGenerator, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from sqlalchemy import ColumnElement, Select, distinct, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from plugin.service.annotations import store
from plugin.service.annotations.accounts import User
from plugin.service.annotations.entity import now_ms
from plugin.service.annotations.kind import Condition, kind_named
from plugin.service.annotations.kind_routers import protocol_router
from plugin.service.annotations.kinds.annotation import Annotation
from plugin.service.annotations.kinds.annotation_term import AnnotationTerm
from plugin.service.annotations.kinds.project import Project
from plugin.service.annotations.kinds.relation_term import RelationTerm
from plugin.service.annotations.kinds.term import Term
from plugin.service.annotations.layers import users_of_layers
from plugin.service.annotations.requests import Asking, AskingOf, Id, Page
from plugin.service.annotations.rights import visible
from plugin.service.annotations.shapes import Listing, listing_of
from plugin.service.errors import NotFound

router = protocol_router()
_ALL: Final = Page(offset=0, limit=0)
_DAY_MS: Final = 86_400_000
_MAX_PERIODS: Final = 10_000
_Stat = TypeVar("_Stat", bound=BaseModel)


class TermStat(BaseModel):
    """How many annotations, or images, have a term; ``key`` is its name. Without a term: id and key are null."""

    id: int | None
    key: str | None
    value: int
    color: str | None


class UserStat(BaseModel):
    """How many annotations a user made, or images a user annotated; ``key`` is the name."""

    id: int
    key: str
    username: str
    value: int


class TermOfUser(BaseModel):
    """How often a user gave a term."""

    id: int
    name: str
    color: str
    value: int


class UserTermStat(BaseModel):
    """How often a user gave each term; ``key`` is the user's name."""

    id: int
    key: str
    terms: list[TermOfUser]


class ImageTermStat(BaseModel):
    """How many annotations of an image have a term, or none (null)."""

    model_config = ConfigDict(alias_generator=AliasGenerator(serialization_alias=to_camel))

    image: int
    term: int | None
    count_annotations: int


class ProjectStat(BaseModel):
    """How many annotations of a project have a term; ``key`` is the project's name."""

    key: str
    value: int


class PeriodStat(BaseModel):
    """How many annotations were made in a period, or until its end; times in milliseconds since 1970."""

    model_config = ConfigDict(alias_generator=AliasGenerator(serialization_alias=to_camel))

    date: int
    end_date: int
    size: int


class Total(BaseModel):
    """How many there are."""

    total: int


@dataclass(frozen=True)
class Period:
    """From when to when annotations are counted, in milliseconds since 1970; None: without a bound."""

    start_ms: int | None
    end_ms: int | None

    def conditions(self, column: InstrumentedAttribute[int]) -> list[Condition]:
        later = [] if self.start_ms is None else [column > self.start_ms]
        return later if self.end_ms is None else [*later, column < self.end_ms]


def read_period(
    start_ms: Annotated[int | None, Query(alias="startDate", ge=0, lt=2**53)] = None,
    end_ms: Annotated[int | None, Query(alias="endDate", ge=0, lt=2**53)] = None,
) -> Period:
    return Period(start_ms, end_ms)


PeriodOf = Annotated[Period, Depends(read_period)]


# -- by term -----------------------------------------------------------------------------------------------------


@router.get("/api/project/{project_id}/stats/term.json")
def stats_by_term(
    project_id: Id, asking: AskingOf, period: PeriodOf, leafs_only: Annotated[bool, Query(alias="leafOnly")] = True
) -> Listing[TermStat]:
    """Annotations by term; of terms that have no terms below them, unless ``leafOnly`` is false."""
    with asking.platform.sessions() as session:
        project = store.find(session, asking.caller, Project, project_id)
        counted = _by_term(session, asking, project_id, period, func.count(Annotation.id))
        return _listed(_term_stats(session, project, counted, leafs_only=leafs_only))


@router.get("/api/project/{project_id}/stats/termslide.json")
def stats_of_images_by_term(project_id: Id, asking: AskingOf, period: PeriodOf) -> Listing[TermStat]:
    """Images that have annotations, by the terms of those."""
    with asking.platform.sessions() as session:
        project = store.find(session, asking.caller, Project, project_id)
        counted = _by_term(session, asking, project_id, period, func.count(distinct(Annotation.image_id)))
        return _listed(_term_stats(session, project, counted, leafs_only=False))


@router.get("/api/project/{project_id}/stats/termimage.json")
def stats_by_term_and_image(project_id: Id, asking: AskingOf, period: PeriodOf) -> Listing[ImageTermStat]:
    """Annotations by image and term."""
    with asking.platform.sessions() as session:
        store.find(session, asking.caller, Project, project_id)
        query = _labelled(asking, project_id, period, Annotation.image_id.expression)
        rows = session.execute(query.add_columns(AnnotationTerm.term_id, func.count(Annotation.id)).group_by(
            Annotation.image_id, AnnotationTerm.term_id
        ).order_by(Annotation.image_id, AnnotationTerm.term_id))  # fmt: skip
        return _listed([ImageTermStat(image=image, term=term, count_annotations=size) for image, term, size in rows])


@router.get("/api/term/{term_id}/project/stat.json")
def stats_of_term_by_project(term_id: Id, asking: AskingOf) -> Listing[ProjectStat]:
    """Annotations that have a term, by project."""
    with asking.platform.sessions() as session:
        term = store.find(session, asking.caller, Term, term_id)
        here = (Project.ontology_id == term.ontology_id) & visible(Project, asking.caller)
        projects = session.scalars(select(Project).where(here).order_by(Project.id)).all()
        seen = visible(Annotation, asking.caller)
        labelled = Annotation.id.in_(select(AnnotationTerm.annotation_id).where(AnnotationTerm.term_id == term_id))
        query = select(Annotation.project_id, func.count()).where(seen, labelled).group_by(Annotation.project_id)
        counted = {project_id: count for project_id, count in session.execute(query)}
        return _listed([ProjectStat(key=each.name, value=counted.get(each.id, 0)) for each in projects])


def _labelled(asking: Asking, project_id: int, period: Period, column: ColumnElement[int]) -> Select[int]:
    """Annotations of a project beside their terms; in a period: terms that were given in it."""
    joined = select(column).select_from(Annotation).outerjoin(
        AnnotationTerm, AnnotationTerm.annotation_id == Annotation.id
    )  # fmt: skip
    within = period.conditions(AnnotationTerm.created_ms)
    return joined.where(Annotation.project_id == project_id, visible(Annotation, asking.caller), *within)


def _by_term(
    session: Session, asking: Asking, project_id: int, period: Period, count: ColumnElement[int]
) -> Mapping[int | None, int]:
    query = _labelled(asking, project_id, period, AnnotationTerm.term_id.expression).add_columns(count)
    return {term: size for term, size in session.execute(query.group_by(AnnotationTerm.term_id))}


def _term_stats(
    session: Session, project: Project, counted: Mapping[int | None, int], *, leafs_only: bool
) -> list[TermStat]:
    query = select(Term).where(Term.ontology_id == project.ontology_id).order_by(Term.id)
    if leafs_only:
        query = query.where(Term.id.not_in(select(RelationTerm.term1_id)))
    stats = [
        TermStat(id=term.id, key=term.name, value=counted.get(term.id, 0), color=term.color)
        for term in session.scalars(query)
    ]
    return [*stats, TermStat(id=None, key=None, value=counted.get(None, 0), color=None)]


# -- by user -----------------------------------------------------------------------------------------------------


@router.get("/api/project/{project_id}/stats/user.json")
def stats_by_user(project_id: Id, asking: AskingOf, period: PeriodOf) -> Listing[UserStat]:
    """Annotations by who made them, of the layers the caller sees."""
    return _user_stats(project_id, asking, period, func.count(Annotation.id))


@router.get("/api/project/{project_id}/stats/userslide.json")
def stats_of_images_by_user(project_id: Id, asking: AskingOf, period: PeriodOf) -> Listing[UserStat]:
    """Images that somebody annotated, by who did."""
    return _user_stats(project_id, asking, period, func.count(distinct(Annotation.image_id)))


def _user_stats(project_id: int, asking: Asking, period: Period, count: ColumnElement[int]) -> Listing[UserStat]:
    with asking.platform.sessions() as session:
        project = store.find(session, asking.caller, Project, project_id)
        here = [Annotation.project_id == project_id, *period.conditions(Annotation.created_ms)]
        query = select(Annotation.user_id, count).where(*here).group_by(Annotation.user_id)
        counted = {user_id: count for user_id, count in session.execute(query)}
        return _listed(
            [
                UserStat(id=user.id, key=user.username, username=user.username, value=counted.get(user.id, 0))
                for user in users_of_layers(session, asking.caller, project)
            ]
        )


@router.get("/api/project/{project_id}/stats/userannotations.json")
def stats_of_terms_by_user(project_id: Id, asking: AskingOf) -> Listing[UserTermStat]:
    """How often each member gave each term."""
    with asking.platform.sessions() as session:
        project = store.find(session, asking.caller, Project, project_id)
        terms = session.scalars(select(Term).where(Term.ontology_id == project.ontology_id).order_by(Term.id)).all()
        given = (AnnotationTerm.user_id, AnnotationTerm.term_id)
        query = (
            select(*given, func.count())
            .join(Annotation, Annotation.id == AnnotationTerm.annotation_id)
            .where(Annotation.project_id == project_id, visible(Annotation, asking.caller))
            .group_by(*given)
        )
        counted = {(user, term): size for user, term, size in session.execute(query)}
        users = users_of_layers(session, asking.caller, project) if terms else []
        return _listed([_terms_of_user(user, terms, counted) for user in users])


def _terms_of_user(user: User, terms: Sequence[Term], counted: Mapping[tuple[int, int], int]) -> UserTermStat:
    shown = [
        TermOfUser(id=term.id, name=term.name, color=term.color, value=counted.get((user.id, term.id), 0))
        for term in terms
    ]
    return UserTermStat(id=user.id, key=user.username, terms=shown)


# -- over time ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Evolution:
    """How a number is told over time: days of a period, counted anew in each or not, the last first or not."""

    days: int
    term: int | None
    accumulates: bool
    is_reverse: bool


def read_evolution(
    days: Annotated[int, Query(alias="daysRange", ge=1, le=36_500)] = 1,
    term: Annotated[int | None, Query(ge=1)] = None,
    accumulates: Annotated[bool, Query(alias="accumulate")] = True,
    is_reverse: Annotated[bool, Query(alias="reverseOrder")] = True,
) -> Evolution:
    return Evolution(days, term, accumulates, is_reverse)


EvolutionOf = Annotated[Evolution, Depends(read_evolution)]


@router.get("/api/project/{project_id}/stats/annotationevolution.json")
def stats_over_time(project_id: Id, asking: AskingOf, period: PeriodOf, wish: EvolutionOf) -> Listing[PeriodStat]:
    """Annotations that were made, by periods of days."""
    return _over_time(project_id, asking, period, wish)


@router.get("/api/project/{project_id}/stats/reviewedannotationevolution.json")
def stats_of_reviewed_over_time(
    project_id: Id, asking: AskingOf, period: PeriodOf, wish: EvolutionOf
) -> Listing[PeriodStat]:
    """Annotations that were reviewed, by periods of days."""
    return _over_time(project_id, asking, period, wish, Annotation.reviewed.is_(True))


def _over_time(
    project_id: int, asking: Asking, period: Period, wish: Evolution, *conditions: Condition
) -> Listing[PeriodStat]:
    with asking.platform.sessions() as session:
        project = store.find(session, asking.caller, Project, project_id)
        seen = [Annotation.project_id == project_id, visible(Annotation, asking.caller), *conditions]
        if wish.term is not None:
            given = select(AnnotationTerm.annotation_id).where(AnnotationTerm.term_id == wish.term)
            seen.append(Annotation.id.in_(given))
        begin = project.created_ms if period.start_ms is None else period.start_ms
        end = now_ms() if period.end_ms is None else period.end_ms
        within = Period(begin if period.start_ms is not None else None, end + 1).conditions(Annotation.created_ms)
        number = (Annotation.created_ms - begin) // (wish.days * _DAY_MS)
        rows = session.execute(select(number, func.count()).where(*seen, *within).group_by(number))
        counted = {max(each, 0): size for each, size in rows}
    return _listed(_periods(counted, begin, end, wish))


def _periods(counted: Mapping[int, int], begin_ms: int, end_ms: int, wish: Evolution) -> list[PeriodStat]:
    length = wish.days * _DAY_MS
    periods: list[PeriodStat] = []
    size = 0
    for number in range(min(max(end_ms - begin_ms, -1) // length + 1, _MAX_PERIODS)):
        size = counted.get(number, 0) + (size if wish.accumulates else 0)
        start = begin_ms + number * length
        periods.append(PeriodStat(date=start, end_date=min(start + length, end_ms), size=size))
    return periods[::-1] if wish.is_reverse else periods


# -- totals ------------------------------------------------------------------------------------------------------


@router.get("/api/total/{domain}.json")
def total_of_kind(domain: str, asking: AskingOf) -> Total:
    """How many objects of a class the caller may see."""
    kind = kind_named(domain)
    if kind is None:
        raise NotFound("There is no such class of objects")
    with asking.platform.sessions() as session:
        seen = select(func.count()).select_from(kind.table).where(visible(kind.table, asking.caller))
        return Total(total=session.scalar(seen) or 0)


@router.get("/api/project/{project_id}/userannotation/count.json")
def count_of_project(project_id: Id, asking: AskingOf, period: PeriodOf) -> Total:
    """How many annotations a project has."""
    return _count(asking, Project, project_id, Annotation.project_id == project_id, period)


@router.get("/api/project/{project_id}/reviewedannotation/count.json")
def count_of_reviewed(project_id: Id, asking: AskingOf, period: PeriodOf) -> Total:
    """How many annotations of a project were reviewed."""
    return _count(asking, Project, project_id, (Annotation.project_id == project_id) & Annotation.reviewed, period)


@router.get("/api/user/{user_id}/userannotation/count.json")
def count_of_user(user_id: Id, asking: AskingOf, project: Annotated[int | None, Query(ge=1)] = None) -> Total:
    """How many annotations a user made, in one ``project`` or in all that the caller sees."""
    made = Annotation.user_id == user_id
    return _count(asking, User, user_id, made if project is None else made & (Annotation.project_id == project))


@router.get("/api/user/{user_id}/reviewedannotation/count.json")
def count_of_reviewer(user_id: Id, asking: AskingOf, project: Annotated[int | None, Query(ge=1)] = None) -> Total:
    """How many annotations a user reviewed, in one ``project`` or in all that the caller sees."""
    made = (Annotation.review_user_id == user_id) & Annotation.reviewed
    return _count(asking, User, user_id, made if project is None else made & (Annotation.project_id == project))


def _count(
    asking: Asking,
    table: type[Project] | type[User],
    identifier: int,
    condition: Condition,
    period: Period = Period(None, None),
) -> Total:
    with asking.platform.sessions() as session:
        store.find(session, asking.caller, table, identifier)
        seen = (condition, visible(Annotation, asking.caller), *period.conditions(Annotation.created_ms))
        return Total(total=session.scalar(select(func.count()).select_from(Annotation).where(*seen)) or 0)


def _listed(stats: list[_Stat]) -> Listing[_Stat]:
    return listing_of(stats, page=_ALL, size=len(stats))
