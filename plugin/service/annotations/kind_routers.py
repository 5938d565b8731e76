"""The routes that every kind of object has: list, fetch, add (one or many), change, delete."""

from collections.abc import Callable
from functools import cache
from typing import Any

from fastapi import APIRouter, Depends
from pydantic import create_model
from sqlalchemy.orm import InstrumentedAttribute, Session

from plugin.service.annotations import store
from plugin.service.annotations.entity import Entity
from plugin.service.annotations.kind import Condition, Kind, New, Row, kind_in, kind_of
from plugin.service.annotations.requests import (
    Asking,
    AskingOf,
    Id,
    JsonBody,
    Page,
    PageOf,
    Posted,
    PostedBody,
    QueryOf,
)
from plugin.service.annotations.shapes import (
    Given,
    Listing,
    Shown,
    View,
    Written,
    WrittenMany,
    listing_of,
    many_written,
    write_words,
)
from plugin.service.annotations.wire import ProtocolRoute
from plugin.service.errors import NotFound


def protocol_router(*first: Callable[..., object]) -> APIRouter:
    """A router whose routes speak the protocol, after what comes first in each."""
    return APIRouter(tags=["annotations"], route_class=ProtocolRoute, dependencies=[Depends(each) for each in first])


def routes_of(kind: Kind[Row, New, Shown]) -> APIRouter:
    """List, fetch, add, change and delete objects of a kind."""
    router = protocol_router()
    if kind.is_listed:
        _add_listing(router, kind)
    whole, one = f"/api/{kind.key}.json", f"/api/{kind.key}/{{object_id}}.json"
    for parent, column in kind.parents.items():
        _add_listing_of_parent(router, kind, f"/api/{parent}/{{parent_id}}/{kind.key}.json", column)
    _add_fetching(router, kind, one)
    _add_addition(router, kind, whole)
    _add_change(router, kind, one)
    _add_removal(router, kind, one)
    return router


def routes_in_project(kind: Kind[Row, New, Shown], name: str, column: InstrumentedAttribute[int]) -> APIRouter:
    """The same of a kind whose addresses begin with the project that its objects belong to."""

    def read_parent(parent_id: Id) -> int:
        return parent_id

    def require_within(parent_id: Id, object_id: Id, asking: AskingOf) -> None:
        with asking.platform.sessions() as session:
            row = store.find(session, asking.caller, kind.table, object_id)
            if getattr(row, column.key) != parent_id:
                raise NotFound(f"{kind.label} {object_id} not found")

    router, whole, one = protocol_router(), protocol_router(read_parent), protocol_router(require_within)
    addresses = f"/api/project/{{parent_id}}/{name}.json", f"/api/project/{{parent_id}}/{name}/{{object_id}}.json"
    _add_listing_of_parent(router, kind, addresses[0], column)
    _add_addition(whole, kind, addresses[0])
    for add in (_add_fetching, _add_change, _add_removal):
        add(one, kind, addresses[1])
    router.include_router(whole)
    router.include_router(one)
    return router


def listed(asking: Asking, page: Page, table: type[Row], *conditions: Condition) -> Listing[Any]:
    """A page of the objects that the caller may see."""
    with asking.platform.sessions() as session:
        return listed_in(session, asking, page, table, *conditions)


def listed_in(session: Session, asking: Asking, page: Page, table: type[Row], *conditions: Condition) -> Listing[Any]:
    """A page of the objects that the caller may see, in a session that is open."""
    found, size = store.page_of(session, asking.caller, table, *conditions, page=page)
    views = kind_of(table).views(asking.viewing(session), found)
    return listing_of(views, page=page, size=size)


@cache
def answer_model(kind: Kind[Row, New, Shown]) -> type[Written]:
    """The answer to a write: the object stands under the key of its kind."""
    fields: Any = {kind.key: (kind.shown, ...)}
    return create_model(f"{kind.label}Written", __base__=Written, **fields)


def written(kind: Kind[Row, New, Shown], verb: str, view: View) -> Written:
    """The answer to a write; ``verb`` is Add, Edit or Delete."""
    words = write_words(kind.label, verb, view.id, key=kind.key)
    return answer_model(kind).model_validate({**words, kind.key: view})


def _add_listing(router: APIRouter, kind: Kind[Row, New, Shown]) -> None:
    @router.get(
        f"/api/{kind.key}.json",
        name=f"list {kind.key}",
        description=f"Every {kind.label} the caller may see, oldest first.",
        response_model=Listing[kind.shown],  # type: ignore[name-defined]
    )
    def list_all(asking: AskingOf, page: PageOf, query: QueryOf) -> Listing[Any]:
        return listed(asking, page, kind.table, *store.read_filters(kind, query))


def _add_listing_of_parent(
    router: APIRouter, kind: Kind[Row, New, Shown], address: str, column: InstrumentedAttribute[Any]
) -> None:
    @router.get(
        address,
        name=f"list {kind.key} of {address.split('/')[2]}",
        description=f"Every {kind.label} of a {address.split('/')[2]}, oldest first.",
        response_model=Listing[kind.shown],  # type: ignore[name-defined]
    )
    def list_of_parent(parent_id: Id, asking: AskingOf, page: PageOf) -> Listing[Any]:
        with asking.platform.sessions() as session:
            store.find(session, asking.caller, _target(column), parent_id)
            return listed_in(session, asking, page, kind.table, column == parent_id)


def _target(column: InstrumentedAttribute[Any]) -> type[Entity]:
    """The table that a column refers to."""
    (key,) = column.property.columns[0].foreign_keys
    table: type[Entity] = kind_in(key.column.table.name).table
    return table


def _add_fetching(router: APIRouter, kind: Kind[Row, New, Shown], address: str) -> None:
    @router.get(
        address,
        name=f"fetch {kind.key}",
        description=f"One {kind.label}.",
        response_model=kind.shown,
    )
    def fetch(object_id: Id, asking: AskingOf) -> View:
        with asking.platform.sessions() as session:
            row = store.find(session, asking.caller, kind.table, object_id)
            return kind.view(asking.viewing(session), row)


def _add_addition(router: APIRouter, kind: Kind[Row, New, Shown], address: str) -> None:
    read = Depends(PostedBody(kind.new))

    @router.post(
        address,
        name=f"add {kind.key}",
        description=f"Add one {kind.label}, or all of a list: a list is added as a whole or not at all.",
        response_model=answer_model(kind) | WrittenMany[kind.shown],  # type: ignore[name-defined]
    )
    def add(asking: AskingOf, posted: Posted[New] = read) -> Written | WrittenMany[Any]:
        with asking.platform.writing(asking.caller) as session:
            rows = [store.add(session, asking.caller, kind, each) for each in posted.objects]
            views = kind.views(asking.viewing(session), rows)
        return many_written(kind.label, views) if posted.is_list else written(kind, "Add", views[0])


def _add_change(router: APIRouter, kind: Kind[Row, New, Shown], address: str) -> None:
    read = Depends(JsonBody(kind.change))

    @router.put(
        address,
        name=f"change {kind.key}",
        description=f"Change what the body names of a {kind.label}.",
        response_model=answer_model(kind),
    )
    def change(object_id: Id, asking: AskingOf, given: Given = read) -> Written:
        with asking.platform.writing(asking.caller) as session:
            row = store.change(session, asking.caller, kind, object_id, given)
            view = kind.view(asking.viewing(session), row)
        return written(kind, "Edit", view)


def _add_removal(router: APIRouter, kind: Kind[Row, New, Shown], address: str) -> None:
    @router.delete(
        address,
        name=f"delete {kind.key}",
        description=f"Delete a {kind.label} with all that belongs to it.",
        response_model=answer_model(kind),
    )
    def delete(object_id: Id, asking: AskingOf) -> Written:
        with asking.platform.writing(asking.caller) as session:
            row = store.find(session, asking.caller, kind.table, object_id)
            view = kind.view(asking.viewing(session), row)
            store.remove(session, asking.caller, kind.table, object_id)
        return written(kind, "Delete", view)
