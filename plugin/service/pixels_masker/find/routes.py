"""``POST /plugins/pixels-masker/{level}/{id}/detect``."""

import asyncio

from distributed import KilledWorker
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from plugin.service.access.person import Person
from plugin.service.access.senders import require_person
from plugin.service.effects import WRITES
from plugin.service.errors import Unavailable
from plugin.service.jobs import JsonObject
from plugin.service.jobs.view import StartedJob
from plugin.service.pacs.connection import OrthancAway
from plugin.service.parts import Parts, PartsOf
from plugin.service.pixels_masker.find.answer import answer_of
from plugin.service.pixels_masker.find.description import DetectAnswer
from plugin.service.pixels_masker.find.examination import Examination
from plugin.service.pixels_masker.find.job import JOB_TYPE, chunks, job_request, lost
from plugin.service.pixels_masker.find.look import Outcome
from plugin.service.pixels_masker.find.wish import DetectModel, parse_wish
from plugin.service.pixels_masker.payload import Level
from plugin.service.pixels_masker.request import parse_body
from plugin.service.pixels_masker.rules.choice import chosen_rules
from plugin.service.pixels_masker.rules.model import device_rules
from plugin.service.pixels_masker.source import SourceInstance, read_source

# A job's record is written, and who looked for what is noted.
router = APIRouter(tags=["pixels-masker"], dependencies=[WRITES])

_DESCRIPTION = (
    "Regions as `MaskPixelData.Regions` takes them, with who found each and how sure that is, and the instances that "
    "could not be looked at. Nothing is stored. With `Asynchronous` the answer is the job's `Content`."
)
_AT_ONCE = 4
"""Tasks of one synchronous request: it shares the workers with others."""


async def _answer(request: Request, parts: Parts, level: Level, resource_id: str) -> Response:
    payload = parse_body(await request.body())
    wish = parse_wish(payload)
    person = require_person(request.scope)
    rules = await chosen_rules(parts.sessions, wish, ("body",))
    source = await parts.orthanc.asked(lambda orthanc: read_source(orthanc, level, resource_id))
    if wish.asynchronous:
        record = await parts.jobs.submit(JOB_TYPE, job_request(level, resource_id, payload, rules), owner=person.name)
        _audit(parts, person, resource_id, wish, job=record.id)
        return JSONResponse(StartedJob(ID=record.id, Path=f"/jobs/{record.id}").model_dump())
    examination = Examination(desk=parts.orthanc_desk, look=wish.look(device_rules(rules)))
    found = await _look(parts, examination, source.instances, wish)
    _audit(parts, person, resource_id, wish)
    return JSONResponse(found)


async def _look(
    parts: Parts, examination: Examination, instances: tuple[SourceInstance, ...], wish: DetectModel
) -> JsonObject:
    """The answer, kept in no record: it may hold what was read."""
    places = asyncio.Semaphore(_AT_ONCE)

    async def look(some: tuple[SourceInstance, ...]) -> list[Outcome]:
        async with places:
            try:
                return await parts.jobs.compute(examination.of, some)
            except KilledWorker:
                return lost(some)

    try:
        looked = await asyncio.gather(*map(look, chunks(instances)))
    except OrthancAway as error:
        raise Unavailable(str(error)) from error
    outcomes = [outcome for some in looked for outcome in some]
    return answer_of(outcomes, examination.look.detectors(), with_text=wish.text.include_text)


def _audit(parts: Parts, person: Person, resource_id: str, wish: DetectModel, **facts: str) -> None:
    find, text = [str(each) for each in wish.find], wish.text.include_text
    action = "pixels-masker detect"
    parts.audit.write(action, user=person.name, resources=[resource_id], find=find, text=text, **facts)


def _register(level: Level) -> None:
    @router.post(
        f"/plugins/pixels-masker/{level}/{{resource_id}}/detect",
        name=f"Find what to mask in {level.type_name.lower()}",
        operation_id=f"mask_detect_{level}",
        description=_DESCRIPTION,
        response_class=JSONResponse,
        response_model=None,
        responses={200: {"model": DetectAnswer | StartedJob}},
        openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": _SCHEMA}}}},
    )
    async def detect(request: Request, parts: PartsOf, resource_id: str) -> Response:
        return await _answer(request, parts, level, resource_id)


def _schema() -> dict[str, object]:
    """The schema in one piece: OpenAPI resolves references from its own root."""
    schema = DetectModel.model_json_schema()
    definitions = schema.pop("$defs")
    schema["properties"]["Text"] = definitions["TextModel"]
    schema["properties"]["Text"]["properties"]["Keep"] = definitions["KeepText"]
    schema["properties"]["Find"]["items"] = definitions["Finder"]
    return schema


_SCHEMA = _schema()

for _level in Level:
    _register(_level)
