"""How the protocol's one route is described: FastAPI cannot read it from a signature."""

from pydantic import BaseModel, Field, JsonValue

from registration.acquisition import KEYWORDS


def _text(description: str) -> dict[str, JsonValue]:
    return {"type": "string", "description": description}


class ProtocolError(BaseModel):
    """What the protocol refuses, in the keys of its reference."""

    RequestId: str
    HostId: str
    Code: str = Field(
        description="400 MissingParameter, InvalidParameter, IllegalUrlParameter; 403 AuthFailed; "
        "404 InvalidAction.NotFound; 408 RequestTimeout; 413 EntityTooLarge; 429 Throttling.User; "
        "503 ServiceUnavailable"
    )
    Message: str
    Recommend: str


PARAMETERS: dict[str, JsonValue] = {
    "Action": _text(
        "RunCTRegistration, GetAsyncJobResult, CancelWaitingAsyncJob or QueryAsyncJobList; the header x-acs-action wins"
    ),
    "Format": _text("JSON (default) or XML"),
    "JobId": _text("RequestId of RunCTRegistration; for the other actions"),
    "DataFormat": _text("DICOM"),
    "DataSourceType": _text("HTTP_FILES or ORTHANC"),
    "OrgId": _text("Code of the organisation; needed with HTTP_FILES"),
    "OrgName": _text("Name of the organisation; needed with HTTP_FILES"),
    "ReferenceList.1.ReferenceURL": _text("URL of the reference's first DICOM file, and so on to .600."),
    "FloatingList.1.FloatingURL": _text("URL of the floating image's first DICOM file, and so on to .600."),
    "ReferenceSeries": _text("Orthanc identifier; with ORTHANC"),
    "FloatingSeries": _text("Orthanc identifier; with ORTHANC"),
    "Store": _text("true or false: store the result in Orthanc; default: true with ORTHANC"),
    "AllowDifferentPatients": _text("true or false (default): register although the PatientIDs differ"),
    "ReferenceSelect.AcquisitionNumber": _text(
        f"Which of several stacks in the reference's list; also {', '.join(KEYWORDS)}"
    ),
    "FloatingSelect.AcquisitionNumber": _text("The same for the floating image's list"),
    "Status": _text("QueryAsyncJobList: only jobs in this state"),
    "StartTime": _text("QueryAsyncJobList: only jobs submitted since, in UTC"),
    "EndTime": _text("QueryAsyncJobList: only jobs submitted until, in UTC"),
    "PageNum": _text("QueryAsyncJobList: counted from 1"),
    "PageSize": _text("QueryAsyncJobList: 20, at most 500"),
}

_ANSWER: dict[str, JsonValue] = {
    "type": "object",
    "properties": {
        "RequestId": _text("UUID; of RunCTRegistration it is the job's id"),
        "Message": _text("What happened, in words"),
        "Data": {"type": "object", "description": "JobId, Status, Result (a JSON string), ErrorCode, ErrorMessage"},
    },
}
RESPONSES: dict[str, JsonValue] = {
    "200": {
        "description": "Also of jobs that failed",
        "content": {"application/json": {"schema": _ANSWER}, "text/xml": {"schema": _ANSWER}},
    },
}
QUERY: dict[str, JsonValue] = {
    "parameters": [
        {"name": name, "in": "query", "required": False, "schema": schema} for name, schema in PARAMETERS.items()
    ],
    "responses": RESPONSES,
}
FORM: dict[str, JsonValue] = {
    "requestBody": {
        "content": {
            kind: {"schema": {"type": "object", "properties": PARAMETERS, "additionalProperties": {"type": "string"}}}
            for kind in ("application/x-www-form-urlencoded", "application/json")
        }
    },
    "responses": RESPONSES,
}
