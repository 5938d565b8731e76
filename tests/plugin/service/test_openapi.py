"""The API's description is a golden file: its diff is the review. ``make openapi`` writes it anew."""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from plugin.service.app import create_app
from plugin.service.config import Configuration, OrthancSettings, Settings

GOLDEN = Path(__file__).with_name("openapi.json")
GAPS = Path(__file__).with_name("openapi_gaps.json")
"""Operations of annotations that are still not described, by what they lack. The lists only get shorter."""
_WITHOUT_BODY = {
    "post /plugins/ophtha/jobs/{job_id}/{action}",
    "post /api/annotation/{annotation_id}/term/{term_id}.json",
    "post /api/annotation/{annotation_id}/fill.json",
    "post /api/annotationtrack/{annotation_id}/{track_id}.json",
    *(f"post /api/command/{each}{verb}.json" for each in ("", "{command_id}/") for verb in ("undo", "redo")),
    "post /api/imageinstance/{image_id}/review.json",
    "put /api/imageinstance/{image_id}/review.json",
    "post /api/project/{project_id}/user/{user_id}.json",
    "post /api/project/{project_id}/user/{user_id}/admin.json",
}
"""What is posted is the address alone."""
_FOR_EVERYBODY = {"get /server/ping"}

Json = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """One method of a path, as described."""

    name: str
    described: Json

    def takes_body(self) -> bool:
        return self.name.startswith(("post ", "put ")) and self.name not in _WITHOUT_BODY

    def contents(self) -> Iterator[tuple[str, Json]]:
        """Media type and description of every answer that has a body, and of the body of the request."""
        for answer in self.described["responses"].values():
            yield from answer.get("content", {}).items()
        yield from self.described.get("requestBody", {}).get("content", {}).items()

    def lacks(self) -> Iterator[str]:
        """What its description is without."""
        if not self.described.get("description"):
            yield "description"
        if self.takes_body() and "requestBody" not in self.described:
            yield "body"
        if any(not content.get("schema") for _, content in self.contents()):
            yield "answer"
        if not {"4XX", "5XX"} <= self.described["responses"].keys() or "422" in self.described["responses"]:
            yield "errors"
        if not self.described.get("security") and self.name not in _FOR_EVERYBODY:
            yield "security"


@cache
def app() -> FastAPI:
    orthanc = OrthancSettings.model_validate(
        {"HttpPort": 8042, "StorageDirectory": "storage", "MaskingEnabled": True, "Token": "none"}
    )
    return create_app(Configuration(ophtha=Settings(), orthanc=orthanc))


def rendered() -> str:
    return json.dumps(app().openapi(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def operations(description: Json) -> list[Operation]:
    return [
        Operation(f"{method} {path}", described)
        for path, methods in description["paths"].items()
        for method, described in methods.items()
    ]


def gaps(description: Json) -> dict[str, list[str]]:
    """Names of operations by what they lack."""
    found: dict[str, list[str]] = {}
    for operation in operations(description):
        for lacking in operation.lacks():
            found.setdefault(lacking, []).append(operation.name)
    return found


def test_the_description_is_the_one_that_was_reviewed() -> None:
    assert rendered() == GOLDEN.read_text(encoding="utf-8"), "run `make openapi` and review the difference"


def test_every_operation_is_described() -> None:
    known = json.loads(GAPS.read_text(encoding="utf-8"))
    new = {lacking: set(names) - set(known.get(lacking, ())) for lacking, names in gaps(app().openapi()).items()}
    assert {lacking: names for lacking, names in new.items() if names} == {}


def test_what_is_still_not_described_belongs_to_annotations() -> None:
    known = json.loads(GAPS.read_text(encoding="utf-8"))
    assert known.keys() <= {"description", "body", "answer"}
    assert all(re.match(r"\w+ /(api|server|session|upload)\b", name) for names in known.values() for name in names)


@pytest.mark.parametrize(
    ("lacking", "change"),
    [
        ("description", {"description": ""}),
        ("body", {"requestBody": None}),
        ("answer", {"responses": {"200": {"content": {"application/json": {"schema": {}}}}, "4XX": {}, "5XX": {}}}),
        ("errors", {"responses": {"200": {}}}),
        ("security", {"security": []}),
    ],
)
def test_what_is_missing_is_seen(lacking: str, change: Json) -> None:
    described = {**app().openapi()["paths"]["/plugins/oct/get_etdrs"]["post"], **change}
    operation = Operation("post /somewhere", {name: value for name, value in described.items() if value is not None})
    assert list(operation.lacks()) == [lacking]


def test_every_requirement_names_a_scheme() -> None:
    schemes = app().openapi()["components"]["securitySchemes"]
    needed = {name for each in operations(app().openapi()) for way in each.described["security"] for name in way}
    assert needed == schemes.keys()


def test_a_name_of_a_schema_means_one_thing() -> None:
    """Two classes of one name are told apart by their modules: no client wants to read those."""
    assert [name for name in app().openapi()["components"]["schemas"] if "__" in name] == []


def test_no_two_routes_answer_the_same_request() -> None:
    seen = [(route.path, method) for route in iter_route_contexts(app().routes) for method in route.methods or ()]
    assert len(seen) > 200
    assert len(seen) == len(set(seen))


def _write() -> None:
    """The golden file anew; of the gaps those that are closed go."""
    GOLDEN.write_text(rendered(), encoding="utf-8")
    found, known = gaps(app().openapi()), json.loads(GAPS.read_text(encoding="utf-8"))
    left = {lacking: sorted(set(names) & set(found.get(lacking, ()))) for lacking, names in known.items()}
    text = json.dumps({lacking: names for lacking, names in left.items() if names}, indent=1)
    GAPS.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    _write()
    sys.stdout.write(f"{GOLDEN}\n")
