"""The routes that every kind of object has: list, fetch, add (one or many), change, delete."""

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


def protocol_router() -> APIRouter:
    """A router whose routes speak the protocol."""
    return APIRouter(tags=["annotations"], route_class=ProtocolRoute)


def routes_of(kind: Kind[Row, New, Shown]) -> APIRouter:
    """List, fetch, add, change and delete objects of a kind."""
    router = protocol_router()
    if kind.is_listed:
        _add_listing(router, kind)
    for parent, column in kind.parents.items():
        _add_listing_of_parent(router, kind, parent, column)
    _add_fetching(router, kind)
    _add_addition(router, kind)
    _add_change(router, kind)
    _add_removal(router, kind)
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
    router: APIRouter, kind: Kind[Row, New, Shown], parent: str, column: InstrumentedAttribute[Any]
) -> None:
    @router.get(
        f"/api/{parent}/{{parent_id}}/{kind.key}.json",
        name=f"list {kind.key} of {parent}",
        description=f"Every {kind.label} of a {parent}, oldest first.",
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


def _add_fetching(router: APIRouter, kind: Kind[Row, New, Shown]) -> None:
    @router.get(
        f"/api/{kind.key}/{{object_id}}.json",
        name=f"fetch {kind.key}",
        description=f"One {kind.label}.",
        response_model=kind.shown,
    )
    def fetch(object_id: Id, asking: AskingOf) -> View:
        with asking.platform.sessions() as session:
            row = store.find(session, asking.caller, kind.table, object_id)
            return kind.view(asking.viewing(session), row)


def _add_addition(router: APIRouter, kind: Kind[Row, New, Shown]) -> None:
    read = Depends(PostedBody(kind.new))

    @router.post(
        f"/api/{kind.key}.json",
        name=f"add {kind.key}",
        description=f"Add one {kind.label}, or all of a list: a list is added as a whole or not at all.",
        response_model=answer_model(kind) | WrittenMany[kind.shown],  # type: ignore[name-defined]
    )
    def add(asking: AskingOf, posted: Posted[New] = read) -> Written | WrittenMany[Any]:
        with asking.platform.writing(asking.caller) as session:
            rows = [store.add(session, asking.caller, kind, each) for each in posted.objects]
            views = kind.views(asking.viewing(session), rows)
        return many_written(kind.label, views) if posted.is_list else written(kind, "Add", views[0])


def _add_change(router: APIRouter, kind: Kind[Row, New, Shown]) -> None:
    read = Depends(JsonBody(kind.change))

    @router.put(
        f"/api/{kind.key}/{{object_id}}.json",
        name=f"change {kind.key}",
        description=f"Change what the body names of a {kind.label}.",
        response_model=answer_model(kind),
    )
    def change(object_id: Id, asking: AskingOf, given: Given = read) -> Written:
        with asking.platform.writing(asking.caller) as session:
            row = store.change(session, asking.caller, kind, object_id, given)
            view = kind.view(asking.viewing(session), row)
        return written(kind, "Edit", view)


def _add_removal(router: APIRouter, kind: Kind[Row, New, Shown]) -> None:
    @router.delete(
        f"/api/{kind.key}/{{object_id}}.json",
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
