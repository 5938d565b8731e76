"""Properties that come with an upload."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.service.annotations import tables as t
from plugin.service.annotations.kinds.abstract_image import ABSTRACT_IMAGE
from plugin.service.annotations.state import next_ids


def add_properties(session: Session, image: t.AbstractImage, properties: Sequence[tuple[str, str]]) -> None:
    """Keys and values that an image does not have yet; those it has stay as they are."""
    known = set(session.scalars(select(t.Property.key).where(t.Property.domain_id == image.id)))
    wanted = [(key, value) for key, value in properties if key not in known]
    for identifier, (key, value) in zip(next_ids(session, len(wanted)), wanted, strict=True):
        session.add(
            t.Property(
                id=identifier,
                created_ms=t.now_ms(),
                domain_class=ABSTRACT_IMAGE.java_class,
                domain_id=image.id,
                key=key,
                value=value,
            )
        )
    session.flush()
