"""Who reviews the annotations of which image, and which images have been reviewed."""

from sqlalchemy import BigInteger, ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from plugin.service.annotations.callers import Caller
from plugin.service.annotations.entity import Entity, refers_to
from plugin.service.errors import Conflict, Forbidden


class ImageReview(Entity):
    """The review of an image: it lasts until it is stopped, and the image counts as reviewed from then on."""

    __tablename__ = "ann_image_review"

    image_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("ann_image_instance.id", ondelete="CASCADE"), unique=True
    )
    user_id: Mapped[int] = refers_to("ann_user.id")
    stopped_ms: Mapped[int | None] = mapped_column(BigInteger)

    @property
    def is_going_on(self) -> bool:
        return self.stopped_ms is None


def review_of(session: Session, image_id: int) -> ImageReview | None:
    """The review of an image that is going on or has been."""
    return session.scalar(select(ImageReview).where(ImageReview.image_id == image_id))


def require_open_to(session: Session, caller: Caller, image_id: int) -> None:
    """Raise unless the caller may accept and reject annotations of an image: its reviewer, anybody while it has none.

    Raises Forbidden while somebody else reviews it, Conflict when its review is over.
    """
    review = review_of(session, image_id)
    if review is None:
        return
    if not review.is_going_on:
        raise Conflict(f"Image {image_id} has been reviewed: start its review again first")
    if review.user_id != caller.user_id:
        raise Forbidden(f"User {review.user_id} reviews image {image_id}")


def require_reviewer(session: Session, caller: Caller, image_id: int) -> ImageReview:
    """The review that the caller carries out. Raises Conflict when there is none, Forbidden when it is another's."""
    review = review_of(session, image_id)
    if review is None:
        raise Conflict(f"Image {image_id} is not being reviewed: start its review first")
    require_open_to(session, caller, image_id)
    return review
