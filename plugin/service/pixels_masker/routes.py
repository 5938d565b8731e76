"""``POST /plugins/pixels-masker/{level}/{id}/{modify|anonymize}``."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from distributed import KilledWorker
from fastapi import APIRouter, Request
from pydantic import JsonValue
from starlette.responses import JSONResponse, Response

from ophtha_core.errors import InvalidInput, UnreadableImage
from plugin.service.access.person import Person
from plugin.service.access.senders import require_person
from plugin.service.disk import require_free_space
from plugin.service.effects import COMPUTES, WRITES
from plugin.service.errors import (
    BadRequest,
    Conflict,
    Detail,
    ServiceError,
    StorageFull,
    Unavailable,
    field_location,
)
from plugin.service.jobs import JobRecord, JobState
from plugin.service.jobs.view import StartedJob
from plugin.service.pacs.answer import as_json
from plugin.service.pacs.connection import OrthancAway
from plugin.service.pacs.error_numbers import BAD_FILE_FORMAT, BAD_REQUEST, CANCELED_JOB, FULL_STORAGE
from plugin.service.parts import Parts, PartsOf
from plugin.service.pixels_masker.job import JOB_TYPE, masking_work
from plugin.service.pixels_masker.mask_model import MaskModel
from plugin.service.pixels_masker.outcome import MaskingAnswer, answer_content
from plugin.service.pixels_masker.payload import Action, Level
from plugin.service.pixels_masker.plan import Plan
from plugin.service.pixels_masker.prepare import Order, is_in_place, prepare
from plugin.service.pixels_masker.refusal import refuse
from plugin.service.pixels_masker.request import parse_body
from plugin.service.pixels_masker.rules.choice import chosen_rules
from plugin.service.pixels_masker.verification import Unproven
from plugin.service.pixels_masker.work import mask_one
from plugin.service.serving.described import binary

router = APIRouter(tags=["pixels-masker"])

_FAILURES: dict[int, type[ServiceError]] = {
    BAD_REQUEST: BadRequest,
    BAD_FILE_FORMAT: BadRequest,
    FULL_STORAGE: StorageFull,
    CANCELED_JOB: Conflict,
}


async def _answer(request: Request, parts: PartsOf, resource_id: str, *, level: Level, action: Action) -> Response:
    order = Order.of(level, resource_id, action, parse_body(await request.body()))
    person = require_person(request.scope)
    wish = None if order.request.mask is None else order.request.mask.wish
    rules = await chosen_rules(parts.sessions, wish, ("body", "MaskPixelData", "Detect"))
    order = replace(order, device_rules=tuple(rules))
    plan = await parts.orthanc.asked(lambda orthanc: prepare(orthanc, order, parts.readers.call))
    if level is Level.INSTANCE:
        return await _masked_instance(parts, person, order, plan)
    if is_in_place(plan, order.rules):
        return await _by_the_core(parts, person, order)
    require_free_space(parts.configuration.orthanc.storage_directory, plan.source.size_bytes)
    record = await parts.jobs.submit(
        JOB_TYPE,
        order.to_json(),
        owner=person.name,
        priority=order.request.priority,
        content=answer_content(order, plan, [], []),
        plan=plan.to_json(),
    )
    _audit(parts, person, order, job=record.id)
    if order.request.asynchronous:
        return JSONResponse(StartedJob(ID=record.id, Path=f"/jobs/{record.id}").model_dump())
    return _finished(await parts.jobs.wait_for_answer(record.id))


async def _masked_instance(parts: Parts, person: Person, order: Order, plan: Plan) -> Response:
    """The modified instance itself; nothing is stored."""
    work = masking_work(parts.orthanc_desk, order, plan)
    try:
        # On a worker: what a hostile file may do there does not harm the service.
        dicom = await parts.jobs.compute(mask_one, work, plan.source.instances[0])
    except InvalidInput as error:
        raise refuse(Detail(field_location(error.field), error.message)) from error
    except (UnreadableImage, Unproven) as error:
        raise BadRequest(f"Instance {order.resource_id}: {error}") from error
    except OrthancAway as error:
        raise Unavailable(str(error)) from error
    except KilledWorker as error:
        raise BadRequest("The instance needs more memory than a worker may use") from error
    _audit(parts, person, order)
    return Response(dicom, media_type="application/dicom")


async def _by_the_core(parts: Parts, person: Person, order: Order) -> Response:
    """Copies that replace their sources, with nothing to mask: only the core can do that safely."""
    payload = {key: value for key, value in order.payload.items() if key != "MaskPixelData"}
    path = f"/{order.level}/{order.resource_id}/{order.action}"
    answer = await parts.orthanc.asked(lambda orthanc: orthanc.once("POST", path, as_json(payload)))
    _audit(parts, person, order, in_place=True)
    return Response(answer.body, answer.status, media_type="application/json")


def _finished(record: JobRecord) -> Response:
    if record.state == JobState.SUCCESS:
        return JSONResponse(record.content)
    error = _FAILURES.get(record.error_code, ServiceError)
    failed = record.content.get("FailedInstances")
    details = [
        Detail(("body",), f"Instance {each['ID']}: {each['Reason']}")
        for each in (failed if isinstance(failed, list) else [])
    ]
    raise error(record.error_details or "The job failed", details=details)


def _audit(parts: Parts, person: Person, order: Order, **facts: str | bool) -> None:
    action, masked = f"pixels-masker {order.action}", order.request.mask is not None
    if (look := order.mask.look) is not None:
        facts["find"] = ", ".join(look.finders)
    parts.audit.write(action, user=person.name, resources=[order.resource_id], masked=masked, **facts)


def _register(level: Level, action: Action) -> None:
    name = f"{action.capitalize()} {level.type_name.lower()}"
    stores = level is not Level.INSTANCE
    result = "Answers the result of the job, or the job with `Asynchronous`." if stores else "Answers the DICOM file."
    router.add_api_route(
        f"/plugins/pixels-masker/{level}/{{resource_id}}/{action}",
        _endpoint(level, action),
        methods=["POST"],
        name=f"{name} and mask pixels",
        operation_id=f"mask_{action}_{level}",
        description=f"Orthanc's own `/{level}/{{id}}/{action}` and its payload, with `MaskPixelData`. {result}",
        response_class=JSONResponse if stores else Response,
        response_model=None,
        dependencies=[WRITES if stores else COMPUTES],
        responses={200: {"model": MaskingAnswer | StartedJob}}
        if stores
        else binary("application/dicom", description="The copy"),
        openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": _SCHEMA}}}},
    )


def _endpoint(level: Level, action: Action) -> Callable[..., Awaitable[Response]]:
    async def endpoint(request: Request, parts: PartsOf, resource_id: str) -> Response:
        return await _answer(request, parts, resource_id, level=level, action=action)

    return endpoint


def _mask_schema() -> JsonValue:
    """The schema of ``MaskPixelData`` in one piece: OpenAPI resolves references from its own root."""
    schema = MaskModel.model_json_schema()
    return _in_one_piece(schema, schema.pop("$defs"))


def _in_one_piece(schema: JsonValue, definitions: Mapping[str, JsonValue]) -> JsonValue:
    if isinstance(schema, list):
        return [_in_one_piece(each, definitions) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _in_one_piece(definitions[str(schema["$ref"]).rsplit("/", 1)[1]], definitions)
    return {key: _in_one_piece(value, definitions) for key, value in schema.items()}


_SCHEMA = {"type": "object", "properties": {"MaskPixelData": _mask_schema()}, "additionalProperties": True}

for _level in Level:
    for _action in Action:
        _register(_level, _action)
