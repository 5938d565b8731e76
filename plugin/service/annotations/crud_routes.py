"""Routes of every declared kind of object: list, fetch, add (one or many), change, delete."""

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter

from plugin.service.annotations import store
from plugin.service.annotations import tables as t
from plugin.service.annotations.callers import CallerOf
from plugin.service.annotations.inventory import notice_departures
from plugin.service.annotations.requests import BaseUrlOf, Id, JsonOf, PageOf, QueryOf, objects, one_object
from plugin.service.annotations.resources import RESOURCES, Resource
from plugin.service.annotations.state import Platform, PlatformOf
from plugin.service.annotations.views import Viewer
from plugin.service.annotations.wire import Json, JsonAnswer, ProtocolRoute, listing, written

router = APIRouter(tags=["annotations"], route_class=ProtocolRoute)

_HAND_MADE: Final = frozenset({"annotation", "relationterm"})


def written_many(resource: Resource, views: Sequence[Json]) -> Json:
    """The answer to a bulk write."""
    return {
        "message": f"{len(views)} {resource.label}s added",
        "callback": {"method": f"be.cytomine.Add{resource.label}Command"},
        "printMessage": True,
        "collection": views,
    }


def _add_listing(resource: Resource) -> None:
    @router.get(f"/api/{resource.key}.json", name=f"list {resource.key}")
    def list_all(
        caller: CallerOf, platform: PlatformOf, page: PageOf, query: QueryOf, base_url: BaseUrlOf
    ) -> JsonAnswer:
        conditions = store.read_filters(resource, query)
        with platform.sessions() as session:
            found, size = store.page(session, caller, resource, *conditions, offset=page.offset, limit=page.limit)
            views = Viewer(session, base_url).many(resource, found)
        return JsonAnswer(listing(views, offset=page.offset, per_page=page.limit, size=size))


def _add_listing_of_parent(resource: Resource, parent: str, column: str) -> None:
    @router.get(f"/api/{parent}/{{parent_id}}/{resource.key}.json", name=f"list {resource.key} of {parent}")
    def list_of_parent(
        parent_id: Id, caller: CallerOf, platform: PlatformOf, page: PageOf, base_url: BaseUrlOf
    ) -> JsonAnswer:
        _look_around(resource, platform)
        with platform.sessions() as session:
            store.find(session, caller, RESOURCES[parent], parent_id)
            condition = getattr(resource.table, column) == parent_id
            found, size = store.page(session, caller, resource, condition, offset=page.offset, limit=page.limit)
            views = Viewer(session, base_url).many(resource, found)
        return JsonAnswer(listing(views, offset=page.offset, per_page=page.limit, size=size))


def _add_fetching(resource: Resource) -> None:
    @router.get(f"/api/{resource.key}/{{object_id}}.json", name=f"fetch {resource.key}")
    def fetch(object_id: Id, caller: CallerOf, platform: PlatformOf, base_url: BaseUrlOf) -> JsonAnswer:
        _look_around(resource, platform)
        with platform.sessions() as session:
            entity = store.find(session, caller, resource, object_id)
            return JsonAnswer(Viewer(session, base_url).one(resource, entity))


def _look_around(resource: Resource, platform: Platform) -> None:
    """Images show at once that they have left Orthanc."""
    if resource.key in ("abstractimage", "imageinstance"):
        notice_departures(platform)


def _add_writing(resource: Resource) -> None:
    @router.post(f"/api/{resource.key}.json", name=f"add {resource.key}")
    def add(caller: CallerOf, platform: PlatformOf, body: JsonOf, base_url: BaseUrlOf) -> JsonAnswer:
        with platform.writing(caller) as session:
            if isinstance(body, list):
                entities: list[t.Entity] = [store.add(session, caller, resource, each) for each in objects(body)]
                return JsonAnswer(written_many(resource, Viewer(session, base_url).many(resource, entities)))
            entity = store.add(session, caller, resource, one_object(body))
            answer = written(resource.key, resource.label, "Add", Viewer(session, base_url).one(resource, entity))
        return JsonAnswer(answer)

    @router.put(f"/api/{resource.key}/{{object_id}}.json", name=f"change {resource.key}")
    def change(object_id: Id, caller: CallerOf, platform: PlatformOf, body: JsonOf, base_url: BaseUrlOf) -> JsonAnswer:
        with platform.writing(caller) as session:
            entity = store.change(session, caller, resource, object_id, one_object(body))
            answer = written(resource.key, resource.label, "Edit", Viewer(session, base_url).one(resource, entity))
        return JsonAnswer(answer)

    @router.delete(f"/api/{resource.key}/{{object_id}}.json", name=f"delete {resource.key}")
    def delete(object_id: Id, caller: CallerOf, platform: PlatformOf, base_url: BaseUrlOf) -> JsonAnswer:
        with platform.writing(caller) as session:
            view = Viewer(session, base_url).one(resource, store.find(session, caller, resource, object_id))
            store.remove(session, caller, resource, object_id)
        return JsonAnswer(written(resource.key, resource.label, "Delete", view))


for _resource in RESOURCES.values():
    if _resource.key in _HAND_MADE:
        continue
    if _resource.listed and _resource.key != "abstractimage":
        _add_listing(_resource)
    for _parent, _column in _resource.parents.items():
        _add_listing_of_parent(_resource, _parent, _column)
    _add_fetching(_resource)
    _add_writing(_resource)
