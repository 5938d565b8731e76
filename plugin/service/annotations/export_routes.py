"""Exports in one call: GeoJSON, label masks, archives, and DICOM objects stored back into the study."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from pydicom.uid import generate_uid
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, Response

from ophtha_core.annotations.dicom_ann import ClassedGeometry, bulk_annotations_of
from ophtha_core.annotations.dicom_objects import ObjectIdentity
from ophtha_core.annotations.dicom_seg import segmentation_of
from ophtha_core.dicom.writing import new_file_bytes
from ophtha_core.errors import InvalidInput
from plugin.service.annotations import exports, store
from plugin.service.annotations import fields as f
from plugin.service.annotations import tables as t
from plugin.service.annotations.callers import Caller, CallerOf
from plugin.service.annotations.export_job import KIND, archive_path, request_of
from plugin.service.annotations.exports import ExportWish, ImageExport, StoredAnnotation
from plugin.service.annotations.image_routes import source_of_base
from plugin.service.annotations.kinds.abstract_image import require_names
from plugin.service.annotations.kinds.project import may_annotate
from plugin.service.annotations.requests import Id, JsonOf, one_object
from plugin.service.annotations.state import Platform, PlatformOf
from plugin.service.annotations.wire import JsonAnswer, ProtocolRoute
from plugin.service.errors import Forbidden, NotFound
from plugin.service.jobs import JobRecord, JobState
from plugin.service.serving.pieces import answer_of

router = APIRouter(tags=["annotations"], route_class=ProtocolRoute)

_SERIES_NUMBER: Final = 9000


async def read_export_wish(
    caller: CallerOf,
    terms: Annotated[str, Query(description="Ids of terms; all when empty")] = "",
    users: Annotated[str, Query(description="Ids of users; all when empty")] = "",
    order: Annotated[
        str, Query(description='Names of classes, drawn in this order: later wins; "a, b" is one name')
    ] = "",
    zoom: Annotated[int, Query(ge=0, le=exports.MAX_ZOOM, description="Halvings of masks")] = 0,
    plane: Annotated[str, Query(alias="slice", description="Id of one plane; all when empty")] = "",
    properties: Annotated[bool, Query(description="GeoJSON carries the properties of annotations")] = False,
) -> ExportWish:
    return ExportWish(
        terms=tuple(f.identifiers(terms, "terms")) if terms else None,
        users=tuple(f.identifiers(users, "users")) if users else None,
        order=_names(order) if order else None,
        zoom=zoom,
        plane=f.identifier(plane, "slice") if plane else None,
        seen_by=None if caller.is_admin else caller.user_id,
        properties=properties,
    )


def _names(text: str) -> tuple[str, ...]:
    """Names separated by commas; one that holds a comma stands in double quotes."""
    try:
        listed = next(csv.reader([text], skipinitialspace=True, strict=True), [])
    except csv.Error:
        raise InvalidInput("order", "must be names separated by commas") from None
    return tuple(name.strip() for name in listed if name.strip())


ExportWishOf = Annotated[ExportWish, Depends(read_export_wish)]
Maker = Callable[[ImageExport], Iterator[bytes]]


def _stream(
    image_id: int, caller: Caller, platform: Platform, wish: ExportWish, make: Maker, *, media_type: str, name: str
) -> Response:
    def pieces() -> Iterator[bytes]:
        with platform.sessions() as session:
            image = store.find(session, caller, t.ImageInstance, image_id)
            yield from make(ImageExport(session, image, wish))

    answer = _download(pieces(), media_type=media_type, name=name)
    platform.audit(caller, "annotations.export", image_id, name.rpartition(".")[2])
    return answer


@router.get("/api/imageinstance/{image_id}/export.geojson")
def export_geojson(image_id: Id, caller: CallerOf, platform: PlatformOf, wish: ExportWishOf) -> Response:
    """One FeatureCollection, ready for QuPath; origin top-left, y down, pixels of the full resolution."""
    name = f"{image_id}.geojson"
    return _stream(image_id, caller, platform, wish, exports.geojson, media_type="application/geo+json", name=name)


@router.get("/api/imageinstance/{image_id}/export.png")
def export_png(image_id: Id, caller: CallerOf, platform: PlatformOf, wish: ExportWishOf) -> Response:
    """A label mask: class ids 1…N in drawing order, 0 is background. Of several planes ``slice`` names one."""
    name = f"{image_id}_mask.png"
    return _stream(image_id, caller, platform, wish, exports.png, media_type="image/png", name=name)


@router.get("/api/imageinstance/{image_id}/export.tif")
def export_tiff(image_id: Id, caller: CallerOf, platform: PlatformOf, wish: ExportWishOf) -> Response:
    """A label mask as tiled BigTIFF; of an image with several planes a page each."""
    name = f"{image_id}_mask.tif"
    return _stream(image_id, caller, platform, wish, exports.tiff, media_type="image/tiff", name=name)


@router.get("/api/imageinstance/{image_id}/export.zip")
def export_zip(image_id: Id, caller: CallerOf, platform: PlatformOf, wish: ExportWishOf) -> Response:
    """GeoJSON, mask and the meaning of its values."""

    def make(export: ImageExport) -> Iterator[bytes]:
        return exports.archive(iter([export]))

    return _stream(image_id, caller, platform, wish, make, media_type="application/zip", name=f"{image_id}.zip")


@router.get("/api/project/{project_id}/export.zip")
def export_project(project_id: Id, caller: CallerOf, platform: PlatformOf, wish: ExportWishOf) -> Response:
    """GeoJSON, mask and classes of every image of a project that has a size."""

    def pieces() -> Iterator[bytes]:
        with platform.sessions() as session:
            store.find(session, caller, t.Project, project_id)
            yield from exports.archive(exports.project_exports(session, project_id, wish))

    answer = _download(pieces(), media_type="application/zip", name=f"project-{project_id}.zip")
    platform.audit(caller, "annotations.export", project_id, "zip")
    return answer


def _download(pieces: Iterator[bytes], *, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return answer_of(pieces, media_type=media_type, headers=headers)


@router.post("/api/project/{project_id}/export.json")
async def start_project_export(
    project_id: Id, caller: CallerOf, platform: PlatformOf, query: ExportWishOf, body: JsonOf
) -> JsonAnswer:
    """Make the archive of a project in the background; ``terms``, ``users``, ``order`` in the query or a JSON body."""
    wish = _wish_of_body(query, body)
    await run_in_threadpool(_require_project, caller, platform, project_id)
    record = await platform.parts.jobs.submit(KIND, request_of(project_id, wish), owner=caller.username)
    platform.audit(caller, "annotations.export", project_id, "job")
    return JsonAnswer({"message": "The export has begun", "printMessage": True, **_job_view(project_id, record)})


@router.get("/api/project/{project_id}/export/{job_id}.json")
async def watch_project_export(project_id: Id, job_id: str, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
    """How far an export is."""
    await run_in_threadpool(_require_project, caller, platform, project_id)
    return JsonAnswer(_job_view(project_id, await _job(platform, caller, project_id, job_id)))


@router.get("/api/project/{project_id}/export/{job_id}.zip", response_class=FileResponse)
async def download_project_export(project_id: Id, job_id: str, caller: CallerOf, platform: PlatformOf) -> FileResponse:
    """The archive of a finished export."""
    await run_in_threadpool(_require_project, caller, platform, project_id)
    record = await _job(platform, caller, project_id, job_id)
    path = archive_path(platform.parts.configuration.storage, record.id)
    if record.state != JobState.SUCCESS or not path.is_file():
        raise NotFound("The archive is not there (yet, or any more)")
    return FileResponse(path, media_type="application/zip", filename=f"project-{project_id}.zip")


def _require_project(caller: Caller, platform: Platform, project_id: int) -> None:
    with platform.sessions() as session:
        store.find(session, caller, t.Project, project_id)


async def _job(platform: Platform, caller: Caller, project_id: int, job_id: str) -> JobRecord:
    record = await platform.parts.jobs.find(job_id)
    is_theirs = caller.is_admin or record.owner == caller.username  # others may see other layers
    if record.kind != KIND or record.request.get("project") != project_id or not is_theirs:
        raise NotFound("The project has no such export")
    return record


def _job_view(project_id: int, record: JobRecord) -> dict[str, object]:
    return {
        "job": record.id,
        "state": str(record.state),
        "progress": round(record.progress * 100),
        "error": record.error_details,
        "archive": f"/api/project/{project_id}/export/{record.id}.zip",
    }


# -- back into the PACS ------------------------------------------------------------------------------------------


@router.post("/api/imageinstance/{image_id}/export/dicom")
def export_dicom(image_id: Id, caller: CallerOf, platform: PlatformOf, query: ExportWishOf, body: JsonOf) -> JsonAnswer:
    """Store a DICOM Segmentation, and for slides Microscopy Bulk Simple Annotations, in the image's study.

    ``terms``, ``users`` and ``order`` may also be fields of a JSON body. Exporting the same annotations again stores
    the same objects again, not new ones beside them.
    """
    wish = _wish_of_body(query, body)
    if wish.zoom:
        raise InvalidInput("zoom", "must be 0: DICOM objects have the resolution of the image")
    with platform.sessions() as session:
        image = store.find(session, caller, t.ImageInstance, image_id)
        if not may_annotate(session, caller, image.project_id):
            raise Forbidden("You may not store results of this project")
        base = session.get_one(t.AbstractImage, image.base_image_id)
        require_names(session, caller, base.id)
        export = ImageExport(session, image, wish)
        annotations = list(export.annotations())
    if not annotations:
        raise NotFound("The image has no annotations to export")
    source = source_of_base(platform, base, None, image_id=image_id)
    header = platform.orthanc.header(source.pyramid.base_image.key)
    content = [
        str(image_id),
        repr(replace(wish, seen_by=None)),
        repr(export.order),
        *(f"{each.identifier} {each.geometry.wkt} {each.classes}" for each in annotations),
    ]

    def identity(kind: str, number: int) -> ObjectIdentity:
        return ObjectIdentity(
            series_instance_uid=generate_uid(entropy_srcs=["series", kind, *content]),
            sop_instance_uid=generate_uid(entropy_srcs=["instance", kind, *content]),
            series_number=_SERIES_NUMBER + number,
        )

    is_slide = not base.orthanc_instance
    by_frame: dict[int, list[StoredAnnotation]] = {}
    for each in annotations:
        by_frame.setdefault(0 if is_slide else each.plane.frame, []).append(each)
    masks = {frame: export.mask_of(drawn) for frame, drawn in sorted(by_frame.items())}
    made = [segmentation_of(masks, export.order, header, identity("SEG", 1))]
    if is_slide:
        order = export.order
        geometries = [
            ClassedGeometry(each.geometry, drawn)
            for each in annotations
            for drawn in ([order.named(name) for name in each.classes] or [order.unlabelled])
        ]
        made.append(bulk_annotations_of(geometries, header, identity("ANN", 2)))
    stored = {str(each.Modality): platform.orthanc.store(new_file_bytes(each)) for each in made}
    platform.audit(caller, "annotations.export", image_id, *stored.values())
    return JsonAnswer(
        {
            "message": f"Stored {' and '.join(stored)} in the study of image {image_id}",
            "printMessage": True,
            "image": image_id,
            "instances": stored,
        }
    )


def _wish_of_body(query: ExportWish, body: object) -> ExportWish:
    """Orthanc keeps the query of a POST from plugins: a body says the same."""
    given = one_object(body) if body is not None else {}
    order = given.get("order")
    if isinstance(order, str):
        order = list(_names(order))
    if order is not None and not (isinstance(order, list) and all(isinstance(name, str) for name in order)):
        raise InvalidInput("order", "must be a list of class names")
    return ExportWish(
        terms=query.terms if given.get("terms") is None else tuple(f.identifiers(given["terms"], "terms")),
        users=query.users if given.get("users") is None else tuple(f.identifiers(given["users"], "users")),
        order=query.order if order is None else tuple(name.strip() for name in order),
        zoom=query.zoom,
        plane=query.plane if given.get("slice") is None else f.identifier(given["slice"], "slice"),
        seen_by=query.seen_by,
        properties=query.properties if given.get("properties") is None else given["properties"] is True,
    )
