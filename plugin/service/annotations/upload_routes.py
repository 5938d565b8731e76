"""``/upload``: DICOM files that become images of the platform."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import PurePath
from typing import Annotated, Final
from uuid import uuid4

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from ophtha_core.errors import InvalidInput
from ophtha_core.slides.conversion.formats import SlideFormat, format_of, probe
from plugin.service.annotations import fields as f
from plugin.service.annotations import store
from plugin.service.annotations import tables as t
from plugin.service.annotations.callers import Caller, IdentifiedOf
from plugin.service.annotations.conversion_job import CONVERTING, DEPLOYED, KIND, ConversionRequest, keep, kept_path
from plugin.service.annotations.image_properties import add_properties
from plugin.service.annotations.inventory import take_in
from plugin.service.annotations.kinds.abstract_image import ABSTRACT_IMAGE
from plugin.service.annotations.kinds.image_instance import IMAGE_INSTANCE, shown_in_project
from plugin.service.annotations.kinds.project import may_annotate
from plugin.service.annotations.kinds.uploaded_file import UPLOADED_FILE, NewUploadedFile
from plugin.service.annotations.requests import BaseUrlOf, Viewing
from plugin.service.annotations.sent_files import FORM_BODY, SentFile, file_name, sent_file
from plugin.service.annotations.shapes import View
from plugin.service.annotations.state import Platform, PlatformOf
from plugin.service.annotations.uploaded_dicom import Upload, UploadedDicom
from plugin.service.annotations.wire import JsonAnswer, ProtocolRoute
from plugin.service.disk import require_free_space
from plugin.service.errors import Forbidden
from plugin.service.jobs import JobState
from plugin.service.serving.bodies import MAX_KNOWN_BYTES

router = APIRouter(tags=["annotations"], route_class=ProtocolRoute)

MAX_UPLOAD_BYTES: Final = 4 * 2**30
_START_BYTES: Final = 16
_PATIENCE_S: Final = 600.0
_LOOK_EVERY_S: Final = 0.25


@dataclass(frozen=True)
class UploadWish:
    """Where a file goes: the storage it is listed in, projects its images join, properties of its images."""

    storage: int
    projects: tuple[int, ...]
    properties: tuple[tuple[str, str], ...]


async def read_upload_wish(
    storage: Annotated[str, Query(description="Id of a storage")] = "",
    old_storage: Annotated[str, Query(alias="idStorage", description="The same, of older clients")] = "",
    projects: Annotated[str, Query(description="Ids of projects")] = "",
    old_project: Annotated[str, Query(alias="idProject", description="The same, of older clients")] = "",
    keys: Annotated[str, Query(description="Keys of properties, separated by commas")] = "",
    values: Annotated[str, Query(description="Their values")] = "",
) -> UploadWish:
    names, texts = (each.split(",") if each else [] for each in (keys, values))
    if len(names) != len(texts) or len(set(names)) != len(names):
        raise InvalidInput("keys", "must be different, and as many as values")
    if not (storage or old_storage):
        raise InvalidInput("storage", "is missing")
    wanted = projects or old_project
    return UploadWish(
        storage=f.identifier(storage or old_storage, "storage"),
        projects=tuple(f.identifiers(wanted, "projects")) if wanted else (),
        properties=tuple(
            (f.text(name, "keys"), f.long_text(text, "values")) for name, text in zip(names, texts, strict=True)
        ),
    )


@dataclass(frozen=True)
class _Stored:
    """A file as it was sent, and where Orthanc keeps what was in it; ``known`` are images that were there before."""

    name: str
    size: int
    instances: tuple[str, ...]
    series: frozenset[str]
    known: frozenset[int]


@router.post("/upload", openapi_extra={"requestBody": FORM_BODY})
async def upload(
    request: Request,
    identified: IdentifiedOf,
    platform: PlatformOf,
    wish: Annotated[UploadWish, Depends(read_upload_wish)],
    base_url: BaseUrlOf,
    sync: Annotated[bool, Query(description="Wait until a picture is converted, ten minutes at most")] = False,
) -> JsonAnswer:
    """Store a DICOM file, or a zip archive of some, in Orthanc (multipart, ``files[]``). On the API port only.

    Files that are stored already stay as they are. Only administrators add to studies that Orthanc holds. TIFF (also
    SVS and NDPI), PNG and JPEG are converted to a DICOM pyramid by a job, which ``sync=true`` waits for.
    """
    caller = identified.caller
    async with sent_file(request, identified, platform, max_bytes=MAX_UPLOAD_BYTES) as file:
        kind = await run_in_threadpool(_format_of, file)
        if kind is None:
            if file.size_bytes > MAX_KNOWN_BYTES:
                raise InvalidInput("files[]", f"is larger than {MAX_KNOWN_BYTES >> 20} MB, as only slides may be")
            async with platform.uploads:
                return await run_in_threadpool(_deploy, caller, platform, wish, file, base_url)
        waiting = await run_in_threadpool(_kept, caller, platform, wish, file, kind)
    job = await platform.parts.jobs.submit(KIND, waiting.to_json(), owner=caller.username)
    if sync:
        await _ended(platform, job.id)
    platform.audit(caller, "annotations.upload", waiting.file_id, job.id)
    return JsonAnswer([await run_in_threadpool(_converting, caller, platform, waiting, job.id, base_url)])


def _format_of(file: SentFile) -> SlideFormat | None:
    start = file.content.read(_START_BYTES)
    file.content.seek(0)
    return format_of(start, file_name(file.name))


def _kept(caller: Caller, platform: Platform, wish: UploadWish, file: SentFile, kind: SlideFormat) -> ConversionRequest:
    """The file on disk, once it is known that it can be read, and its row. Raises Forbidden, InvalidInput."""
    name = file_name(file.name)
    storage = platform.parts.configuration.storage
    with platform.sessions() as session:
        _require_rights(session, caller, wish)
    require_free_space(storage, 2 * file.size_bytes)
    waiting = storage / "slide-uploads" / f"{uuid4()}.part"
    try:
        keep(file.content, waiting)
        platform.parts.readers.call("The file sent", probe, str(waiting), kind)
        with platform.writing(caller) as session:
            described = _described(name, file.size_bytes, wish, status=CONVERTING)
            file_id = store.add(session, caller, UPLOADED_FILE, described).id
        waiting.replace(kept_path(storage, file_id))
    finally:
        waiting.unlink(missing_ok=True)
    return ConversionRequest(file_id, name, kind, caller.user_id, wish.projects, wish.properties)


async def _ended(platform: Platform, job_id: str) -> None:
    """Wait for a job; who waits too long asks the uploaded file."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE_S):
            while not JobState((await platform.parts.jobs.find(job_id)).state).is_final:
                await asyncio.sleep(_LOOK_EVERY_S)


def _converting(
    caller: Caller, platform: Platform, waiting: ConversionRequest, job_id: str, base_url: str
) -> dict[str, object]:
    with platform.sessions() as session:
        viewing = Viewing(session, base_url, caller)
        file = store.find(session, caller, t.UploadedFile, waiting.file_id)
        image = t.AbstractImage
        images: list[dict[str, object]] = []
        for each in session.scalars(select(image).where(image.uploaded_file_id == file.id)).all():
            joined = session.scalars(select(t.ImageInstance).where(t.ImageInstance.base_image_id == each.id)).all()
            images.append(_with_instances(viewing, each, joined))
        shown = _shown(UPLOADED_FILE.view(viewing, file))
    return {"status": HTTPStatus.OK, "name": waiting.name, "uploadedFile": shown, "images": images, "job": job_id}


def _with_instances(viewing: Viewing, image: t.AbstractImage, joined: Sequence[t.ImageInstance]) -> dict[str, object]:
    return {
        "image": _shown(ABSTRACT_IMAGE.view(viewing, image)),
        "imageInstances": [_shown(view) for view in IMAGE_INSTANCE.views(viewing, joined)],
    }


def _described(name: str, size_bytes: int, wish: UploadWish, *, status: int) -> NewUploadedFile:
    suffix = PurePath(name).suffix.removeprefix(".")
    described = {
        "originalFilename": name,
        "filename": name,
        "size": size_bytes,
        "status": status,
        "contentType": "application/dicom" if status == DEPLOYED else f"image/{suffix.lower()}",
        "ext": suffix,
        "storage": wish.storage,
        "projects": list(wish.projects) or None,
    }
    return NewUploadedFile.model_validate(described)


def _deploy(caller: Caller, platform: Platform, wish: UploadWish, file: SentFile, base_url: str) -> JsonAnswer:
    name = file_name(file.name)
    with platform.sessions() as session:
        _require_rights(session, caller, wish)
    with (
        Upload(platform.parts.configuration.storage, file.content.read(), platform.parts.readers.call) as sent,
        _storing(platform, _allowed(platform, caller, sent)) as instances,
    ):
        series = frozenset(platform.orthanc.series_of(each) for each in instances)
        with platform.sessions() as session:
            there = session.scalars(select(t.AbstractImage.id).where(t.AbstractImage.orthanc_series.in_(series)))
            stored = _Stored(name, file.size_bytes, tuple(instances), series, frozenset(there))
        take_in(platform, series)
        with platform.writing(caller) as session:
            answer = _listed(session, caller, wish, stored, base_url)
    platform.audit(caller, "annotations.upload", *sorted(series))
    return JsonAnswer([answer])


def _require_rights(session: Session, caller: Caller, wish: UploadWish) -> None:
    if not caller.may_write:
        raise Forbidden("You may not add files")
    store.find(session, caller, t.Storage, wish.storage)
    for project_id in wish.projects:
        store.find(session, caller, t.Project, project_id)
        if not may_annotate(session, caller, project_id):
            raise Forbidden("You may not add images to this project")


def _allowed(platform: Platform, caller: Caller, sent: Upload) -> Iterator[UploadedDicom]:
    """The files, when the caller may add them. Raises Forbidden."""
    if not caller.is_admin:
        _require_own_studies(platform, caller, sent.studies)
    return sent.files()


def _require_own_studies(platform: Platform, caller: Caller, studies: Iterable[str]) -> None:
    """A user adds to a study only when all its images came by the same user's uploads."""
    for study in studies:
        series = platform.orthanc.series_of_study(study)
        own = select(t.AbstractImage.orthanc_series).where(
            t.AbstractImage.orthanc_series.in_(series), t.AbstractImage.user_id == caller.user_id
        )
        with platform.sessions() as session:
            if series - set(session.scalars(own)):
                raise Forbidden("The study is in Orthanc already: an administrator adds to it")


@contextmanager
def _storing(platform: Platform, files: Iterable[UploadedDicom]) -> Iterator[list[str]]:
    """Orthanc ids of the files, stored; those that were not there before leave again when something goes wrong."""
    instances: list[str] = []
    new: list[str] = []
    try:
        for each in files:
            instance, is_new = platform.orthanc.add(each.content)
            instances.append(instance)
            if is_new:
                new.append(instance)
        yield instances
    except BaseException:
        for instance in new:
            platform.orthanc.remove(instance)
        raise


def _listed(session: Session, caller: Caller, wish: UploadWish, stored: _Stored, base_url: str) -> dict[str, object]:
    """The uploaded file and its images, as clients expect them."""
    described = _described(stored.name, stored.size, wish, status=DEPLOYED)
    file = store.add(session, caller, UPLOADED_FILE, described)
    image = t.AbstractImage
    found = select(image).where(
        image.orthanc_series.in_(stored.series),
        image.orthanc_instance.in_(["", *stored.instances]),
        image.deleted_ms.is_(None),
    )
    viewing = Viewing(session, base_url, caller)
    images: list[dict[str, object]] = []
    all_found = session.scalars(found.order_by(image.id)).all()
    for each in all_found:
        if each.id not in stored.known:
            each.user_id, each.uploaded_file_id = caller.user_id, file.id
            if len(all_found) == 1:
                each.original_filename = stored.name
            session.flush()
        add_properties(session, each, wish.properties)
        joined = [shown_in_project(session, caller, project, each.id) for project in wish.projects]
        images.append(_with_instances(viewing, each, joined))
    shown = _shown(UPLOADED_FILE.view(viewing, file))
    return {"status": HTTPStatus.OK, "name": stored.name, "uploadedFile": shown, "images": images}


def _shown(view: View) -> dict[str, object]:
    return view.model_dump(by_alias=True)
