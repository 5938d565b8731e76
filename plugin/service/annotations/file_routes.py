"""Small files that hang on any object."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import PurePath
from typing import Annotated, BinaryIO, Final

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from ophtha_core.errors import InvalidInput
from plugin.service.annotations import fields as f
from plugin.service.annotations import tables as t
from plugin.service.annotations.callers import Caller, CallerOf, Identified, IdentifiedOf, refuse_replay
from plugin.service.annotations.domain_routes import ON_DOMAIN, domain_of, domain_view, require_domain_change
from plugin.service.annotations.requests import Id
from plugin.service.annotations.state import Platform, PlatformOf, next_ids
from plugin.service.annotations.wire import Json, JsonAnswer, ProtocolRoute, listing, written
from plugin.service.disk import require_free_space
from plugin.service.errors import NotFound
from plugin.service.serving.forms import received_form

router = APIRouter(tags=["annotations"], route_class=ProtocolRoute)

MAX_FILE_BYTES: Final = 32 * 2**20


def _file_view(row: t.AttachedFile) -> Json:
    address = f"/api/attachedfile/{row.id}/download"
    return {**domain_view("meta.AttachedFile", row), "filename": row.filename, "name": row.filename, "url": address}


@router.get(ON_DOMAIN + "/attachedfile.json")
def files_of_object(domain_class: str, domain_id: Id, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
    """Files of an object."""
    with platform.sessions() as session:
        domain_of(session, caller, domain_class, domain_id)
        query = select(t.AttachedFile).where(t.AttachedFile.domain_id == domain_id).order_by(t.AttachedFile.id)
        views = [_file_view(row) for row in session.scalars(query)]
    return JsonAnswer(listing(views, offset=0, per_page=0, size=len(views)))


@router.post("/api/attachedfile.json")
async def attach_file(
    request: Request,
    identified: IdentifiedOf,
    platform: PlatformOf,
    domain_class: Annotated[str, Query(alias="domainClassName")] = "",
    domain_id: Annotated[int, Query(alias="domainIdent")] = 0,
    filename: Annotated[str, Query()] = "",
) -> JsonAnswer:
    """Attach a file (multipart, ``files[]``) to an object. On the API port only: Orthanc keeps multipart bodies."""
    async with uploaded_file(request, identified, platform, max_bytes=MAX_FILE_BYTES) as sent:
        name = file_name(filename or sent.name)
        data = await run_in_threadpool(sent.content.read)
    return await run_in_threadpool(_attach, identified.caller, platform, domain_class, domain_id, name, data)


def file_name(text: str) -> str:
    """The last part of what may be a path of any system. Raises InvalidInput."""
    return f.text(PurePath(text.replace("\\", "/")).name, "filename")


@dataclass(frozen=True)
class UploadedFile:
    """A file as it was sent, on disk."""

    name: str
    content: BinaryIO
    size_bytes: int


@asynccontextmanager
async def uploaded_file(
    request: Request, identified: Identified, platform: Platform, *, max_bytes: int
) -> AsyncIterator[UploadedFile]:
    """The file of a multipart body. Raises BadRequest, BodyRefused, InvalidInput, StorageFull, Unauthorized."""
    folder = platform.parts.configuration.storage / "uploads"
    require_free_space(folder, max_bytes)
    async with received_form(request, folder) as form:
        refuse_replay(request, identified, platform, body_digest=form.body_digest)
        if form.file is None:
            raise InvalidInput("files[]", "is missing")
        if form.file_bytes > max_bytes:
            raise InvalidInput("files[]", f"is larger than {max_bytes >> 20} MB")
        yield UploadedFile(form.file_name, form.file, form.file_bytes)


def _attach(
    caller: Caller, platform: Platform, domain_class: str, domain_id: int, filename: str, data: bytes
) -> JsonAnswer:
    with platform.writing(caller) as session:
        name = require_domain_change(session, caller, domain_class, domain_id)
        row = t.AttachedFile(
            id=next_ids(session, 1)[0],
            created_ms=t.now_ms(),
            domain_class=name,
            domain_id=domain_id,
            filename=filename,
            data=data,
        )
        session.add(row)
        view = _file_view(row)
    # Clients take the answer itself for the object.
    return JsonAnswer({**written("attachedfile", "AttachedFile", "Add", view), **view})


@router.get("/api/attachedfile/{file_id}.json")
def fetch_file(file_id: Id, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
    """What is known of an attached file."""
    with platform.sessions() as session:
        return JsonAnswer(_file_view(_file(session, caller, file_id)))


@router.get("/api/attachedfile/{file_id}/download", response_class=Response)
def download_file(file_id: Id, caller: CallerOf, platform: PlatformOf) -> Response:
    """The content of an attached file."""
    with platform.sessions() as session:
        data = _file(session, caller, file_id).data
    headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
    return Response(data, media_type="application/octet-stream", headers=headers)


@router.delete("/api/attachedfile/{file_id}.json")
def delete_file(file_id: Id, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
    """Remove an attached file."""
    with platform.writing(caller) as session:
        row = _file(session, caller, file_id)
        require_domain_change(session, caller, row.domain_class, row.domain_id)
        view = _file_view(row)
        session.delete(row)
    return JsonAnswer(written("attachedfile", "AttachedFile", "Delete", view))


def _file(session: Session, caller: Caller, file_id: int) -> t.AttachedFile:
    row = session.get(t.AttachedFile, file_id)
    if row is None:
        raise NotFound(f"AttachedFile {file_id} not found")
    try:
        domain_of(session, caller, row.domain_class, row.domain_id)
    except NotFound:
        raise NotFound(f"AttachedFile {file_id} not found") from None
    return row
