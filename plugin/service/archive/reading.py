"""Asks Orthanc for studies and series."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import cast
from urllib.parse import quote

from pydantic import JsonValue

from plugin.service.archive.description import (
    OpenedResource,
    SeriesDescription,
    StudyDescription,
    series_description,
    study_description,
)
from plugin.service.errors import NotFound
from plugin.service.pacs.inventory import StudyLine, folded
from plugin.service.parts import Parts

_Object = dict[str, JsonValue]


class StudyOrder(StrEnum):
    """In which order studies are listed; a minus: the last first. Studies without a date come last."""

    NEWEST = "-date"
    OLDEST = "date"
    PATIENT = "patient"
    PATIENT_BACKWARDS = "-patient"
    DESCRIPTION = "description"


@dataclass(frozen=True, kw_only=True)
class StudyQuestion:
    """Which studies to list. ``first_date`` and ``last_date``: YYYYMMDD."""

    text: str = ""
    modality: str = ""
    first_date: str = ""
    last_date: str = ""
    order: StudyOrder = StudyOrder.NEWEST


Shows = Callable[[StudyLine], Awaitable[bool]]
"""Whether somebody may see a study."""


async def find_studies(parts: Parts, question: StudyQuestion, shows: Shows) -> tuple[list[StudyLine], bool]:
    """All studies that answer the question and may be seen, in its order; whether the archive is known whole."""
    look = await parts.studies.look()
    matching = [study for study in look.studies if _answers(study, question)]
    shown = [study for study in _ordered(matching, question.order) if await shows(study)]
    return shown, look.complete


async def describe_studies(parts: Parts, studies: Sequence[StudyLine]) -> list[StudyDescription]:
    """With their series; those that are gone meanwhile are left out."""
    found = await asyncio.gather(*(_open_if_there(parts, study.id) for study in studies))
    return [study for study in found if study is not None]


async def _open_if_there(parts: Parts, study_id: str) -> StudyDescription | None:
    try:
        return await _with_series(parts, await _get(parts, f"/studies/{study_id}"))
    except NotFound:
        parts.studies.forget(study_id)
        return None


def _answers(study: StudyLine, question: StudyQuestion) -> bool:
    if question.modality and question.modality not in study.modalities:
        return False
    if question.first_date and not question.first_date <= study.date:
        return False
    if question.last_date and not "" < study.date <= question.last_date:
        return False
    return study.holds(question.text)


def _ordered(studies: list[StudyLine], order: StudyOrder) -> list[StudyLine]:
    by_id = sorted(studies, key=lambda study: study.id)
    match order:
        case StudyOrder.NEWEST | StudyOrder.OLDEST:
            dated = sorted((each for each in by_id if each.date), key=lambda each: each.date)
            dated = dated[::-1] if order is StudyOrder.NEWEST else dated
            return [*dated, *(each for each in by_id if not each.date)]
        case StudyOrder.DESCRIPTION:
            return sorted(by_id, key=lambda each: folded(each.description))
        case StudyOrder.PATIENT | StudyOrder.PATIENT_BACKWARDS:
            backwards = order is StudyOrder.PATIENT_BACKWARDS
            return sorted(by_id, key=lambda each: (folded(each.patient_name), each.patient_id), reverse=backwards)


async def open_study(parts: Parts, study_id: str) -> OpenedResource:
    """Raises NotFound."""
    study = await _with_series(parts, await _get(parts, f"/studies/{_quoted(study_id)}"))
    return OpenedResource(study=study, series=None, instance=None, tools=study.tools)


async def open_series(parts: Parts, series_id: str) -> OpenedResource:
    """Raises NotFound."""
    series = await _get(parts, f"/series/{_quoted(series_id)}")
    opened = await open_study(parts, str(series["ParentStudy"]))
    tools = next(each.tools for each in opened.study.series if each.id == series["ID"])
    return opened.model_copy(update={"series": str(series["ID"]), "tools": tools})


async def open_instance(parts: Parts, instance_id: str) -> OpenedResource:
    """Raises NotFound."""
    instance = await _get(parts, f"/instances/{_quoted(instance_id)}")
    opened = await open_series(parts, str(instance["ParentSeries"]))
    return opened.model_copy(update={"instance": str(instance["ID"])})


async def _with_series(parts: Parts, study: _Object) -> StudyDescription:
    answer = await parts.orthanc.get_json(f"/studies/{study['ID']}/series")
    return study_description(study, [_series(parts, each) for each in cast("list[_Object]", answer)])


def _series(parts: Parts, series: _Object) -> SeriesDescription:
    return series_description(series, masking_enabled=parts.configuration.orthanc.masking_enabled)


async def _get(parts: Parts, path: str) -> _Object:
    return cast("_Object", await parts.orthanc.get_json(path))


def _quoted(identifier: str) -> str:
    return quote(identifier, safe="")
