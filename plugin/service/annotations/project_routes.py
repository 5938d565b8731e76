"""Images come from Orthanc into projects; what clients ask of image servers and of what users looked at."""

from typing import Annotated

from fastapi import Depends, Request
from pydantic import AliasGenerator, BaseModel, ConfigDict, Field, StrictStr
from pydantic.alias_generators import to_camel
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from plugin.service.annotations import store
from plugin.service.annotations.accounts import User
from plugin.service.annotations.callers import Caller, CallerOf
from plugin.service.annotations.entity import Entity
from plugin.service.annotations.inventory import notice_departures, take_in, take_stock
from plugin.service.annotations.kind_routers import listed, protocol_router
from plugin.service.annotations.kinds.abstract_image import AbstractImage, AbstractImageView
from plugin.service.annotations.kinds.image_instance import (
    IMAGE_INSTANCE,
    ImageInstance,
    ImageInstanceView,
    shown_in_project,
)
from plugin.service.annotations.kinds.project import Project, may_annotate
from plugin.service.annotations.kinds.slice_instance import SliceInstance
from plugin.service.annotations.orthanc_images import Contents
from plugin.service.annotations.requests import Asking, AskingOf, BaseUrlOf, Id, JsonBody, Page, PageOf
from plugin.service.annotations.rights import visible
from plugin.service.annotations.shapes import Given, Listing, WrittenMany, listing_of
from plugin.service.annotations.state import PlatformOf
from plugin.service.annotations.wire import PACKAGE
from plugin.service.errors import Forbidden, NotFound

router = protocol_router()
_CAMEL = ConfigDict(alias_generator=AliasGenerator(serialization_alias=to_camel))
_ALL = Page(offset=0, limit=0)


def look_around(request: Request, caller: CallerOf, platform: PlatformOf) -> None:
    """Images show at once that they have left Orthanc."""
    if request.method == "GET":
        notice_departures(platform)


@router.get("/api/abstractimage.json")
def abstract_images(asking: AskingOf, page: PageOf) -> Listing[AbstractImageView]:
    """Every image in Orthanc the caller may see, and those described by clients."""
    if asking.caller.is_admin or asking.caller.is_known_to_orthanc:
        take_stock(asking.platform)
    else:  # sees no image that is in no project yet
        notice_departures(asking.platform)
    return listed(asking, page, AbstractImage)


class FromOrthanc(Given):
    """Images of Orthanc, by ids of patients, studies, series or instances."""

    resources: list[StrictStr] = Field(alias="Resources", min_length=1)


@router.post("/api/project/{project_id}/orthanc.json")
def add_from_orthanc(
    project_id: Id, asking: AskingOf, given: Annotated[FromOrthanc, Depends(JsonBody(FromOrthanc))]
) -> WrittenMany[ImageInstanceView]:
    """Add images by Orthanc ids of patients, studies, series or instances; images already there stay as they are."""
    caller, platform = asking.caller, asking.platform
    with platform.sessions() as session:
        store.find(session, caller, Project, project_id)
        if not may_annotate(session, caller, project_id):
            raise Forbidden("You may not add images to this project")
    within = [platform.orthanc.series_within(each) for each in given.resources]
    take_in(platform, frozenset().union(*(each.series | each.parents for each in within)))
    with platform.writing(caller) as session:
        images = _visible_images(session, caller, within)
        instances = [shown_in_project(session, caller, project_id, image.id) for image in images]
        views = IMAGE_INSTANCE.views(asking.viewing(session), instances)
    platform.audit(caller, "annotations.images.add", project_id, *given.resources)
    return WrittenMany(
        message=f"{len(views)} images of Orthanc are in project {project_id}",
        callback={"method": f"{PACKAGE}.AddImageInstanceCommand", "projectID": str(project_id)},
        collection=views,
    )


def _visible_images(session: Session, caller: Caller, within: list[Contents]) -> list[AbstractImage]:
    image = AbstractImage
    wanted = or_(
        *(image.orthanc_series.in_(each.series) for each in within),
        *(image.orthanc_instance.in_(each.instances) for each in within),
        # An instance of a slide stands for the whole slide, whose image names no instance.
        *(and_(image.orthanc_series.in_(each.parents), image.orthanc_instance == "") for each in within),
    )
    query = select(image).where(wanted, image.deleted_ms.is_(None), visible(image, caller))
    images = list(session.scalars(query.order_by(image.id)))
    if not images:
        raise NotFound("None of the resources holds an image you may see")
    return images


# -- where pixels are served -------------------------------------------------------------------------------------


class ImageServer(BaseModel):
    """What serves the pixels of images."""

    model_config = _CAMEL

    java_class: str = Field(default=f"{PACKAGE}.image.server.ImageServer", serialization_alias="class")
    id: int = 1
    name: str = "Orthanc"
    url: str
    available: bool = True
    base_path: str = "/"


class ImageServers(BaseModel):
    """Addresses of what serves the pixels of an image."""

    urls: list[str] = Field(serialization_alias="imageServersURLs")


@router.get("/api/imageserver.json")
def image_servers(caller: CallerOf, base_url: BaseUrlOf) -> Listing[ImageServer]:
    """Clients of version 3 ask for one before they describe files."""
    return listing_of([ImageServer(url=base_url)], page=_ALL, size=1)


@router.get("/api/abstractimage/{image_id}/imageservers.json")
def servers_of_image(image_id: Id, asking: AskingOf) -> ImageServers:
    """Where the pixels of an image are served."""
    with asking.platform.sessions() as session:
        store.find(session, asking.caller, AbstractImage, image_id)
    return ImageServers(urls=[asking.base_url])


# -- what users looked at: the clients only read it, and no page records it --------------------------------------


class Activity(BaseModel):
    """Something that a user looked at."""


@router.get("/api/imageinstance/{image_id}/positions.json")
@router.get("/api/imageinstance/{image_id}/annotation_action.json")
def activities_on_image(image_id: Id, asking: AskingOf) -> Listing[Activity]:
    """None: what users look at is not recorded."""
    return _no_activities(asking, ImageInstance, image_id)


@router.get("/api/sliceinstance/{slice_id}/positions.json")
def activities_on_slice(slice_id: Id, asking: AskingOf) -> Listing[Activity]:
    """None: what users look at is not recorded."""
    return _no_activities(asking, SliceInstance, slice_id)


@router.get("/api/project/{project_id}/userconnection/{user_id}.json")
@router.get("/api/project/{project_id}/user/{user_id}/imageconsultation.json")
def activities_in_project(project_id: Id, user_id: Id, asking: AskingOf) -> Listing[Activity]:
    """None: when users came is not recorded."""
    with asking.platform.sessions() as session:
        store.find(session, asking.caller, Project, project_id)
    return _no_activities(asking, User, user_id)


def _no_activities(asking: Asking, table: type[Entity], identifier: int) -> Listing[Activity]:
    with asking.platform.sessions() as session:
        store.find(session, asking.caller, table, identifier)
    return listing_of([], page=_ALL, size=0)
