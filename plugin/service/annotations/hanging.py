"""Objects that other things hang on: which one an address names, and whether the caller may hang something on it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from plugin.service.annotations import store
from plugin.service.annotations.belongings import Hanging
from plugin.service.annotations.callers import Caller
from plugin.service.annotations.entity import Entity
from plugin.service.annotations.kind import kind_named, kind_of
from plugin.service.annotations.kinds.abstract_image import AbstractImage, require_names
from plugin.service.annotations.kinds.image_instance import ImageInstance
from plugin.service.annotations.kinds.project import may_annotate
from plugin.service.annotations.requests import Id
from plugin.service.annotations.rights import require_change
from plugin.service.annotations.shapes import View
from plugin.service.errors import NotFound


@dataclass(frozen=True)
class Domain:
    """An object that things hang on, by the name of its class and its id."""

    class_name: str
    id: int


def read_domain(domain_class: str, domain_id: Id) -> Domain:
    return Domain(domain_class, domain_id)


def _reader_of(class_name: str) -> Callable[[int], Domain]:
    """Clients leave "domain" out for some classes."""

    def read(domain_id: Id) -> Domain:
        return Domain(class_name, domain_id)

    return read


ADDRESSES: Final[tuple[tuple[str, Callable[..., Domain]], ...]] = (
    ("/api/domain/{domain_class}/{domain_id}", read_domain),
    *((f"/api/{each}/{{domain_id}}", _reader_of(each)) for each in ("annotation", "project", "imageinstance")),
)
"""Beginnings of addresses of what hangs on an object, and what reads the object off them."""


class HangingView(View):
    """What everything shows that hangs on an object."""

    domain_class_name: str
    domain_ident: int


def domain_fields(row: Hanging) -> dict[str, object]:
    """The object that something hangs on, for its view."""
    return {"domain_class_name": row.domain_class, "domain_ident": row.domain_id}


def find_domain(session: Session, caller: Caller, domain: Domain) -> Entity:
    """The object. Raises NotFound."""
    kind = kind_named(domain.class_name)
    if kind is None:
        raise NotFound("There is no such class of objects")
    found: Entity = store.find(session, caller, kind.table, domain.id)
    if isinstance(found, AbstractImage):
        require_names(session, caller, found.id)
    return found


def require_domain_change(session: Session, caller: Caller, domain: Domain) -> str:
    """The full class name of an object that the caller may change. Raises NotFound, Forbidden."""
    row = find_domain(session, caller, domain)
    if not isinstance(row, ImageInstance) or not may_annotate(session, caller, row.project_id):
        require_change(session, caller, row)
    return kind_of(type(row)).java_class
