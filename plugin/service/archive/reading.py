"""Asks Orthanc for studies and series."""

import asyncio
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
from plugin.service.parts import Parts

_Object = dict[str, JsonValue]
_SEARCHED = ("PatientName", "PatientID", "StudyDescription", "AccessionNumber")


async def find_studies(parts: Parts, *, text: str, limit: int) -> list[StudyDescription]:
    """Studies in which a name, number or description holds ``text``, the newest first."""
    wanted = f"*{text.strip()}*" if text.strip() else ""
    queries = [{tag: wanted} for tag in _SEARCHED] if wanted else [{}]
    answers = await asyncio.gather(*(_find(parts, query, limit) for query in queries))
    found = {str(study["ID"]): study for answer in answers for study in answer}
    studies = await asyncio.gather(*(_with_series(parts, study) for study in list(found.values())[:limit]))
    return sorted(studies, key=lambda study: study.date, reverse=True)


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


async def _find(parts: Parts, query: dict[str, str], limit: int) -> list[_Object]:
    wish = {"Level": "Study", "Expand": True, "Limit": limit, "Query": query}
    found = await parts.orthanc.request("POST", "/tools/find", json=wish, is_repeatable=True)
    return cast("list[_Object]", found.json())


async def _with_series(parts: Parts, study: _Object) -> StudyDescription:
    answer = await parts.orthanc.get_json(f"/studies/{study['ID']}/series")
    return study_description(study, [_series(parts, each) for each in cast("list[_Object]", answer)])


def _series(parts: Parts, series: _Object) -> SeriesDescription:
    return series_description(series, masking_enabled=parts.configuration.orthanc.masking_enabled)


async def _get(parts: Parts, path: str) -> _Object:
    return cast("_Object", await parts.orthanc.get_json(path))


def _quoted(identifier: str) -> str:
    return quote(identifier, safe="")
