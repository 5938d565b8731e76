"""``/plugins/ophtha/{studies|series|instances}/…``: what there is to open, and with which tool."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from plugin.service.access.person import KnownBy
from plugin.service.access.senders import require_person
from plugin.service.archive.description import OpenedResource, StudyDescription
from plugin.service.archive.reading import (
    StudyOrder,
    StudyQuestion,
    describe_studies,
    find_studies,
    open_instance,
    open_series,
    open_study,
)
from plugin.service.effects import READS
from plugin.service.pacs.inventory import StudyLine
from plugin.service.parts import Parts, PartsOf
from plugin.service.serving.json_bodies import JsonRoute

router = APIRouter(prefix="/plugins/ophtha", route_class=JsonRoute, tags=["archive"], dependencies=[READS])


async def _shown(request: Request, parts: PartsOf) -> frozenset[str] | None:
    return await parts.rights.shown_series(require_person(request.scope))


ShownOf = Annotated[frozenset[str] | None, Depends(_shown)]
"""The series that the person may see; None for all."""


_Day = Annotated[str, Field(pattern=r"^(\d{4}-?\d{2}-?\d{2})?$", description="YYYY-MM-DD or YYYYMMDD; empty: any")]


class StudySearch(BaseModel):
    """What to look for. In a body, because a name belongs in no URL."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    text: str = Field(
        default="",
        max_length=200,
        description="Words that a study's line holds, in any case; `*` and `?` stand for others",
    )
    modality: str = Field(default="", max_length=16, description="Of at least one series")
    first: _Day = Field(default="", alias="from")
    last: _Day = Field(default="", alias="to")
    order: StudyOrder = StudyOrder.NEWEST
    offset: int = Field(default=0, ge=0)
    limit: int = Field(default=50, ge=1, le=200)

    @property
    def question(self) -> StudyQuestion:
        return StudyQuestion(
            text=self.text,
            modality=self.modality,
            first_date=self.first.replace("-", ""),
            last_date=self.last.replace("-", ""),
            order=self.order,
        )


class FoundStudies(BaseModel):
    """A page of studies, in the order asked for."""

    studies: list[StudyDescription]
    total: int = Field(description="Studies that answer, of all pages")
    complete: bool = Field(description="False while the service still learns what the archive holds")


@router.post("/studies/find")
async def find(search: StudySearch, request: Request, parts: PartsOf, shown: ShownOf) -> FoundStudies:
    """Studies by what their line shows: patient, number, date, description, accession number, modality."""

    async def shows(study: StudyLine) -> bool:
        if shown is not None and not study.series & shown:
            return False
        return await _is_shown(request, parts, study.id)

    found, complete = await find_studies(parts, search.question, shows)
    page = await describe_studies(parts, found[search.offset : search.offset + search.limit])
    return FoundStudies(studies=[study.showing(shown) for study in page], total=len(found), complete=complete)


async def _is_shown(request: Request, parts: Parts, study_id: str) -> bool:
    """Whether the person may see the study."""
    person = require_person(request.scope)
    if person.known_by is not KnownBy.AUTHORIZATION:
        return True
    return await parts.rights.profiles.shows(request.scope, f"/studies/{study_id}")


@router.get("/studies/{study_id}")
async def study(study_id: str, parts: PartsOf, shown: ShownOf) -> OpenedResource:
    """A study, its series, and the tools that fit them."""
    return (await open_study(parts, study_id)).showing(shown)


@router.get("/series/{series_id}")
async def series(series_id: str, parts: PartsOf, shown: ShownOf) -> OpenedResource:
    """A series, the study around it, and the tools that fit the series."""
    return (await open_series(parts, series_id)).showing(shown)


@router.get("/instances/{instance_id}")
async def instance(instance_id: str, parts: PartsOf, shown: ShownOf) -> OpenedResource:
    """An instance, the study around it, and the tools that fit its series."""
    return (await open_instance(parts, instance_id)).showing(shown)
