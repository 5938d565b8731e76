"""Comments of annotations, from one member of a project to others. They are read here: no mail is sent."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends
from sqlalchemy import JSON, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ophtha_core.errors import InvalidInput
from plugin.service.annotations import store
from plugin.service.annotations.accounts import User
from plugin.service.annotations.entity import Entity, now_ms, owned_by, refers_to
from plugin.service.annotations.fields import Identifiers, LongText
from plugin.service.annotations.kind_routers import protocol_router
from plugin.service.annotations.kinds.annotation import ANNOTATION, Annotation, require_annotating
from plugin.service.annotations.membership import Member
from plugin.service.annotations.requests import Asking, AskingOf, Id, JsonBody, PageOf
from plugin.service.annotations.shapes import Given, Listing, View, Written, listing_of, write_words
from plugin.service.annotations.state import next_ids
from plugin.service.annotations.wire import PACKAGE
from plugin.service.errors import NotFound


class Comment(Entity):
    """What a user wrote about an annotation to other users, by their ids."""

    __tablename__ = "ann_comment"

    annotation_id: Mapped[int] = owned_by("ann_annotation.id")
    user_id: Mapped[int] = refers_to("ann_user.id")
    comment: Mapped[str] = mapped_column(Text)
    receivers: Mapped[list[int]] = mapped_column(JSON)


class NewComment(Given):
    """A comment to members of the annotation's project."""

    comment: LongText
    receivers: Identifiers


class CommentView(View):
    """A comment of an annotation."""

    java_class: str = f"{PACKAGE}.ontology.SharedAnnotation"
    annotation_ident: int
    annotation_class_name: str = ANNOTATION.java_class
    comment: str
    sender: int
    sender_name: str
    receivers: list[int]


class CommentWritten(Written):
    """A comment that was added."""

    sharedannotation: CommentView


router = protocol_router()


@router.post("/api/annotation/{annotation_id}/comment.json")
@router.post("/api/userannotation/{annotation_id}/comment.json")
def add_comment(
    annotation_id: Id, asking: AskingOf, given: Annotated[NewComment, Depends(JsonBody(NewComment))]
) -> CommentWritten:
    """Tell other members of the project something about an annotation."""
    with asking.platform.writing(asking.caller) as session:
        annotation = store.find(session, asking.caller, Annotation, annotation_id)
        require_annotating(session, asking.caller, annotation)
        _require_members(session, annotation.project_id, given.receivers)
        row = Comment(
            id=next_ids(session, 1)[0],
            created_ms=now_ms(),
            annotation_id=annotation_id,
            user_id=asking.caller.user_id,
            comment=given.comment,
            receivers=given.receivers,
        )
        session.add(row)
        session.flush()
        (view,) = _views(session, [row])
    words = write_words("SharedAnnotation", "Add", view.id, key="sharedannotation")
    return CommentWritten.model_validate({**words, "sharedannotation": view})


@router.get("/api/annotation/{annotation_id}/comment.json")
@router.get("/api/userannotation/{annotation_id}/comment.json")
def comments_of_annotation(annotation_id: Id, asking: AskingOf, page: PageOf) -> Listing[CommentView]:
    """Comments that the caller wrote or received, newest first; administrators see all."""
    with asking.platform.sessions() as session:
        rows = _readable(session, asking, annotation_id)
        shown = rows[page.offset : page.offset + page.limit if page.limit else None]
        return listing_of(_views(session, shown), page=page, size=len(rows))


@router.get("/api/annotation/{annotation_id}/comment/{comment_id}.json")
@router.get("/api/userannotation/{annotation_id}/comment/{comment_id}.json")
def fetch_comment(annotation_id: Id, comment_id: Id, asking: AskingOf) -> CommentView:
    """One comment that the caller wrote or received."""
    with asking.platform.sessions() as session:
        found = [each for each in _readable(session, asking, annotation_id) if each.id == comment_id]
        if not found:
            raise NotFound(f"SharedAnnotation {comment_id} not found")
        return _views(session, found)[0]


def _require_members(session: Session, project_id: int, users: Sequence[int]) -> None:
    members = set(session.scalars(select(Member.user_id).where(Member.project_id == project_id)))
    for user in users:
        if user not in members:
            raise InvalidInput("receivers", f"user {user} is no member of project {project_id}")


def _readable(session: Session, asking: Asking, annotation_id: int) -> list[Comment]:
    store.find(session, asking.caller, Annotation, annotation_id)
    rows = session.scalars(select(Comment).where(Comment.annotation_id == annotation_id).order_by(Comment.id.desc()))
    me = asking.caller.user_id
    return [each for each in rows if asking.caller.is_admin or me == each.user_id or me in each.receivers]


def _views(session: Session, rows: Sequence[Comment]) -> list[CommentView]:
    senders = select(User.id, User.username).where(User.id.in_({each.user_id for each in rows}))
    names = {user: name for user, name in session.execute(senders)}
    return [
        CommentView.of(each, annotation_ident=each.annotation_id, sender=each.user_id, sender_name=names[each.user_id])
        for each in rows
    ]
