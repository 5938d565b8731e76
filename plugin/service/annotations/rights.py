"""What a caller may see and change.

Administrators: everything. Everyone else: the projects they are members of with all that is in them, the ontologies
of those projects, and what they made themselves. Guests change nothing. What may not be seen does not exist (404).
"""

from sqlalchemy import true
from sqlalchemy.orm import Session

from plugin.service.annotations.accounts import User
from plugin.service.annotations.callers import Caller
from plugin.service.annotations.entity import Entity
from plugin.service.annotations.kind import Condition, kind_of
from plugin.service.errors import Forbidden


def visible(table: type[Entity], caller: Caller) -> Condition:
    """The condition that rows of a table fulfil when the caller may see them."""
    kind = kind_of(table)
    sees_archive = caller.is_known_to_orthanc and kind.is_of_the_archive
    return true() if caller.is_admin or sees_archive else kind.visible(caller.user_id)


def require_change(session: Session, caller: Caller, row: Entity) -> None:
    """Raise Forbidden unless the caller, who sees the object, may change or delete it."""
    may_change = kind_of(type(row)).may_change
    if not caller.may_write or not (caller.is_admin or may_change(session, caller, row)):
        raise Forbidden("You may look at it, but not change it")
    if isinstance(row, User) and row.is_configured:
        raise Forbidden("This user is set in the configuration and changed there")


def require_addition(session: Session, caller: Caller, row: Entity) -> None:
    """Raise Forbidden unless the caller, who sees all it refers to, may add the object."""
    may_add = kind_of(type(row)).may_add
    if not caller.may_write or not (caller.is_admin or may_add(session, caller, row)):
        raise Forbidden("You may not add this")
