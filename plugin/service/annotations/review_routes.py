"""Reviews: of images, from their start to their end; of annotations, one by one and a user's layer at once.

A reviewed annotation is the annotation itself, with who accepted it: under ``reviewedannotation`` it has the same id.
"""

import json
from collections.abc import Sequence
from typing import Annotated, Any, Final
from urllib.parse import parse_qs

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Integer, func, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from ophtha_core.errors import InvalidInput
from plugin.service.annotations import annotation_store, store
from plugin.service.annotations import fields as f
from plugin.service.annotations.accounts import User
from plugin.service.annotations.annotation_answers import LISTING, stream_listing
from plugin.service.annotations.annotation_listing import REVIEWED_CLASS_NAME
from plugin.service.annotations.callers import BodyOf
from plugin.service.annotations.entity import now_ms
from plugin.service.annotations.fields import Identifiers, Truth
from plugin.service.annotations.image_reviews import (
    ImageReview,
    require_open_to,
    require_reviewer,
    review_of,
)
from plugin.service.annotations.kind_routers import protocol_router
from plugin.service.annotations.kinds.annotation import (
    ANNOTATION,
    Annotation,
    AnnotationChange,
    NewReviewedAnnotation,
    ReviewedAnnotationChange,
    ReviewedAnnotationView,
    require_annotating,
)
from plugin.service.annotations.kinds.image_instance import IMAGE_INSTANCE, ImageInstance, ImageInstanceView
from plugin.service.annotations.membership import is_manager
from plugin.service.annotations.requests import Asking, AskingOf, Id, JsonBody, Page, PageOf, QueryOf
from plugin.service.annotations.rights import require_change, visible
from plugin.service.annotations.shapes import Listing, Written, listing_of, write_words
from plugin.service.annotations.state import next_ids
from plugin.service.annotations.writing import HeaderOf, read_header
from plugin.service.errors import Conflict, Forbidden, NotFound

router = protocol_router()


class AnnotationReviewed(Written):
    """An annotation that was reviewed, or is no longer."""

    reviewedannotation: ReviewedAnnotationView


# -- images ------------------------------------------------------------------------------------------------------


class ImageReviewed(BaseModel):
    """An image whose review began or ended."""

    message: str
    imageinstance: ImageInstanceView


class _Stopping(BaseModel):
    model_config = ConfigDict(extra="forbid")

    cancel: Truth = False


async def read_cancel(
    cancel: Annotated[bool | None, Query(description="Take back the end of a review, or its beginning")] = None,
    header: HeaderOf = "",
) -> bool:
    """Raises InvalidInput."""
    return read_header(header, _Stopping).cancel if cancel is None else cancel


@router.post("/api/imageinstance/{image_id}/review.json")
@router.put("/api/imageinstance/{image_id}/review.json")
def start_review(image_id: Id, asking: AskingOf) -> ImageReviewed:
    """Begin to review an image, or begin again: until it is stopped, nobody else accepts or rejects its annotations."""
    with asking.platform.writing(asking.caller) as session:
        image = store.find(session, asking.caller, ImageInstance, image_id)
        require_change(session, asking.caller, image)
        review = review_of(session, image_id)
        if review is not None and review.is_going_on and review.user_id != asking.caller.user_id:
            raise Conflict(f"User {review.user_id} reviews image {image_id}")
        if review is None:
            review = ImageReview(id=next_ids(session, 1)[0], created_ms=now_ms(), image_id=image_id, user_id=0)
            session.add(review)
        review.user_id, review.stopped_ms = asking.caller.user_id, None
        session.flush()
        view = IMAGE_INSTANCE.view(asking.viewing(session), image)
    return ImageReviewed(message=f"{asking.caller.username} reviews image {image_id}", imageinstance=view)


@router.delete("/api/imageinstance/{image_id}/review.json")
def stop_review(image_id: Id, asking: AskingOf, cancel: Annotated[bool, Depends(read_cancel)]) -> ImageReviewed:
    """Declare an image reviewed. ``cancel`` takes back what was done last: the end of the review, or its beginning."""
    with asking.platform.writing(asking.caller) as session:
        image = store.find(session, asking.caller, ImageInstance, image_id)
        review = review_of(session, image_id)
        if review is None:
            raise InvalidInput("review", f"image {image_id} is not being reviewed")
        if review.user_id != asking.caller.user_id:
            raise Forbidden(f"User {review.user_id} reviews image {image_id}")
        if not cancel:
            review.stopped_ms = now_ms()
        elif review.is_going_on:
            session.delete(review)
        else:
            review.stopped_ms = None
        session.flush()
        view = IMAGE_INSTANCE.view(asking.viewing(session), image)
    done = "takes back the review of" if cancel else "has reviewed"
    return ImageReviewed(message=f"{asking.caller.username} {done} image {image_id}", imageinstance=view)


# -- annotations -------------------------------------------------------------------------------------------------

_TERMS = {"schema": {"type": "object", "properties": {"terms": {"type": "array", "items": {"type": "integer"}}}}}
_REVIEW = {"content": {"application/json": _TERMS, "application/x-www-form-urlencoded": _TERMS}}


@router.post("/api/annotation/{annotation_id}/review.json", openapi_extra={"requestBody": _REVIEW})
@router.post("/api/userannotation/{annotation_id}/review.json", openapi_extra={"requestBody": _REVIEW})
@router.put("/api/annotation/{annotation_id}/review.json", openapi_extra={"requestBody": _REVIEW})
@router.put("/api/userannotation/{annotation_id}/review.json", openapi_extra={"requestBody": _REVIEW})
def review(annotation_id: Id, asking: AskingOf, body: BodyOf) -> AnnotationReviewed:
    """Accept an annotation; ``terms`` replace its terms. Clients send a form, others JSON."""
    terms = _identifiers(body, "terms")
    return _accept(asking, annotation_id, AnnotationChange(term=terms or None))


@router.delete("/api/annotation/{annotation_id}/review.json")
@router.delete("/api/userannotation/{annotation_id}/review.json")
def unreview(annotation_id: Id, asking: AskingOf) -> AnnotationReviewed:
    """An annotation is no longer accepted."""
    with asking.platform.writing(asking.caller) as session:
        annotation = store.find(session, asking.caller, Annotation, annotation_id)
        return _reject(session, asking, annotation)


@router.get("/api/reviewedannotation.json", response_class=Response, responses=LISTING)
def list_reviewed(asking: AskingOf, page: PageOf, query: QueryOf) -> Response:
    """Annotations that were accepted; the filters and groups of fields are those of ``annotation.json``."""
    return stream_listing(asking, page, {**query, "reviewed": "true"})


@router.get("/api/reviewedannotation/{annotation_id}.json")
def fetch_reviewed(annotation_id: Id, asking: AskingOf) -> ReviewedAnnotationView:
    """One annotation that was accepted."""
    with asking.platform.sessions() as session:
        return _view(session, asking, _reviewed(session, asking, annotation_id))


@router.post("/api/reviewedannotation.json")
def add_reviewed(
    asking: AskingOf, given: Annotated[NewReviewedAnnotation, Depends(JsonBody(NewReviewedAnnotation))]
) -> AnnotationReviewed:
    """Accept an annotation (``parentIdent``), with another geometry or other terms where the body names them."""
    return _accept(asking, given.parent_ident, given)


@router.put("/api/reviewedannotation/{annotation_id}.json")
def change_reviewed(
    annotation_id: Id,
    asking: AskingOf,
    given: Annotated[ReviewedAnnotationChange, Depends(JsonBody(ReviewedAnnotationChange))],
) -> AnnotationReviewed:
    """Change geometry and terms of an annotation that the caller has accepted: it stays accepted."""
    with asking.platform.writing(asking.caller) as session:
        annotation = _reviewed(session, asking, annotation_id)
        _require_own_review(session, asking, annotation)
        annotation_store.apply(session, asking.caller, annotation, given)
        view = _view(session, asking, annotation)
    return _written("Edit", view)


@router.delete("/api/reviewedannotation/{annotation_id}.json")
def delete_reviewed(annotation_id: Id, asking: AskingOf) -> AnnotationReviewed:
    """An annotation is no longer accepted; it stays."""
    with asking.platform.writing(asking.caller) as session:
        return _reject(session, asking, _reviewed(session, asking, annotation_id))


def _accept(asking: Asking, annotation_id: int, given: AnnotationChange) -> AnnotationReviewed:
    with asking.platform.writing(asking.caller) as session:
        annotation = store.find(session, asking.caller, Annotation, annotation_id)
        require_annotating(session, asking.caller, annotation)
        require_open_to(session, asking.caller, annotation.image_id)
        if given.location is not None or given.term is not None:
            if review_of(session, annotation.image_id) is None:
                require_change(session, asking.caller, annotation)
            annotation_store.apply(session, asking.caller, annotation, given)
        annotation.reviewed, annotation.review_user_id = True, asking.caller.user_id
        session.flush()
        view = _view(session, asking, annotation)
    return _written("Add", view)


def _reject(session: Session, asking: Asking, annotation: Annotation) -> AnnotationReviewed:
    require_annotating(session, asking.caller, annotation)
    require_open_to(session, asking.caller, annotation.image_id)
    annotation.reviewed, annotation.review_user_id = False, None
    session.flush()
    return _written("Delete", _view(session, asking, annotation))


def _reviewed(session: Session, asking: Asking, annotation_id: int) -> Annotation:
    annotation = store.find(session, asking.caller, Annotation, annotation_id)
    if not annotation.reviewed:
        raise NotFound(f"ReviewedAnnotation {annotation_id} not found")
    return annotation


def _require_own_review(session: Session, asking: Asking, annotation: Annotation) -> None:
    require_annotating(session, asking.caller, annotation)
    require_open_to(session, asking.caller, annotation.image_id)
    is_theirs = annotation.review_user_id == asking.caller.user_id
    if not (is_theirs or is_manager(session, asking.caller, annotation.project_id)):
        raise Forbidden(f"User {annotation.review_user_id} has reviewed annotation {annotation.id}")
    annotation.review_user_id = asking.caller.user_id


def _view(session: Session, asking: Asking, annotation: Annotation) -> ReviewedAnnotationView:
    view = ANNOTATION.view(asking.viewing(session), annotation)
    return ReviewedAnnotationView.model_validate(
        {
            **dict(view),
            "java_class": REVIEWED_CLASS_NAME,
            "parent_ident": annotation.id,
            "parent_class_name": ANNOTATION.java_class,
            "terms": view.term,
        }
    )


def _written(verb: str, view: ReviewedAnnotationView) -> AnnotationReviewed:
    words = write_words("ReviewedAnnotation", verb, view.id, key="reviewedannotation")
    return AnnotationReviewed.model_validate({**words, "reviewedannotation": view})


# -- layers ------------------------------------------------------------------------------------------------------


class LayerReviewed(BaseModel):
    """Ids of the annotations that were accepted or rejected with others."""

    collection: list[int]


class ReviewStat(BaseModel):
    """How many annotations of an image a user made (``all``), and how many of them were accepted."""

    user: int
    all: int
    reviewed: int


class _Users(BaseModel):
    model_config = ConfigDict(extra="ignore")

    users: Identifiers | None = None


async def read_users(
    body: BodyOf,
    users: Annotated[str, Query(description="Ids of the users whose annotations are meant")] = "",
    header: HeaderOf = "",
) -> list[int]:
    """Of the query, the header or the body. Raises InvalidInput."""
    told = f.identifiers(users, "users") if users else read_header(header, _Users).users or _identifiers(body, "users")
    if not told:
        raise InvalidInput("users", "is missing: the ids of the users whose annotations are meant")
    return told


UsersOf = Annotated[list[int], Depends(read_users)]
_LAYER: Final[dict[str, Any]] = {"requestBody": {"required": False, "content": {"application/json": {"schema": {
    "type": "object", "properties": {"users": {"type": "array", "items": {"type": "integer"}}}}}}}}  # fmt: skip


@router.post("/api/imageinstance/{image_id}/annotation/review.json", openapi_extra=_LAYER)
@router.put("/api/imageinstance/{image_id}/annotation/review.json", openapi_extra=_LAYER)
def review_layers(image_id: Id, asking: AskingOf, users: UsersOf) -> LayerReviewed:
    """Accept all that some users have drawn on an image whose review the caller carries out."""
    return _set_layers(image_id, asking, users, is_accepted=True)


@router.delete("/api/imageinstance/{image_id}/annotation/review.json", openapi_extra=_LAYER)
def unreview_layers(image_id: Id, asking: AskingOf, users: UsersOf) -> LayerReviewed:
    """Reject all that some users have drawn on an image whose review the caller carries out."""
    return _set_layers(image_id, asking, users, is_accepted=False)


def _set_layers(image_id: int, asking: Asking, users: Sequence[int], *, is_accepted: bool) -> LayerReviewed:
    with asking.platform.writing(asking.caller) as session:
        store.find(session, asking.caller, ImageInstance, image_id)
        require_reviewer(session, asking.caller, image_id)
        for user in users:
            store.find(session, asking.caller, User, user)
        theirs = (Annotation.image_id == image_id) & Annotation.user_id.in_(users)
        seen = select(Annotation).where(theirs, visible(Annotation, asking.caller))
        changed = session.scalars(seen.where(Annotation.reviewed.is_not(is_accepted)).order_by(Annotation.id)).all()
        for annotation in changed:
            annotation.reviewed = is_accepted
            annotation.review_user_id = asking.caller.user_id if is_accepted else None
        return LayerReviewed(collection=[each.id for each in changed])


@router.get("/api/imageinstance/{image_id}/reviewedannotation/stats.json")
def stats_of_review(image_id: Id, asking: AskingOf) -> Listing[ReviewStat]:
    """How many annotations of an image each user made, and how many of them were accepted."""
    with asking.platform.sessions() as session:
        store.find(session, asking.caller, ImageInstance, image_id)
        query = (
            select(Annotation.user_id, func.count(), func.sum(Annotation.reviewed.cast(Integer)))
            .where(Annotation.image_id == image_id, visible(Annotation, asking.caller))
            .group_by(Annotation.user_id)
            .order_by(Annotation.user_id)
        )
        stats = [ReviewStat(user=user, all=made, reviewed=accepted) for user, made, accepted in session.execute(query)]
    return listing_of(stats, page=Page(offset=0, limit=0), size=len(stats))


def _identifiers(body: bytes, name: str) -> list[int]:
    """Of a JSON object or a form."""
    try:
        given = json.loads(body or b"{}")
        value = given.get(name, []) if isinstance(given, dict) else []
    except (ValueError, RecursionError):
        value = parse_qs(body.decode("utf-8", "replace")).get(name, [])
    return f.identifiers(value, name) if value else []
