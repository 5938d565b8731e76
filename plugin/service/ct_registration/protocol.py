"""``/plugins/registration/``: the actions of RunCTRegistration's protocol."""

import json
from datetime import UTC, datetime
from enum import StrEnum

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from plugin.service.access.person import Person
from plugin.service.audit import leave_unwritten
from plugin.service.ct_registration.answers import Format, JsonAnswer, answer, error_answer, new_request_id
from plugin.service.ct_registration.callers import check_may_submit, check_not_cross_site, identify, signed_request
from plugin.service.ct_registration.description import FORM, QUERY, ProtocolError
from plugin.service.ct_registration.files import ResultFile
from plugin.service.ct_registration.jobs import find, submit, visible
from plugin.service.ct_registration.parameters import Parameters, body_pairs
from plugin.service.ct_registration.presentation import JobStatus, error_code_of, links, request_id, status_of
from plugin.service.ct_registration.refusals import InvalidParameter, MissingParameter, UnknownAction
from plugin.service.ct_registration.review import is_rejected
from plugin.service.ct_registration.submission import Submission
from plugin.service.effects import WRITES
from plugin.service.errors import ServiceError
from plugin.service.jobs import JobRecord, JobState
from plugin.service.parts import Parts, PartsOf
from plugin.service.serving.described import refusals

router = APIRouter(
    tags=["registration"], dependencies=[WRITES], responses=refusals(ProtocolError, media_types=["text/xml"])
)

_ACTION_HEADER = "x-acs-action"
_PRODUCT = "imageprocess"
_MAX_PAGE = 500
_ACCEPTED = (
    "This call is asynchronous: the job was accepted. Call GetAsyncJobResult with JobId set to this RequestId "
    "for its status and result."
)


class Action(StrEnum):
    """What a client may ask for."""

    RUN = "RunCTRegistration"
    RESULT = "GetAsyncJobResult"
    CANCEL = "CancelWaitingAsyncJob"
    LIST = "QueryAsyncJobList"


_ROUTE = "/plugins/registration"


@router.get(f"{_ROUTE}/", response_class=Response, openapi_extra=QUERY)
@router.get(_ROUTE, include_in_schema=False)
async def protocol_by_query(request: Request, parts: PartsOf) -> Response:
    """RunCTRegistration, GetAsyncJobResult, CancelWaitingAsyncJob, QueryAsyncJobList, with parameters in the query."""
    return await _answered(request, parts)


@router.post(f"{_ROUTE}/", response_class=Response, openapi_extra=FORM)
@router.post(_ROUTE, include_in_schema=False)
async def protocol_by_form(request: Request, parts: PartsOf) -> Response:
    """RunCTRegistration, GetAsyncJobResult, CancelWaitingAsyncJob, QueryAsyncJobList, with a form or JSON.

    Made for the vendor's SDKs; on the API port a query works as well. See ``docs/registration.md``.
    """
    return await _answered(request, parts)


async def _answered(request: Request, parts: Parts) -> Response:
    shape = Format.JSON
    try:
        sent = await signed_request(request, parts)
        kind = request.headers.get("content-type", "")
        parameters = Parameters.of(sent.query, sent.form or body_pairs(sent.body, kind))
        shape = Format.of(parameters.optional("Format"))
        caller = await identify(request, sent, parts)
        action = _action(request, parameters)
        body = await _carry_out(action, parameters, caller, request, parts)
    except ServiceError as error:
        leave_unwritten()
        return error_answer(error, shape, host=request.headers.get("host", "").split("/", 1)[0])
    return answer(body, shape, root=f"{action}Response")


def _action(request: Request, parameters: Parameters) -> Action:
    given = request.headers.get(_ACTION_HEADER) or parameters.optional("Action")
    if given is None:
        raise MissingParameter("Action")
    try:
        return Action(given.strip())
    except ValueError:
        raise UnknownAction("Action names nothing that this service does") from None


async def _carry_out(
    action: Action, parameters: Parameters, caller: Person, request: Request, parts: Parts
) -> JsonAnswer:
    if action in (Action.RUN, Action.CANCEL):
        check_not_cross_site(request, parts)
    match action:
        case Action.RUN:
            record = await submit(Submission.from_parameters(parameters), caller, request, parts)
            return {"RequestId": request_id(record), "Message": _ACCEPTED, "Data": {}}
        case Action.RESULT:
            leave_unwritten()
            record = await visible(parameters.required("JobId"), caller, parts)
            return {"RequestId": new_request_id(), "Data": _result(record, request, parts)}
        case Action.CANCEL:
            check_may_submit(caller)
            return await _cancel(await visible(parameters.required("JobId"), caller, parts), caller, parts)
        case Action.LIST:
            leave_unwritten()
            return await _list(parameters, caller, parts)


def _result(record: JobRecord, request: Request, parts: Parts) -> JsonAnswer:
    urls = links(record, request, parts.configuration)
    result, message = "", ""
    if ResultFile.NIFTI in urls and ResultFile.DICOM in urls:
        result = json.dumps({"NUrl": urls[ResultFile.NIFTI], "DUrl": urls[ResultFile.DICOM]})
    elif is_rejected(record):
        message = "The result was looked at and rejected"
    elif record.state == JobState.SUCCESS:
        message = f"The results were deleted {parts.configuration.ophtha.result_retention_h:g} h after the job's end"
    elif record.state == JobState.FAILURE:
        message = record.error_details or ""
    return {
        "JobId": request_id(record),
        "Status": status_of(record),
        "Result": result,
        "ErrorCode": error_code_of(record),
        "ErrorMessage": message,
    }


async def _cancel(record: JobRecord, caller: Person, parts: Parts) -> JsonAnswer:
    """Beyond the reference, a job that is at work is cancelled as well."""
    if JobState(record.state).is_final:
        leave_unwritten()
        return {
            "RequestId": new_request_id(),
            "Message": f"The job is {status_of(record)} already",
            "Success": False,
            "HttpCode": "InvalidParameter",
        }
    await parts.jobs.cancel(record.id)
    parts.audit.write("registration cancelled", user=caller.name, resources=[record.id])
    return {"RequestId": new_request_id(), "Message": "Cancel job success", "Success": True, "HttpCode": "200"}


async def _list(parameters: Parameters, caller: Person, parts: Parts) -> JsonAnswer:
    page_size = parameters.count("PageSize", default=20, most=_MAX_PAGE)
    page = parameters.count("PageNum", default=1, most=10**9)
    records = [record for record in await find(caller, parts) if _matches(record, parameters)]
    shown = records[(page - 1) * page_size : page * page_size]
    return {
        "RequestId": new_request_id(),
        "Message": "success",
        "Success": True,
        "HttpCode": "200",
        "Data": {
            "CurrentPage": page,
            "PageSize": page_size,
            "TotalPage": -(-len(records) // page_size),
            "TotalRecord": len(records),
            "Result": [_entry(record) for record in shown],
        },
    }


def _matches(record: JobRecord, parameters: Parameters) -> bool:
    job_id = parameters.optional("JobId")
    status = parameters.optional("Status")
    name = parameters.optional("PopApiName")
    product = parameters.optional("PopProduct")
    start = _moment(parameters, "StartTime")
    end = _moment(parameters, "EndTime")
    return (
        (job_id is None or job_id.lower() == record.id)
        and (status is None or status == status_of(record))
        and name in (None, Action.RUN.value)
        and (product is None or product.lower() == _PRODUCT)
        and (start is None or record.created_at >= start)
        and (end is None or record.created_at <= end)
    )


def _moment(parameters: Parameters, name: str) -> datetime | None:
    text = parameters.optional(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidParameter(name, "must be a time in UTC such as 2026-01-31 08:00:00") from None
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def _entry(record: JobRecord) -> JsonAnswer:
    ended = record.completed_at
    return {
        "CallerParentId": record.owner or "",
        "EndTime": "" if ended is None else _text(ended),
        "GmtCreate": _text(record.created_at),
        "JobId": request_id(record),
        "PopApiName": Action.RUN.value,
        "PopProduct": _PRODUCT,
        "StartTime": _text(record.created_at),
        "Status": JobStatus(status_of(record)).value,
    }


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
