"""A job in the JSON of Orthanc's ``/jobs/<id>``."""

from datetime import datetime

from plugin.service.jobs.kind import CANCELED_JOB, JsonObject
from plugin.service.jobs.record import JobRecord, JobState
from plugin.service.records import now

_DESCRIPTIONS = {
    0: "Success",
    8: "Bad request",
    15: "Bad file format",
    16: "Timeout in a network protocol",
    19: "The file storage is full",
    CANCELED_JOB: "This job was canceled",
}


def job_view(record: JobRecord, content: JsonObject | None = None) -> JsonObject:
    """What Orthanc's clients expect of a job; ``content`` in place of the recorded one."""
    # Why a job will fail is known while it is still being undone.
    code = record.error_code if record.state == JobState.FAILURE else 0
    view: JsonObject = {
        "Content": record.content if content is None else content,
        "CreationTime": _time(record.created_at),
        "EffectiveRuntime": round(record.runtime_s, 3),
        "ErrorCode": code,
        "ErrorDescription": _DESCRIPTIONS.get(code, "Internal error"),
        "ErrorDetails": (record.error_details or "") if code else "",
        "ID": record.id,
        "Priority": record.priority,
        "Progress": int(100 * record.progress),
        "State": record.state,
        "Timestamp": _time(now()),
        "Type": record.kind,
    }
    if record.completed_at is not None:
        view["CompletionTime"] = _time(record.completed_at)
    return view


def _time(moment: datetime) -> str:
    return moment.strftime("%Y%m%dT%H%M%S.%f")
