"""The API's description is a golden file: its diff is the review. ``make openapi`` writes it anew."""

import json
import sys
from functools import cache
from pathlib import Path

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from plugin.service.app import create_app
from plugin.service.config import Configuration, OrthancSettings, Settings

GOLDEN = Path(__file__).with_name("openapi.json")
_METHODS = {"get", "post", "put", "delete"}


@cache
def app() -> FastAPI:
    orthanc = OrthancSettings.model_validate(
        {"HttpPort": 8042, "StorageDirectory": "storage", "MaskingEnabled": True, "Token": "none"}
    )
    return create_app(Configuration(ophtha=Settings(), orthanc=orthanc))


def rendered() -> str:
    return json.dumps(app().openapi(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def test_the_description_is_the_one_that_was_reviewed() -> None:
    assert rendered() == GOLDEN.read_text(encoding="utf-8"), "run `make openapi` and review the difference"


def test_every_route_says_what_it_does() -> None:
    for path, methods in app().openapi()["paths"].items():
        for method, operation in methods.items():
            if method in _METHODS:
                assert operation.get("description") or operation.get("summary"), f"{method} {path}"


def test_no_two_routes_answer_the_same_request() -> None:
    seen = [(route.path, method) for route in iter_route_contexts(app().routes) for method in route.methods or ()]
    assert len(seen) > 200
    assert len(seen) == len(set(seen))


if __name__ == "__main__":
    GOLDEN.write_text(rendered(), encoding="utf-8")
    sys.stdout.write(f"{GOLDEN}\n")
