"""Objects as JSON, many at a time: what is counted or looked up is asked for once a page."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.service.annotations import tables as t
from plugin.service.annotations.callers import ROLE_IDS
from plugin.service.annotations.resources import RESOURCES, Resource
from plugin.service.annotations.wire import Json, date
from plugin.service.config import Role


class Viewer:
    """Turns rows into JSON; ``base_url`` begins the links in it."""

    def __init__(self, session: Session, base_url: str) -> None:
        self.session = session
        self.base_url = base_url

    def one(self, resource: Resource, entity: t.Entity) -> Json:
        return self.many(resource, [entity])[0]

    def many(self, resource: Resource, entities: Sequence[t.Entity]) -> list[Json]:
        add = _DETAILS.get(resource.key)
        details = add(self, entities) if add else [{} for _ in entities]
        return [{**_common(resource, entity), **detail} for entity, detail in zip(entities, details, strict=True)]

    def counts(self, column: object, among: Sequence[int], *conditions: object) -> Mapping[int, int]:
        """How often each id occurs in a column."""
        query = select(column, func.count()).where(column.in_(among), *conditions).group_by(column)  # type: ignore[call-overload, attr-defined]
        return {int(key): int(count) for key, count in self.session.execute(query)}


def _common(resource: Resource, entity: t.Entity) -> dict[str, object]:
    return {
        "class": resource.java_class,
        "id": entity.id,
        "created": date(entity.created_ms),
        "updated": date(entity.updated_ms),
        "deleted": None,
        **{field.name: getattr(entity, field.column) for field in resource.fields},
    }


Details = Callable[[Viewer, Sequence[t.Entity]], list[dict[str, object]]]


def _ids(entities: Sequence[t.Entity]) -> list[int]:
    return [entity.id for entity in entities]


def _user(viewer: Viewer, entities: Sequence[t.Entity]) -> list[dict[str, object]]:
    roles: dict[int, set[int]] = {}
    for user_id, role_id in viewer.session.execute(
        select(t.UserRole.user_id, t.UserRole.role_id).where(t.UserRole.user_id.in_(_ids(entities)))
    ):
        roles.setdefault(user_id, set()).add(role_id)
    details: list[dict[str, object]] = []
    for entity in entities:
        user = cast("t.User", entity)
        own = roles.get(user.id, set())
        is_admin, is_user = ROLE_IDS[Role.ADMIN] in own, ROLE_IDS[Role.USER] in own
        details.append(
            {
                "name": user.username,
                "algo": False,
                "enabled": user.is_enabled,
                "origin": "CONFIGURATION" if user.is_configured else "API",
                "admin": is_admin,
                "user": is_user and not is_admin,
                "guest": not is_admin and not is_user,
            }
        )
    return details


def _ontology(viewer: Viewer, entities: Sequence[t.Entity]) -> list[dict[str, object]]:
    terms: dict[int, list[dict[str, object]]] = {}
    for term in viewer.session.scalars(
        select(t.Term).where(t.Term.ontology_id.in_(_ids(entities))).order_by(t.Term.id)
    ):
        terms.setdefault(term.ontology_id, []).append(
            {
                "id": term.id,
                "name": term.name,
                "title": term.name,
                "key": term.id,
                "color": term.color,
                "class": RESOURCES["term"].java_class,
                "isFolder": False,
                "hideCheckbox": False,
                "data": term.name,
                "attr": {"id": term.id, "type": RESOURCES["term"].java_class},
                "children": [],
            }
        )
    projects: dict[int, list[Json]] = {}
    for project_id, name, ontology_id in viewer.session.execute(
        select(t.Project.id, t.Project.name, t.Project.ontology_id).where(t.Project.ontology_id.in_(_ids(entities)))
    ):
        projects.setdefault(int(ontology_id or 0), []).append({"id": project_id, "name": name})
    return [
        {
            "user": ontology.user_id,
            "title": ontology.name,
            "attr": {"id": ontology.id, "type": RESOURCES["ontology"].java_class},
            "data": ontology.name,
            "isFolder": True,
            "key": ontology.id,
            "hideCheckbox": True,
            "state": "open",
            "numberOfProjects": len(projects.get(ontology.id, [])),
            "children": terms.get(ontology.id, []),
        }
        for ontology in (cast("t.Ontology", entity) for entity in entities)
    ]


def _term(viewer: Viewer, entities: Sequence[t.Entity]) -> list[dict[str, object]]:
    parents = {
        child: parent
        for parent, child in viewer.session.execute(
            select(t.RelationTerm.term1_id, t.RelationTerm.term2_id).where(t.RelationTerm.term2_id.in_(_ids(entities)))
        )
    }
    return [{"parent": parents.get(entity.id)} for entity in entities]


def _relation_term(viewer: Viewer, entities: Sequence[t.Entity]) -> list[dict[str, object]]:
    return [{"name": "parent"} for _ in entities]


def _project(viewer: Viewer, entities: Sequence[t.Entity]) -> list[dict[str, object]]:
    ids = _ids(entities)
    images = viewer.counts(t.ImageInstance.project_id, ids)
    annotations = viewer.counts(t.Annotation.project_id, ids)
    reviewed = viewer.counts(t.Annotation.project_id, ids, t.Annotation.reviewed)
    members = viewer.counts(t.Member.project_id, ids)
    names: dict[int, str] = {
        ontology_id: name
        for ontology_id, name in viewer.session.execute(
            select(t.Ontology.id, t.Ontology.name)
            .join(t.Project, t.Project.ontology_id == t.Ontology.id)
            .where(t.Project.id.in_(ids))
        )
    }
    return [
        {
            "user": project.user_id,
            "ontologyName": None if project.ontology_id is None else names.get(project.ontology_id),
            "numberOfImages": images.get(project.id, 0),
            "numberOfSlides": images.get(project.id, 0),
            "numberOfAnnotations": annotations.get(project.id, 0),
            "numberOfJobAnnotations": 0,
            "numberOfReviewedAnnotations": reviewed.get(project.id, 0),
            "membersCount": members.get(project.id, 0),
            "retrievalProjects": [],
            "retrievalDisable": True,
            "retrievalAllOntology": False,
            "isReadOnly": project.mode == "READ_ONLY",
            "isRestricted": project.mode == "RESTRICTED",
        }
        for project in (cast("t.Project", entity) for entity in entities)
    ]


def _storage(viewer: Viewer, entities: Sequence[t.Entity]) -> list[dict[str, object]]:
    return [{"userId": cast("t.Storage", entity).user_id} for entity in entities]


def _uploaded_file(viewer: Viewer, entities: Sequence[t.Entity]) -> list[dict[str, object]]:
    return [{"path": cast("t.UploadedFile", entity).filename, "statusText": "UPLOADED"} for entity in entities]


def _abstract_image(viewer: Viewer, entities: Sequence[t.Entity]) -> list[dict[str, object]]:
    return [_image_facts(viewer, cast("t.AbstractImage", entity), "abstractimage", entity.id) for entity in entities]


def _image_facts(viewer: Viewer, image: t.AbstractImage, key: str, identifier: int) -> dict[str, object]:
    """What image instances show of their abstract image as well."""
    address = f"{viewer.base_url}/api/{key}/{identifier}"
    return {
        "deleted": date(image.deleted_ms),
        "originalFilename": image.original_filename,
        "filename": image.original_filename,
        "path": image.original_filename,
        "contentType": image.content_type,
        "width": image.width,
        "height": image.height,
        "depth": image.depth,
        "duration": image.duration,
        "channels": image.channels,
        "bitPerSample": image.bit_per_sample,
        "samplePerPixel": image.sample_per_pixel,
        "colorspace": image.colorspace,
        "zoom": None if image.zoom_levels is None else image.zoom_levels - 1,
        "dimensions": {"x": image.width, "y": image.height},
        "thumb": f"{address}/thumb.png?maxSize=512",
        "preview": f"{address}/preview.png?maxSize=1024",
        "orthancSeries": image.orthanc_series,
        "orthancInstance": image.orthanc_instance or None,
    }


def _image_instance(viewer: Viewer, entities: Sequence[t.Entity]) -> list[dict[str, object]]:
    instances = [cast("t.ImageInstance", entity) for entity in entities]
    base_ids = {instance.base_image_id for instance in instances}
    images = {
        image.id: image
        for image in viewer.session.scalars(select(t.AbstractImage).where(t.AbstractImage.id.in_(base_ids)))
    }
    ids = _ids(instances)
    annotations = viewer.counts(t.Annotation.image_id, ids)
    reviewed = viewer.counts(t.Annotation.image_id, ids, t.Annotation.reviewed)
    details: list[dict[str, object]] = []
    for instance in instances:
        image = images[instance.base_image_id]
        details.append(
            {
                **_image_facts(viewer, image, "imageinstance", instance.id),
                "user": instance.user_id,
                "instanceFilename": instance.instance_filename or image.original_filename,
                "physicalSizeX": instance.physical_size_x_um or image.physical_size_x_um,
                "physicalSizeY": instance.physical_size_y_um or image.physical_size_y_um,
                "physicalSizeZ": instance.physical_size_z_um or image.physical_size_z_um,
                "fps": instance.fps or image.fps,
                "magnification": instance.magnification or image.magnification,
                "numberOfAnnotations": annotations.get(instance.id, 0),
                "numberOfJobAnnotations": 0,
                "numberOfReviewedAnnotations": reviewed.get(instance.id, 0),
                "reviewed": False,
                "inReview": False,
            }
        )
    return details


def _slice_instance(viewer: Viewer, entities: Sequence[t.Entity]) -> list[dict[str, object]]:
    base_ids = {cast("t.SliceInstance", entity).base_slice_id for entity in entities}
    bases = {
        each.id: each
        for each in viewer.session.scalars(select(t.AbstractSlice).where(t.AbstractSlice.id.in_(base_ids)))
    }
    details: list[dict[str, object]] = []
    for entity in entities:
        instance = cast("t.SliceInstance", entity)
        base = bases[instance.base_slice_id]
        details.append(
            {
                "project": instance.project_id,
                "mime": base.mime,
                "channel": base.channel,
                "zStack": base.z_stack,
                "time": base.time,
                "rank": base.z_stack,
            }
        )
    return details


def _abstract_slice(viewer: Viewer, entities: Sequence[t.Entity]) -> list[dict[str, object]]:
    return [{"rank": cast("t.AbstractSlice", entity).z_stack} for entity in entities]


def _track(viewer: Viewer, entities: Sequence[t.Entity]) -> list[dict[str, object]]:
    return [{"project": cast("t.Track", entity).project_id} for entity in entities]


def _tag(viewer: Viewer, entities: Sequence[t.Entity]) -> list[dict[str, object]]:
    return [{"user": cast("t.Tag", entity).user_id} for entity in entities]


_DETAILS: Final[Mapping[str, Details]] = {
    "user": _user,
    "ontology": _ontology,
    "term": _term,
    "relationterm": _relation_term,
    "project": _project,
    "storage": _storage,
    "uploadedfile": _uploaded_file,
    "abstractimage": _abstract_image,
    "abstractslice": _abstract_slice,
    "imageinstance": _image_instance,
    "sliceinstance": _slice_instance,
    "track": _track,
    "tag": _tag,
}
