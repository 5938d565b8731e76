"""A job in the JSON of Orthanc's ``/jobs/<id>``."""

from datetime import datetime

from pydantic import BaseModel, Field, JsonValue

from plugin.service.jobs.record import JobRecord, JobState, JsonObject
from plugin.service.pacs.error_numbers import SUCCESS, description_of
from plugin.service.records import now


class JobView(BaseModel):
    """A job, in the keys of Orthanc's own."""

    Content: JsonObject = Field(description="Of the kind of job; results once it has succeeded")
    CreationTime: str = Field(description="As `20260131T080000.000000`, in UTC; so are the other times")
    EffectiveRuntime: float = Field(description="Seconds at work")
    ErrorCode: int = Field(description="Orthanc's number of an error; 0 while there is none")
    ErrorDescription: str
    ErrorDetails: str
    ID: str
    Priority: int
    Progress: int = Field(ge=0, le=100, description="Percent")
    State: JobState
    Timestamp: str
    Type: str
    CompletionTime: str | None = Field(default=None, description="Not there before the end")
    UserData: JsonValue = Field(default=None, description="As it was given with the request; not there without")


class StartedJob(BaseModel):
    """Where to follow a job, as Orthanc answers for its own asynchronous jobs."""

    ID: str
    Path: str


def job_view(record: JobRecord, content: JsonObject | None = None, user_data: JsonValue = None) -> JobView:
    """What Orthanc's clients expect of a job; ``content`` in place of the recorded one."""
    # Why a job will fail is known while it is still being undone.
    code = record.error_code if record.state == JobState.FAILURE else SUCCESS
    view = JobView(
        Content=record.content if content is None else content,
        CreationTime=_time(record.created_at),
        EffectiveRuntime=round(record.runtime_s, 3),
        ErrorCode=code,
        ErrorDescription=description_of(code),
        ErrorDetails=(record.error_details or "") if code else "",
        ID=record.id,
        Priority=record.priority,
        Progress=int(100 * record.progress),
        State=JobState(record.state),
        Timestamp=_time(now()),
        Type=record.kind,
    )
    if record.completed_at is not None:
        view.CompletionTime = _time(record.completed_at)
    if user_data is not None:
        view.UserData = user_data
    return view


def _time(moment: datetime) -> str:
    return moment.strftime("%Y%m%dT%H%M%S.%f")
