"""``/plugins/ophtha/{studies|series|instances}/…``: what there is to open, and with which tool."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from plugin.service.access.person import KnownBy
from plugin.service.access.senders import require_person
from plugin.service.archive.description import OpenedResource, StudyDescription
from plugin.service.archive.reading import find_studies, open_instance, open_series, open_study
from plugin.service.effects import READS
from plugin.service.parts import Parts, PartsOf
from plugin.service.serving.json_bodies import JsonRoute

router = APIRouter(prefix="/plugins/ophtha", route_class=JsonRoute, tags=["archive"], dependencies=[READS])


async def _shown(request: Request, parts: PartsOf) -> frozenset[str] | None:
    return await parts.rights.shown_series(require_person(request.scope))


ShownOf = Annotated[frozenset[str] | None, Depends(_shown)]
"""The series that the person may see; None for all."""


class StudySearch(BaseModel):
    """What to look for. In a body, because a name belongs in no URL."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(default="", max_length=200, description="Part of a name, number or description; empty: any")
    limit: int = Field(default=50, ge=1, le=200)


class FoundStudies(BaseModel):
    """Studies, the newest first."""

    studies: list[StudyDescription]


@router.post("/studies/find")
async def find(search: StudySearch, request: Request, parts: PartsOf, shown: ShownOf) -> FoundStudies:
    """Studies by a part of the patient's name or number, the description or the accession number."""
    found = await find_studies(parts, text=search.text, limit=search.limit)
    within = [study.showing(shown) for study in found if await _is_shown(request, parts, study)]
    return FoundStudies(studies=[study for study in within if study.series or shown is None])


async def _is_shown(request: Request, parts: Parts, study: StudyDescription) -> bool:
    """Whether the person may see the study, or some of its series."""
    person = require_person(request.scope)
    if person.known_by is not KnownBy.AUTHORIZATION:
        return True
    return await parts.rights.profiles.shows(request.scope, f"/studies/{study.id}")


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
