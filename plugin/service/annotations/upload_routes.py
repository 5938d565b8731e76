"""``/upload``: DICOM files that become images of the platform."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import PurePath
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from ophtha_core.errors import InvalidInput
from plugin.service.annotations import fields as f
from plugin.service.annotations import store
from plugin.service.annotations import tables as t
from plugin.service.annotations.callers import Caller, IdentifiedOf
from plugin.service.annotations.inventory import take_in
from plugin.service.annotations.kinds.abstract_image import ABSTRACT_IMAGE
from plugin.service.annotations.kinds.image_instance import IMAGE_INSTANCE, shown_in_project
from plugin.service.annotations.kinds.project import may_annotate
from plugin.service.annotations.kinds.uploaded_file import UPLOADED_FILE, NewUploadedFile
from plugin.service.annotations.requests import BaseUrlOf, Viewing
from plugin.service.annotations.sent_files import FORM_BODY, SentFile, file_name, sent_file
from plugin.service.annotations.shapes import View
from plugin.service.annotations.state import Platform, PlatformOf, next_ids
from plugin.service.annotations.uploaded_dicom import Upload, UploadedDicom
from plugin.service.annotations.wire import JsonAnswer, ProtocolRoute
from plugin.service.errors import Forbidden
from plugin.service.serving.bodies import MAX_KNOWN_BYTES

router = APIRouter(tags=["annotations"], route_class=ProtocolRoute)

_DEPLOYED = 100


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
) -> JsonAnswer:
    """Store a DICOM file, or a zip archive of some, in Orthanc (multipart, ``files[]``). On the API port only.

    Files that are stored already stay as they are. Only administrators add to studies that Orthanc holds.
    """
    async with sent_file(request, identified, platform, max_bytes=MAX_KNOWN_BYTES) as file, platform.uploads:
        return await run_in_threadpool(_deploy, identified.caller, platform, wish, file, base_url)


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
    described = {"originalFilename": stored.name, "filename": stored.name, "size": stored.size, "status": _DEPLOYED,
                 "contentType": "application/dicom", "ext": PurePath(stored.name).suffix.removeprefix("."),
                 "storage": wish.storage, "projects": list(wish.projects) or None}  # fmt: skip
    file = store.add(session, caller, UPLOADED_FILE, NewUploadedFile.model_validate(described))
    image = t.AbstractImage
    found = select(image).where(
        image.orthanc_series.in_(stored.series),
        image.orthanc_instance.in_(["", *stored.instances]),
        image.deleted_ms.is_(None),
    )
    viewing = Viewing(session, base_url, caller)
    images: list[dict[str, object]] = []
    for each in session.scalars(found.order_by(image.id)).all():
        if each.id not in stored.known:
            each.user_id, each.uploaded_file_id = caller.user_id, file.id
            session.flush()
        _describe(session, each, wish)
        joined = [shown_in_project(session, caller, project, each.id) for project in wish.projects]
        images.append(
            {
                "image": _shown(ABSTRACT_IMAGE.view(viewing, each)),
                "imageInstances": [_shown(view) for view in IMAGE_INSTANCE.views(viewing, joined)],
            }
        )
    shown = _shown(UPLOADED_FILE.view(viewing, file))
    return {"status": HTTPStatus.OK, "name": stored.name, "uploadedFile": shown, "images": images}


def _shown(view: View) -> dict[str, object]:
    return view.model_dump(by_alias=True)


def _describe(session: Session, image: t.AbstractImage, wish: UploadWish) -> None:
    known = set(session.scalars(select(t.Property.key).where(t.Property.domain_id == image.id)))
    wanted = [(key, value) for key, value in wish.properties if key not in known]
    for identifier, (key, value) in zip(next_ids(session, len(wanted)), wanted, strict=True):
        session.add(
            t.Property(
                id=identifier, created_ms=t.now_ms(), domain_class=ABSTRACT_IMAGE.java_class, domain_id=image.id,
                key=key, value=value,
            )
        )  # fmt: skip
    session.flush()
