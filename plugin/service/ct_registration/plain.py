"""``/plugins/registration/jobs``: registrations as plain JSON, for people and pages."""

from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.requests import Request

from plugin.service.access.person import Person
from plugin.service.ct_registration.callers import identify, signed_request
from plugin.service.ct_registration.files import PREVIEWS, DisplayVolume, job_folder
from plugin.service.ct_registration.jobs import find, submit, visible
from plugin.service.ct_registration.presentation import JobStatus, error_code_of, request_id, status_of
from plugin.service.ct_registration.refusals import InvalidParameter
from plugin.service.ct_registration.review import is_rejected
from plugin.service.ct_registration.submission import Source, Submission, selection, series_id
from plugin.service.effects import READS, WRITES
from plugin.service.errors import NotFound
from plugin.service.jobs import JobRecord, JobState, JsonObject
from plugin.service.jobs.view import StartedJob
from plugin.service.parts import Parts, PartsOf
from registration.acquisition import KEYWORDS, Selection

router = APIRouter(tags=["registration"])

_JOBS = "/plugins/registration/jobs"
_Urls = Annotated[tuple[str, ...], Field(min_length=1, max_length=5000)]
_Select = dict[str, str | int]
_SELECT = f"Which of several stacks in one list: {', '.join(KEYWORDS)}, with their values"


class RegistrationOrder(BaseModel):
    """Two series of this Orthanc, or two lists of URLs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ReferenceSeries: str | None = Field(default=None, description="Orthanc identifier; the image that stays")
    FloatingSeries: str | None = Field(default=None, description="Orthanc identifier; the image that is moved")
    ReferenceUrls: _Urls | None = Field(default=None, description="One DICOM file each")
    FloatingUrls: _Urls | None = Field(default=None, description="One DICOM file each")
    AllowDifferentPatients: bool = Field(default=False, description="Register although the PatientIDs differ")
    ReferenceSelect: _Select = Field(default={}, description=_SELECT)
    FloatingSelect: _Select = Field(default={}, description=_SELECT)
    Store: bool | None = Field(default=None, description="Store the result in Orthanc; default: true for series")

    @model_validator(mode="after")
    def _check_source(self) -> Self:
        series = self.ReferenceSeries is not None and self.FloatingSeries is not None
        urls = self.ReferenceUrls is not None and self.FloatingUrls is not None
        given = sum(
            each is not None
            for each in (self.ReferenceSeries, self.FloatingSeries, self.ReferenceUrls, self.FloatingUrls)
        )
        if given != 2 or not (series or urls):
            raise ValueError("give ReferenceSeries and FloatingSeries, or ReferenceUrls and FloatingUrls")
        return self

    def submission(self) -> Submission:
        """Raises InvalidParameter."""
        reference_select = _selection(self.ReferenceSelect, name="ReferenceSelect")
        floating_select = _selection(self.FloatingSelect, name="FloatingSelect")
        if self.ReferenceSeries is not None and self.FloatingSeries is not None:
            return Submission(
                source=Source.ORTHANC,
                reference=(series_id(self.ReferenceSeries, name="ReferenceSeries"),),
                floating=(series_id(self.FloatingSeries, name="FloatingSeries"),),
                allow_different_patients=self.AllowDifferentPatients,
                store=self.Store is not False,
                reference_select=reference_select,
                floating_select=floating_select,
            )
        return Submission(
            source=Source.HTTP_FILES,
            reference=self.ReferenceUrls or (),
            floating=self.FloatingUrls or (),
            allow_different_patients=self.AllowDifferentPatients,
            store=self.Store is True,
            reference_select=reference_select,
            floating_select=floating_select,
        )


class RegistrationJob(BaseModel):
    """A registration and what can be shown of it; paths are null until it has succeeded and once it is deleted."""

    ID: str
    RequestId: str
    Status: JobStatus
    Progress: int = Field(ge=0, le=100, description="Percent")
    ErrorCode: str
    ErrorMessage: str
    Content: JsonObject
    Display: dict[DisplayVolume, str] | None = Field(description="Paths of small NIfTI volumes")
    Previews: dict[str, str] | None = Field(description="Paths of PNG pictures")


@router.post(_JOBS, dependencies=[WRITES])
async def start(order: RegistrationOrder, request: Request, parts: PartsOf) -> StartedJob:
    """Start a registration; follow it at ``/jobs/<ID>`` or ``/plugins/registration/jobs/<ID>``."""
    record = await submit(order.submission(), await _caller(request, parts), request, parts)
    return StartedJob(ID=record.id, Path=f"/jobs/{record.id}")


@router.get(_JOBS, dependencies=[READS])
async def list_registrations(request: Request, parts: PartsOf) -> list[RegistrationJob]:
    """Registrations, the newest first."""
    return [_shown(record, request, parts) for record in await find(await _caller(request, parts), parts)]


@router.get(f"{_JOBS}/{{job_id}}", dependencies=[READS])
async def get_registration(job_id: str, request: Request, parts: PartsOf) -> RegistrationJob:
    """One registration, with fresh links in ``Content``."""
    try:
        record = await visible(job_id, await _caller(request, parts), parts)
    except InvalidParameter:
        raise NotFound("There is no such registration") from None
    return _shown(record, request, parts)


def _selection(wanted: _Select, *, name: str) -> Selection:
    return selection({keyword: str(value) for keyword, value in wanted.items()}, name=name)


async def _caller(request: Request, parts: Parts) -> Person:
    return await identify(request, await signed_request(request, parts), parts)


def _shown(record: JobRecord, request: Request, parts: Parts) -> RegistrationJob:
    folder = job_folder(parts.configuration, record.id, record.attempt)
    is_there = record.state == JobState.SUCCESS and not is_rejected(record) and folder.is_dir()
    path = f"{_JOBS}/{record.id}"
    return RegistrationJob(
        ID=record.id,
        RequestId=request_id(record),
        Status=status_of(record),
        Progress=int(100 * record.progress),
        ErrorCode=error_code_of(record),
        ErrorMessage=record.error_details or "",
        Content=parts.jobs.content(record, request),
        Display={each: f"{path}/display/{each}.nii.gz" for each in DisplayVolume} if is_there else None,
        Previews={each.removesuffix(".png"): f"{path}/previews/{each}" for each in PREVIEWS} if is_there else None,
    )
