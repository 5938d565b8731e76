import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from plugin.service.serving.leading_slashes import OneLeadingSlash


def told(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request.scope["raw_path"].decode())


@pytest.mark.parametrize("slashes", ["/", "//", "///"])
def test_an_address_may_begin_with_several_slashes_and_stays_as_it_was_signed(slashes: str) -> None:
    app = OneLeadingSlash(Starlette(routes=[Route("/api/where.json", told)]))
    answer = TestClient(app).get(f"http://testserver{slashes}api/where.json")
    assert (answer.status_code, answer.text) == (200, f"{slashes}api/where.json")


def test_other_slashes_are_not_taken_away() -> None:
    app = OneLeadingSlash(Starlette(routes=[Route("/api/where.json", told)]))
    assert TestClient(app).get("http://testserver/api//where.json").status_code == 404
