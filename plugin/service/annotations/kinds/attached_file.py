"""Attached files: small ones on any object."""

from typing import Annotated, Final

from fastapi import Depends, Query, Request, Response
from sqlalchemy import LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, deferred, mapped_column
from starlette.concurrency import run_in_threadpool

from plugin.service.annotations.belongings import Hanging
from plugin.service.annotations.callers import Caller, IdentifiedOf
from plugin.service.annotations.entity import NAME_LENGTH, now_ms
from plugin.service.annotations.hanging import (
    ADDRESSES,
    Domain,
    HangingView,
    domain_fields,
    find_domain,
    read_domain,
    require_domain_change,
)
from plugin.service.annotations.kind_routers import protocol_router
from plugin.service.annotations.requests import AskingOf, Id, Page
from plugin.service.annotations.sent_files import FORM_BODY, file_name, sent_file
from plugin.service.annotations.shapes import Listing, Written, listing_of, write_words
from plugin.service.annotations.state import Platform, PlatformOf, next_ids
from plugin.service.annotations.wire import PACKAGE
from plugin.service.errors import NotFound

MAX_FILE_BYTES: Final = 32 * 2**20


class AttachedFile(Hanging):
    """A small file on any object."""

    __tablename__ = "ann_attached_file"

    filename: Mapped[str] = mapped_column(String(NAME_LENGTH))
    data: Mapped[bytes] = deferred(mapped_column(LargeBinary, nullable=False))


class AttachedFileView(HangingView):
    """What is known of an attached file."""

    java_class: str = f"{PACKAGE}.meta.AttachedFile"
    filename: str
    name: str
    url: str


class AttachedFileWritten(Written):
    """An attached file that was removed."""

    attachedfile: AttachedFileView


class AttachedFileAdded(AttachedFileView):
    """A file that was attached: clients take the answer itself for the object."""

    message: str
    callback: dict[str, str | int]
    print_message: bool = True
    attachedfile: AttachedFileView


router = protocol_router()
_FILE: Final = "/api/attachedfile/{file_id}"


@router.get(f"{ADDRESSES[0][0]}/attachedfile.json")
def files_of_object(domain: Annotated[Domain, Depends(read_domain)], asking: AskingOf) -> Listing[AttachedFileView]:
    """Files of an object."""
    with asking.platform.sessions() as session:
        find_domain(session, asking.caller, domain)
        query = select(AttachedFile).where(AttachedFile.domain_id == domain.id).order_by(AttachedFile.id)
        views = [_view(row) for row in session.scalars(query)]
    return listing_of(views, page=Page(offset=0, limit=0), size=len(views))


@router.post("/api/attachedfile.json", openapi_extra={"requestBody": FORM_BODY})
async def attach_file(
    request: Request,
    identified: IdentifiedOf,
    platform: PlatformOf,
    domain_class: Annotated[str, Query(alias="domainClassName")] = "",
    domain_id: Annotated[int, Query(alias="domainIdent")] = 0,
    filename: Annotated[str, Query()] = "",
) -> AttachedFileAdded:
    """Attach a file (multipart, ``files[]``) to an object. On the API port only: Orthanc keeps multipart bodies."""
    async with sent_file(request, identified, platform, max_bytes=MAX_FILE_BYTES) as sent:
        name = file_name(filename or sent.name)
        data = await run_in_threadpool(sent.content.read)
    domain = Domain(domain_class, domain_id)
    return await run_in_threadpool(_attach, identified.caller, platform, domain, name, data)


def _attach(caller: Caller, platform: Platform, domain: Domain, filename: str, data: bytes) -> AttachedFileAdded:
    with platform.writing(caller) as session:
        name = require_domain_change(session, caller, domain)
        row = AttachedFile(
            id=next_ids(session, 1)[0],
            created_ms=now_ms(),
            domain_class=name,
            domain_id=domain.id,
            filename=filename,
            data=data,
        )
        session.add(row)
        view = _view(row)
    return AttachedFileAdded.model_validate({**dict(view), **_words("Add", view), "attachedfile": view})


@router.get(f"{_FILE}.json")
def fetch_file(file_id: Id, asking: AskingOf) -> AttachedFileView:
    """What is known of an attached file."""
    with asking.platform.sessions() as session:
        return _view(_find(session, asking.caller, file_id))


@router.get(f"{_FILE}/download", response_class=Response)
def download_file(file_id: Id, asking: AskingOf) -> Response:
    """The content of an attached file."""
    with asking.platform.sessions() as session:
        data = _find(session, asking.caller, file_id).data
    headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
    return Response(data, media_type="application/octet-stream", headers=headers)


@router.delete(f"{_FILE}.json")
def delete_file(file_id: Id, asking: AskingOf) -> AttachedFileWritten:
    """Remove an attached file."""
    with asking.platform.writing(asking.caller) as session:
        row = _find(session, asking.caller, file_id)
        require_domain_change(session, asking.caller, Domain(row.domain_class, row.domain_id))
        view = _view(row)
        session.delete(row)
    return AttachedFileWritten.model_validate({**_words("Delete", view), "attachedfile": view})


def _find(session: Session, caller: Caller, file_id: int) -> AttachedFile:
    row = session.get(AttachedFile, file_id)
    if row is None:
        raise NotFound(f"AttachedFile {file_id} not found")
    try:
        find_domain(session, caller, Domain(row.domain_class, row.domain_id))
    except NotFound:
        raise NotFound(f"AttachedFile {file_id} not found") from None
    return row


def _view(row: AttachedFile) -> AttachedFileView:
    address = f"/api/attachedfile/{row.id}/download"
    return AttachedFileView.of(row, name=row.filename, url=address, **domain_fields(row))


def _words(verb: str, view: AttachedFileView) -> dict[str, object]:
    return write_words("AttachedFile", verb, view.id, key="attachedfile")
