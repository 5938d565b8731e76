"""``/plugins/ophtha/{studies|series|instances}/…``: what there is to open, and with which tool."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from plugin.service.archive.description import OpenedResource, StudyDescription
from plugin.service.archive.reading import find_studies, open_instance, open_series, open_study
from plugin.service.effects import READS
from plugin.service.parts import PartsOf
from plugin.service.serving.json_bodies import JsonRoute

router = APIRouter(prefix="/plugins/ophtha", route_class=JsonRoute, tags=["archive"], dependencies=[READS])


class StudySearch(BaseModel):
    """What to look for. In a body, because a name belongs in no URL."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(default="", max_length=200, description="Part of a name, number or description; empty: any")
    limit: int = Field(default=50, ge=1, le=200)


class FoundStudies(BaseModel):
    """Studies, the newest first."""

    studies: list[StudyDescription]


@router.post("/studies/find")
async def find(search: StudySearch, parts: PartsOf) -> FoundStudies:
    """Studies by a part of the patient's name or number, the description or the accession number."""
    return FoundStudies(studies=await find_studies(parts, text=search.text, limit=search.limit))


@router.get("/studies/{study_id}")
async def study(study_id: str, parts: PartsOf) -> OpenedResource:
    """A study, its series, and the tools that fit them."""
    return await open_study(parts, study_id)


@router.get("/series/{series_id}")
async def series(series_id: str, parts: PartsOf) -> OpenedResource:
    """A series, the study around it, and the tools that fit the series."""
    return await open_series(parts, series_id)


@router.get("/instances/{instance_id}")
async def instance(instance_id: str, parts: PartsOf) -> OpenedResource:
    """An instance, the study around it, and the tools that fit its series."""
    return await open_instance(parts, instance_id)
