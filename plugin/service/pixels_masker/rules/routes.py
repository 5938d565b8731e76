"""``/plugins/pixels-masker/rules``: keep rules, list them, take those of other programs over."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Literal
from uuid import uuid4

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, JsonValue, StrictStr
from starlette.responses import JSONResponse, Response

from ophtha_core.detection.rules.ctp_script import read_ctp_script
from ophtha_core.detection.rules.deid_recipe import read_deid_recipe
from ophtha_core.detection.rules.imported import ImportedRules
from plugin.service.access.senders import require_person
from plugin.service.effects import METHOD_TELLS
from plugin.service.errors import Detail, NotFound
from plugin.service.parts import Parts, PartsOf
from plugin.service.pixels_masker.refusal import refuse
from plugin.service.pixels_masker.request import parse_body
from plugin.service.pixels_masker.rules.model import Rule, parse_rule, validated
from plugin.service.pixels_masker.rules.store import RuleStore

router = APIRouter(prefix="/plugins/pixels-masker/rules", tags=["pixels-masker"], dependencies=[METHOD_TELLS])

_LONGEST_SCRIPT = 2**18
_MOST_RULES = 5000


class ImportRequest(BaseModel):
    """A file of another program."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    Format: Literal["ctp", "deid"] = Field(description="A script of CTP's DicomPixelAnonymizer, or a recipe of deid")
    Script: Annotated[StrictStr, Field(max_length=_LONGEST_SCRIPT, description="The text of the file")]


class SkippedPart(BaseModel):
    """A part of the file that no rule here can express."""

    Line: int
    Text: str
    Reason: str


class ImportAnswer(BaseModel):
    """What became of the file."""

    Imported: list[str] = Field(description="Names of the new rules, in the order of the file")
    Skipped: list[SkippedPart]


def _body(schema: dict[str, object]) -> dict[str, object]:
    """Schema of a body that is checked by hand: OpenAPI resolves references from its own root."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _rule_schema() -> dict[str, object]:
    schema = Rule.model_json_schema()
    definitions = schema.pop("$defs")
    properties = schema["properties"]
    properties["Regions"]["items"] = definitions["RuleRegion"]
    properties["Image"]["anyOf"][0] = definitions["ImageSize"]
    properties["Recipe"]["anyOf"][0] = definitions["RecipeOfRule"]
    properties["When"]["additionalProperties"] = definitions["JsonValue"]
    schema["required"].remove("Name")
    return schema


@router.get("", operation_id="mask_rules_list")
async def list_rules(parts: PartsOf) -> list[Rule]:
    """All rules, in their order."""
    return [Rule.model_validate(each) for each in await asyncio.to_thread(RuleStore(parts.sessions).all)]


@router.post(
    "/import",
    operation_id="mask_rules_import",
    response_model=ImportAnswer,
    openapi_extra=_body(ImportRequest.model_json_schema()),
)
async def import_rules(request: Request, parts: PartsOf) -> Response:
    """Add the rules of another program's file behind those that are kept, in the order of the file."""
    wish = validated(ImportRequest, parse_body(await request.body()))
    found = await asyncio.to_thread(_read, wish)
    rules = list(_named(found))
    if len(rules) > _MOST_RULES:
        raise refuse(Detail(("body", "Script"), f"holds more than {_MOST_RULES} rules"))
    names = await asyncio.to_thread(RuleStore(parts.sessions).append, rules)
    _audit(request, parts, "import", names, format=wish.Format, skipped=len(found.skipped))
    skipped = [SkippedPart(Line=each.line, Text=each.text, Reason=each.reason) for each in found.skipped]
    return JSONResponse(ImportAnswer(Imported=names, Skipped=skipped).model_dump())


@router.get("/{name}", operation_id="mask_rules_get")
async def get_rule(name: str, parts: PartsOf) -> Rule:
    """One rule."""
    found = await asyncio.to_thread(RuleStore(parts.sessions).get, name)
    if found is None:
        raise _unknown()
    return Rule.model_validate(found)


@router.put(
    "/{name}",
    operation_id="mask_rules_put",
    response_model=Rule,
    openapi_extra=_body(_rule_schema()),
)
async def put_rule(name: str, request: Request, parts: PartsOf) -> Response:
    """Add a rule, or replace the one of this name."""
    rule = parse_rule(name, parse_body(await request.body()))
    await asyncio.to_thread(RuleStore(parts.sessions).put, rule)
    _audit(request, parts, "put", [name])
    return JSONResponse(rule.model_dump())


@router.delete("/{name}", operation_id="mask_rules_delete")
async def delete_rule(name: str, request: Request, parts: PartsOf) -> dict[str, JsonValue]:
    """Forget a rule; jobs that were submitted with it go on with it."""
    if not await asyncio.to_thread(RuleStore(parts.sessions).remove, name):
        raise _unknown()
    _audit(request, parts, "delete", [name])
    return {}


def _read(wish: ImportRequest) -> ImportedRules:
    if wish.Format == "ctp":
        return read_ctp_script(wish.Script)
    return read_deid_recipe(wish.Script, recipe=f"deid-{uuid4().hex[:12]}")


def _named(found: ImportedRules) -> Iterator[Rule]:
    """The rules under names that a path can hold."""
    for each in found.rules:
        plain = re.sub(r"[^A-Za-z0-9._+-]+", " ", each.name).lstrip(" ._+-")[:56].strip()
        yield Rule.of(replace(each, name=plain or "rule"))


def _unknown() -> NotFound:
    return NotFound("There is no rule of this name")


def _audit(request: Request, parts: Parts, action: str, names: Sequence[str], **facts: str | int) -> None:
    person = require_person(request.scope)
    parts.audit.write(f"pixels-masker rules {action}", user=person.name, resources=list(names), **facts)
