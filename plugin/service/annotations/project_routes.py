"""Projects: members, images from Orthanc, terms, and the abstract images there are to choose from."""

from fastapi import APIRouter
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from ophtha_core.errors import InvalidInput
from plugin.service.annotations import store
from plugin.service.annotations import tables as t
from plugin.service.annotations.callers import Caller, CallerOf
from plugin.service.annotations.inventory import notice_departures, take_in, take_stock
from plugin.service.annotations.orthanc_images import Contents
from plugin.service.annotations.requests import BaseUrlOf, Id, JsonOf, PageOf, one_object
from plugin.service.annotations.resources import RESOURCES, Resource
from plugin.service.annotations.rights import is_manager, may_annotate, visible
from plugin.service.annotations.state import Platform, PlatformOf, next_ids
from plugin.service.annotations.views import Viewer
from plugin.service.annotations.wire import Json, JsonAnswer, ProtocolRoute, listing, written
from plugin.service.errors import Conflict, Forbidden, NotFound

router = APIRouter(tags=["annotations"], route_class=ProtocolRoute)

PROJECT, TERM, RELATION = RESOURCES["project"], RESOURCES["term"], RESOURCES["relationterm"]
ABSTRACT, INSTANCE = RESOURCES["abstractimage"], RESOURCES["imageinstance"]


# -- members -----------------------------------------------------------------------------------------------------


@router.post("/api/project/{project_id}/user/{user_id}.json")
def add_member(project_id: Id, user_id: Id, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
    """Let a user work on a project."""
    return _set_member(project_id, user_id, caller, platform, manages=None)


@router.post("/api/project/{project_id}/user/{user_id}/admin.json")
def add_manager(project_id: Id, user_id: Id, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
    """Let a user manage a project."""
    return _set_member(project_id, user_id, caller, platform, manages=True)


@router.delete("/api/project/{project_id}/user/{user_id}/admin.json")
def remove_manager(project_id: Id, user_id: Id, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
    """A manager becomes a plain member."""
    return _set_member(project_id, user_id, caller, platform, manages=False)


@router.delete("/api/project/{project_id}/user/{user_id}.json")
def remove_member(project_id: Id, user_id: Id, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
    """Take a user off a project. What the user annotated stays."""
    with platform.writing(caller) as session:
        _require_manager(session, caller, project_id)
        member = _member(session, project_id, user_id)
        if member is None:
            raise NotFound(f"User {user_id} is no member of project {project_id}")
        _keep_a_manager(session, member)
        session.delete(member)
    return JsonAnswer(_membership(project_id, user_id, "Delete"))


def _set_member(
    project_id: int, user_id: int, caller: Caller, platform: Platform, *, manages: bool | None
) -> JsonAnswer:
    """Add a member, or change whether one manages; None leaves that as it is."""
    with platform.writing(caller) as session:
        _require_manager(session, caller, project_id)
        # A manager adds people by id and need not see them before.
        if session.get(t.User, user_id) is None:
            raise NotFound(f"User {user_id} not found")
        member = _member(session, project_id, user_id)
        if member is None:
            if manages is False:
                raise NotFound(f"User {user_id} is no member of project {project_id}")
            member = t.Member(id=next_ids(session, 1)[0], project_id=project_id, user_id=user_id, is_manager=False)
            session.add(member)
        if manages is False:
            _keep_a_manager(session, member)
        if manages is not None:
            member.is_manager = manages
    return JsonAnswer(_membership(project_id, user_id, "Add"))


def _membership(project_id: int, user_id: int, verb: str) -> Json:
    view = {"id": user_id, "user": user_id, "project": project_id}
    return written("projectmember", "ProjectMember", verb, view)


def _require_manager(session: Session, caller: Caller, project_id: int) -> None:
    store.find(session, caller, PROJECT, project_id)
    if not (caller.may_write and is_manager(session, caller, project_id)):
        raise Forbidden("Only managers of the project change its members")


def _member(session: Session, project_id: int, user_id: int) -> t.Member | None:
    return session.scalar(select(t.Member).where(t.Member.project_id == project_id, t.Member.user_id == user_id))


def _keep_a_manager(session: Session, member: t.Member) -> None:
    managers = select(t.Member.id).where(t.Member.project_id == member.project_id, t.Member.is_manager)
    if member.is_manager and len(session.scalars(managers).all()) == 1:
        raise Conflict("A project keeps at least one manager")


# -- projects of a user, terms of a project ----------------------------------------------------------------------


@router.get("/api/user/{user_id}/project.json")
def projects_of_user(
    user_id: Id, caller: CallerOf, platform: PlatformOf, page: PageOf, base_url: BaseUrlOf
) -> JsonAnswer:
    """Projects that both the user and the caller are members of."""
    with platform.sessions() as session:
        store.find(session, caller, RESOURCES["user"], user_id)
        condition = t.Project.id.in_(select(t.Member.project_id).where(t.Member.user_id == user_id))
        found, size = store.page(session, caller, PROJECT, condition, offset=page.offset, limit=page.limit)
        views = Viewer(session, base_url).many(PROJECT, found)
    return JsonAnswer(listing(views, offset=page.offset, per_page=page.limit, size=size))


@router.get("/api/project/{project_id}/term.json")
def terms_of_project(
    project_id: Id, caller: CallerOf, platform: PlatformOf, page: PageOf, base_url: BaseUrlOf
) -> JsonAnswer:
    """Terms of the project's ontology."""
    with platform.sessions() as session:
        project = store.find(session, caller, PROJECT, project_id)
        assert isinstance(project, t.Project)
        condition = t.Term.ontology_id == project.ontology_id
        found, size = store.page(session, caller, TERM, condition, offset=page.offset, limit=page.limit)
        views = Viewer(session, base_url).many(TERM, found)
    return JsonAnswer(listing(views, offset=page.offset, per_page=page.limit, size=size))


@router.get("/api/annotation/{annotation_id}/term.json")
def terms_of_annotation(
    annotation_id: Id, caller: CallerOf, platform: PlatformOf, page: PageOf, base_url: BaseUrlOf
) -> JsonAnswer:
    """Terms of an annotation."""
    with platform.sessions() as session:
        store.find(session, caller, RESOURCES["annotation"], annotation_id)
        condition = t.Term.id.in_(
            select(t.AnnotationTerm.term_id).where(t.AnnotationTerm.annotation_id == annotation_id)
        )
        found, size = store.page(session, caller, TERM, condition, offset=page.offset, limit=page.limit)
        views = Viewer(session, base_url).many(TERM, found)
    return JsonAnswer(listing(views, offset=page.offset, per_page=page.limit, size=size))


@router.post("/api/relation/parent/term.json")
def add_relation(caller: CallerOf, platform: PlatformOf, body: JsonOf, base_url: BaseUrlOf) -> JsonAnswer:
    """Make one term the parent of another."""
    with platform.writing(caller) as session:
        entity = store.add(session, caller, RELATION, one_object(body))
        view = Viewer(session, base_url).one(RELATION, entity)
    return JsonAnswer(written("relationterm", "RelationTerm", "Add", view))


@router.get("/api/relation/parent/term1/{parent_id}/term2/{child_id}.json")
def fetch_relation(
    parent_id: Id, child_id: Id, caller: CallerOf, platform: PlatformOf, base_url: BaseUrlOf
) -> JsonAnswer:
    """Whether a term is the parent of another."""
    with platform.sessions() as session:
        entity = _relation(session, caller, parent_id, child_id)
        return JsonAnswer(Viewer(session, base_url).one(RELATION, entity))


@router.delete("/api/relation/parent/term1/{parent_id}/term2/{child_id}.json")
def delete_relation(
    parent_id: Id, child_id: Id, caller: CallerOf, platform: PlatformOf, base_url: BaseUrlOf
) -> JsonAnswer:
    """A term is no longer the parent of another."""
    with platform.writing(caller) as session:
        entity = _relation(session, caller, parent_id, child_id)
        view = Viewer(session, base_url).one(RELATION, entity)
        store.remove(session, caller, RELATION, entity.id)
    return JsonAnswer(written("relationterm", "RelationTerm", "Delete", view))


def _relation(session: Session, caller: Caller, parent_id: int, child_id: int) -> t.RelationTerm:
    query = select(t.RelationTerm).where(
        t.RelationTerm.term1_id == parent_id,
        t.RelationTerm.term2_id == child_id,
        visible(t.RelationTerm, caller),
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound(f"Term {parent_id} is no parent of term {child_id}")
    return found


# -- images ------------------------------------------------------------------------------------------------------


@router.get("/api/abstractimage.json")
def abstract_images(caller: CallerOf, platform: PlatformOf, page: PageOf, base_url: BaseUrlOf) -> JsonAnswer:
    """Every image in Orthanc the caller may see, and those described by clients."""
    if caller.is_admin:
        take_stock(platform)
    else:  # sees no image that is in no project yet
        notice_departures(platform)
    with platform.sessions() as session:
        found, size = store.page(session, caller, ABSTRACT, offset=page.offset, limit=page.limit)
        views = Viewer(session, base_url).many(ABSTRACT, found)
    return JsonAnswer(listing(views, offset=page.offset, per_page=page.limit, size=size))


@router.post("/api/project/{project_id}/orthanc.json")
def add_from_orthanc(
    project_id: Id, caller: CallerOf, platform: PlatformOf, body: JsonOf, base_url: BaseUrlOf
) -> JsonAnswer:
    """Add images by Orthanc ids of patients, studies, series or instances; images already there stay as they are."""
    resources = one_object(body).get("Resources")
    if not isinstance(resources, list) or not resources or not all(isinstance(each, str) for each in resources):
        raise InvalidInput("Resources", "must be a list of Orthanc ids")
    with platform.sessions() as session:
        store.find(session, caller, PROJECT, project_id)
        if not may_annotate(session, caller, project_id):
            raise Forbidden("You may not add images to this project")
    within = [platform.orthanc.series_within(each) for each in resources]
    take_in(platform, frozenset().union(*(each.series | each.parents for each in within)))
    with platform.writing(caller) as session:
        images = _visible_images(session, caller, within)
        views = Viewer(session, base_url).many(
            INSTANCE, [image_instance(session, caller, project_id, image.id) for image in images]
        )
    platform.audit(caller, "annotations.images.add", project_id, *resources)
    return JsonAnswer(
        {
            "message": f"{len(views)} images of Orthanc are in project {project_id}",
            "callback": {"method": "be.cytomine.AddImageInstanceCommand", "projectID": project_id},
            "printMessage": True,
            "collection": views,
        }
    )


def _visible_images(session: Session, caller: Caller, within: list[Contents]) -> list[t.AbstractImage]:
    image = t.AbstractImage
    wanted = or_(
        *(image.orthanc_series.in_(each.series) for each in within),
        *(image.orthanc_instance.in_(each.instances) for each in within),
        # An instance of a slide stands for the whole slide, whose image names no instance.
        *(and_(image.orthanc_series.in_(each.parents), image.orthanc_instance == "") for each in within),
    )
    query = select(t.AbstractImage).where(
        wanted, t.AbstractImage.deleted_ms.is_(None), visible(t.AbstractImage, caller)
    )
    images = list(session.scalars(query.order_by(t.AbstractImage.id)))
    if not images:
        raise NotFound("None of the resources holds an image you may see")
    return images


def image_instance(session: Session, caller: Caller, project_id: int, base_id: int) -> t.Entity:
    """The image in the project, added unless it is there."""
    known = session.scalar(
        select(t.ImageInstance).where(
            t.ImageInstance.project_id == project_id, t.ImageInstance.base_image_id == base_id
        )
    )
    return known or store.add(session, caller, INSTANCE, {"baseImage": base_id, "project": project_id})


@router.get("/api/imageinstance/{image_id}/sliceinstance/reference.json")
def reference_slice_of(image_id: Id, caller: CallerOf, platform: PlatformOf, base_url: BaseUrlOf) -> JsonAnswer:
    """The plane that annotations lie on when they name none."""
    with platform.sessions() as session:
        store.find(session, caller, INSTANCE, image_id)
        condition = t.SliceInstance.image_id == image_id
        found, _ = store.page(session, caller, RESOURCES["sliceinstance"], condition, offset=0, limit=1)
        if not found:
            raise NotFound(f"ImageInstance {image_id} has no slices")
        return JsonAnswer(Viewer(session, base_url).one(RESOURCES["sliceinstance"], found[0]))


@router.get("/api/imageserver.json")
def image_servers(caller: CallerOf, base_url: BaseUrlOf) -> JsonAnswer:
    """Clients of version 3 ask for one before they describe files."""
    server = {"class": "be.cytomine.image.server.ImageServer", "id": 1, "name": "Orthanc", "url": base_url}
    return JsonAnswer(listing([{**server, "available": True, "basePath": "/"}], offset=0, per_page=0, size=1))


@router.get("/api/abstractimage/{image_id}/imageservers.json")
def servers_of_image(image_id: Id, caller: CallerOf, platform: PlatformOf, base_url: BaseUrlOf) -> JsonAnswer:
    """Where the pixels of an image are served."""
    with platform.sessions() as session:
        store.find(session, caller, ABSTRACT, image_id)
    return JsonAnswer({"imageServersURLs": [base_url]})


# -- what users looked at: the clients only read it, and no page records it --------------------------------------


@router.get("/api/imageinstance/{image_id}/positions.json")
@router.get("/api/imageinstance/{image_id}/annotation_action.json")
def activities_on_image(image_id: Id, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
    """None: what users look at is not recorded."""
    return _no_activities(caller, platform, INSTANCE, image_id)


@router.get("/api/sliceinstance/{slice_id}/positions.json")
def activities_on_slice(slice_id: Id, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
    """None: what users look at is not recorded."""
    return _no_activities(caller, platform, RESOURCES["sliceinstance"], slice_id)


@router.get("/api/project/{project_id}/userconnection/{user_id}.json")
@router.get("/api/project/{project_id}/user/{user_id}/imageconsultation.json")
def activities_in_project(project_id: Id, user_id: Id, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
    """None: when users came is not recorded."""
    with platform.sessions() as session:
        store.find(session, caller, PROJECT, project_id)
    return _no_activities(caller, platform, RESOURCES["user"], user_id)


def _no_activities(caller: Caller, platform: Platform, resource: Resource, identifier: int) -> JsonAnswer:
    with platform.sessions() as session:
        store.find(session, caller, resource, identifier)
    return JsonAnswer(listing([], offset=0, per_page=0, size=0))
