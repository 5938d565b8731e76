"""Results by signed link, and what the pages show of a registration."""

from collections.abc import Callable, Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from plugin.service.access.doors import Door, door
from plugin.service.access.senders import sender_of
from plugin.service.ct_registration.answers import Format, error_answer
from plugin.service.ct_registration.callers import identify, signed_request
from plugin.service.ct_registration.description import ProtocolError
from plugin.service.ct_registration.files import MEDIA_TYPES, DisplayVolume, ResultFile, job_folder
from plugin.service.ct_registration.jobs import visible
from plugin.service.ct_registration.links import ROUTE
from plugin.service.ct_registration.presentation import link_maker
from plugin.service.ct_registration.refusals import AuthFailed, InvalidParameter, Unidentified
from plugin.service.ct_registration.review import require_standing
from plugin.service.effects import READS
from plugin.service.errors import Conflict, NotFound, ServiceError
from plugin.service.jobs import JobRecord, JobState
from plugin.service.parts import Parts, PartsOf
from plugin.service.serving.described import binary, refusals

router = APIRouter(tags=["registration"], dependencies=[READS])

_JOBS = "/plugins/registration/jobs"
_GZIP = "application/gzip"
_NIFTI = binary(_GZIP, description="A volume")
_PNG = binary("image/png", description="A picture")


@router.get(
    f"{ROUTE}/{{job_id}}/{{file}}",
    response_class=FileResponse,
    responses=binary(*MEDIA_TYPES, description="The file") | refusals(ProtocolError),
)
@router.head(f"{ROUTE}/{{job_id}}/{{file}}", include_in_schema=False)
async def download(
    job_id: str,
    file: str,
    request: Request,
    parts: PartsOf,
    expires: Annotated[str, Query(alias="Expires")] = "",
    via: Annotated[str, Query(alias="Via")] = "",
    signature: Annotated[str, Query(alias="Signature")] = "",
) -> Response:
    """A result. The link, with its ``Expires`` and ``Signature``, comes from GetAsyncJobResult or ``/jobs/<id>``."""
    try:
        result = _result_file(file)
        maker = link_maker(parts.configuration)
        maker.check(job_id, result, expires=expires, via=via, signature=signature, door=door(request.scope))
        record = await parts.jobs.find(job_id)
        _check_sender(record, Door(via), request, parts)
        response = _served(record, result, result.media_type, request, parts)
    except ServiceError as error:
        refusal = _LINK_REFUSALS[type(error)]() if type(error) in _LINK_REFUSALS else error
        if isinstance(error, AuthFailed) and sender_of(request.scope).password_would_help:
            refusal = Unidentified()
        return error_answer(refusal, Format.JSON, host=request.headers.get("host", "").split("/", 1)[0])
    if "range" not in request.headers:
        parts.audit.write(
            "registration downloaded",
            user=None if Door(via) is Door.ORTHANC else record.owner,
            resources=[record.id],
            file=result.value,
        )
    return response


@router.get(f"{_JOBS}/{{job_id}}/display/{{volume}}.nii.gz", response_class=FileResponse, responses=_NIFTI)
async def display_volume(job_id: str, volume: DisplayVolume, request: Request, parts: PartsOf) -> Response:
    """Reference, floating or registered image with at most 256 voxels along each edge, gzip compressed NIfTI."""
    record = await _visible(job_id, request, parts)
    return _served(record, volume.file_name, _GZIP, request, parts)


@router.get(f"{_JOBS}/{{job_id}}/previews/{{name}}.png", response_class=FileResponse, responses=_PNG)
async def preview(job_id: str, name: str, request: Request, parts: PartsOf) -> Response:
    """``checkerboard``, ``difference-before`` or ``difference-after``: three planes each, lungs outlined."""
    record = await _visible(job_id, request, parts)
    file = _result_file(f"{name}.png")
    return _served(record, file, file.media_type, request, parts, inline=True)


def _check_sender(record: JobRecord, via: Door, request: Request, parts: Parts) -> None:
    """A link that was made for somebody with a password opens for nobody without. Raises Unidentified, NotFound."""
    if via is Door.API:
        return
    person = sender_of(request.scope).person
    if person is None:
        raise Unidentified
    if not parts.rights.may_see_job(person, record):
        raise NotFound("There is no such result")


class _NoSuchResult(InvalidParameter):
    status = NotFound.status

    def __init__(self) -> None:
        super().__init__("The link", "names a result that does not exist, or was deleted")


class _Rejected(InvalidParameter):
    status = Conflict.status

    def __init__(self) -> None:
        super().__init__("The link", "names a result that was rejected")


_LINK_REFUSALS: Final[Mapping[type[ServiceError], Callable[[], InvalidParameter]]] = {
    NotFound: _NoSuchResult,
    Conflict: _Rejected,
}


def _result_file(name: str) -> ResultFile:
    try:
        return ResultFile(name)
    except ValueError:
        raise NotFound("There is no such result") from None


async def _visible(job_id: str, request: Request, parts: Parts) -> JobRecord:
    """Raises NotFound, AuthFailed."""
    caller = await identify(request, await signed_request(request, parts), parts)
    try:
        return await visible(job_id, caller, parts)
    except InvalidParameter:
        raise NotFound("There is no such registration") from None


def _served(
    record: JobRecord, name: str, media_type: str, request: Request, parts: Parts, *, inline: bool = False
) -> Response:
    """A file of a finished job. Raises NotFound, Conflict."""
    require_standing(record)
    path = job_folder(parts.configuration, record.id, record.attempt) / name
    if record.state != JobState.SUCCESS or not path.is_file():
        raise NotFound("There is no such result, or it was deleted")
    headers = {"Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"}
    if door(request.scope) is Door.ORTHANC:
        headers["Accept-Ranges"] = "none"  # plugins of Orthanc send bytes with status 200 only
    served = FileResponse(
        path,
        stat_result=path.stat(),
        media_type=media_type,
        filename=f"{record.id}-{name}",
        content_disposition_type="inline" if inline else "attachment",
        headers=headers,
    )
    if served.headers["etag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, media_type=media_type, headers={"ETag": served.headers["etag"]})
    return served
