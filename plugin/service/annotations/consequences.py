"""What happens besides when an object is added or deleted."""

import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.service.annotations import tables as t
from plugin.service.annotations.callers import ROLE_IDS, Caller
from plugin.service.annotations.state import next_ids
from plugin.service.config import Role


def prepare(entity: t.Entity) -> None:
    """Complete an object before it is stored."""
    if isinstance(entity, t.User):
        entity.public_key, entity.private_key = secrets.token_hex(16), secrets.token_hex(32)


def after_adding(session: Session, caller: Caller, entity: t.Entity) -> None:
    """Add what belongs to a new object."""
    match entity:
        case t.User():
            session.add(_role(session, entity.id, Role.USER))
        case t.Project():
            manager = t.Member(id=_next(session), project_id=entity.id, user_id=caller.user_id, is_manager=True)
            session.add(manager)
        case t.ImageInstance():
            bases = select(t.AbstractSlice.id).where(t.AbstractSlice.image_id == entity.base_image_id)
            _add_slices(session, [(entity, base) for base in session.scalars(bases.order_by(t.AbstractSlice.z_stack))])
        case t.AbstractSlice():
            instances = select(t.ImageInstance).where(t.ImageInstance.base_image_id == entity.image_id)
            _add_slices(session, [(instance, entity.id) for instance in session.scalars(instances)])
        case _:
            return
    session.flush()


def reference_slice(session: Session, image: t.ImageInstance) -> t.SliceInstance:
    """The plane of an image that annotations lie on when they name none; made when it has none yet."""
    first = session.scalar(
        select(t.SliceInstance).where(t.SliceInstance.image_id == image.id).order_by(t.SliceInstance.id).limit(1)
    )
    if first is not None:
        return first
    base = t.AbstractSlice(id=_next(session), image_id=image.base_image_id, channel=0, z_stack=0, time=0)
    session.add(base)
    session.flush()
    _add_slices(session, [(image, base.id)])
    session.flush()
    return reference_slice(session, image)


def _role(session: Session, user_id: int, role: Role) -> t.UserRole:
    return t.UserRole(id=_next(session), user_id=user_id, role_id=ROLE_IDS[role])


def _add_slices(session: Session, pairs: list[tuple[t.ImageInstance, int]]) -> None:
    for identifier, (image, base_id) in zip(next_ids(session, len(pairs)), pairs, strict=True):
        session.add(
            t.SliceInstance(id=identifier, image_id=image.id, base_slice_id=base_id, project_id=image.project_id)
        )


def _next(session: Session) -> int:
    return next_ids(session, 1)[0]
