"""A registration job as its clients see it: the protocol's status, links for this client, content of ``/jobs/<id>``."""

import re
from enum import StrEnum

from starlette.requests import Request

from plugin.service.access.doors import Door
from plugin.service.access.senders import is_over_tls, sender_of
from plugin.service.config import Configuration
from plugin.service.ct_registration.files import PREVIEWS, ResultFile, job_folder, results_folder
from plugin.service.ct_registration.links import LinkMaker, link_key
from plugin.service.ct_registration.review import is_rejected, removed_series
from plugin.service.jobs import JobRecord, JobState, JsonObject
from plugin.service.pacs.error_numbers import CANCELED_JOB

JOB_TYPE = "CTRegistration"
ERROR_CODE = "ErrorCode"
"""Key of the protocol's error code in the content of a failed job."""
_DEFAULT_ERROR = "InternalError.Algo"
_TIMEOUT_ERROR = "InternalError.Timeout"
_HOST = re.compile(r"[A-Za-z0-9.:\[\]_-]+")


class JobStatus(StrEnum):
    """States of an asynchronous job of the protocol."""

    QUEUING = "QUEUING"
    PROCESSING = "PROCESSING"
    PROCESS_SUCCESS = "PROCESS_SUCCESS"
    PROCESS_FAILED = "PROCESS_FAILED"
    TIMEOUT_FAILED = "TIMEOUT_FAILED"
    JOB_CANCELED = "JOB_CANCELED"


def status_of(record: JobRecord) -> JobStatus:
    """State of a job in the protocol's words."""
    match JobState(record.state):
        case JobState.PENDING:
            return JobStatus.QUEUING
        case JobState.PAUSED:
            return JobStatus.PROCESSING if record.progress else JobStatus.QUEUING
        case JobState.RUNNING:
            return JobStatus.PROCESSING
        case JobState.SUCCESS:
            return JobStatus.PROCESS_SUCCESS
    if record.error_code == CANCELED_JOB:
        return JobStatus.JOB_CANCELED
    return JobStatus.TIMEOUT_FAILED if error_code_of(record) == _TIMEOUT_ERROR else JobStatus.PROCESS_FAILED


def error_code_of(record: JobRecord) -> str:
    """The protocol's code of a failed job; empty for any other."""
    if record.state != JobState.FAILURE or record.error_code == CANCELED_JOB:
        return ""
    return str(record.content.get(ERROR_CODE, _DEFAULT_ERROR))


def request_id(record: JobRecord) -> str:
    """The job's id as the reference writes it."""
    return record.id.upper()


def base_url(request: Request, configuration: Configuration) -> str:
    """What links of this client begin with. The SDK puts a path into ``Host``: it is no part of the address."""
    if configuration.ophtha.public_url:
        return configuration.ophtha.public_url.rstrip("/")
    host = request.headers.get("host", "").split("/", 1)[0]
    orthanc = configuration.orthanc
    scheme = "https" if is_over_tls(request.scope, configuration) else "http"
    if not _HOST.fullmatch(host):
        host = f"localhost:{orthanc.http_port}"
    return f"{scheme}://{host}"


def links(record: JobRecord, request: Request, configuration: Configuration) -> dict[ResultFile, str]:
    """A fresh link to every result that is still there, and that nobody rejected."""
    if record.state != JobState.SUCCESS or is_rejected(record):
        return {}
    maker = link_maker(configuration)
    base, entrance = base_url(request, configuration), _door_of_links(request)
    folder = job_folder(configuration, record.id, record.attempt)
    return {file: maker.link(base, record.id, file, door=entrance) for file in ResultFile if (folder / file).is_file()}


def _door_of_links(request: Request) -> Door:
    """Whoever has keys opens links without a password, also at Orthanc's port."""
    sender = sender_of(request.scope)
    return Door.API if sender.is_by_keys else sender.door


def link_maker(configuration: Configuration) -> LinkMaker:
    """With the key of this installation."""
    return LinkMaker(link_key(results_folder(configuration)), configuration.ophtha.url_lifetime_s)


def presented(record: JobRecord, request: Request, configuration: Configuration) -> JsonObject:
    """Content of ``/jobs/<id>``. Links are null once the results are deleted."""
    if record.state != JobState.SUCCESS:
        return record.content
    urls = links(record, request, configuration)
    return {
        **record.content,
        "StoredSeries": _still_stored(record),
        "NUrl": urls.get(ResultFile.NIFTI),
        "DUrl": urls.get(ResultFile.DICOM),
        "FieldUrl": urls.get(ResultFile.FIELD),
        "InverseFieldUrl": urls.get(ResultFile.INVERSE_FIELD),
        "ReportUrl": urls.get(ResultFile.REPORT),
        "PreviewUrls": [urls[preview] for preview in PREVIEWS if preview in urls],
        "RegistrationUrls": [
            urls[file] for file in (ResultFile.SPATIAL_REGISTRATION, ResultFile.DEFORMABLE_REGISTRATION) if file in urls
        ],
    }


def _still_stored(record: JobRecord) -> object:
    series = record.content.get("StoredSeries")
    return None if series in removed_series(record) else series
