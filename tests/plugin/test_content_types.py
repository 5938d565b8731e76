"""Each answer names one type, the right one: Orthanc's versions differ in what they add by themselves."""

import http.client
from dataclasses import dataclass

import pytest

from tests.kit.product import Product

_NOBODY = "00000000-00000000-00000000-00000000-00000000"
_NO_JOB = "00000000-0000-4000-8000-000000000000"
_HTML = "text/html; charset=utf-8"
_JSON = "application/json"
_FOREIGN = {"Origin": "http://evil.example"}


@dataclass(frozen=True)
class RawAnswer:
    """An answer with its headers as they came, repeated ones included."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


def ask(
    product: Product, method: str, path: str, *, headers: dict[str, str] | None = None, body: str | None = None
) -> RawAnswer:
    connection = http.client.HTTPConnection("localhost", product.port, timeout=60)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        response = connection.getresponse()
        return RawAnswer(response.status, tuple(response.getheaders()), response.read())
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("method", "path", "status", "content_type"),
    [
        ("GET", "/plugins/ophtha/status", 200, _JSON),
        ("GET", "/plugins/ophtha/openapi.json", 200, _JSON),
        ("GET", "/plugins/ophtha/app/", 200, _HTML),
        ("GET", "/plugins/ophtha/docs", 200, _HTML),
        ("GET", "/plugins/ophtha/no-such-thing", 404, _JSON),
        ("GET", f"/plugins/ophtha/studies/{_NOBODY}", 404, _JSON),
        ("GET", "/plugins/ophtha/app/no-such-file.js", 404, _JSON),
        ("POST", "/plugins/ophtha/status", 405, _JSON),
        ("DELETE", "/plugins/ophtha/status", 405, _JSON),
        ("PUT", "/plugins/oct/get_etdrs", 405, _JSON),
        ("POST", "/plugins/oct/get_etdrs", 422, _JSON),
        ("POST", f"/plugins/pixels-masker/studies/{_NOBODY}/modify", 404, _JSON),
        ("GET", "/plugins/registration/?Action=GetAsyncJobResult", 400, _JSON),
        ("GET", "/plugins/registration/?Action=GetAsyncJobResult&Format=XML", 400, "text/xml;charset=utf-8"),
        ("GET", "/api/project.json", 401, _JSON),
        ("GET", "/server/ping", 200, _JSON),
        ("GET", "/plugins/ophtha/origins", 405, _JSON),
        ("POST", "/plugins/ophtha/origins", 403, _JSON),
        ("GET", "/jobs", 200, _JSON),
        ("POST", "/jobs", 405, _JSON),
        ("GET", f"/jobs/{_NO_JOB}", 404, _JSON),
        ("DELETE", f"/jobs/{_NO_JOB}", 404, _JSON),
        ("POST", f"/jobs/{_NO_JOB}/cancel", 404, _JSON),
        ("GET", f"/jobs/{_NO_JOB}/cancel", 405, _JSON),
    ],
)
def test_each_answer_names_its_type_once(
    product: Product, method: str, path: str, status: int, content_type: str
) -> None:
    answer = ask(product, method, path, body="{}" if method in ("POST", "PUT") else None)
    assert (answer.status, answer.values("Content-Type")) == (status, [content_type])
    assert len(answer.body) == int(*answer.values("Content-Length"))


def test_a_refused_request_of_another_site_names_its_type_once(product: Product) -> None:
    answer = ask(product, "POST", f"/jobs/{_NO_JOB}/cancel", headers=_FOREIGN, body="{}")
    assert (answer.status, answer.values("Content-Type")) == (403, [_JSON])


def test_a_page_that_did_not_change_keeps_its_type(product: Product) -> None:
    first = ask(product, "GET", "/plugins/ophtha/app/oct.html")
    (etag,) = first.values("ETag")
    second = ask(product, "GET", "/plugins/ophtha/app/oct.html", headers={"If-None-Match": etag})
    assert (second.status, second.body) == (304, b"")
    assert second.values("Content-Type") == first.values("Content-Type") == [_HTML]


def test_a_part_of_a_file_is_answered_whole(product: Product) -> None:
    whole = ask(product, "GET", "/plugins/ophtha/app/oct.html")
    part = ask(product, "GET", "/plugins/ophtha/app/oct.html", headers={"Range": "bytes=5-9"})
    assert (part.status, part.values("Content-Type"), part.body) == (200, [_HTML], whole.body)


def test_an_answer_to_head_names_at_most_one_type(product: Product) -> None:
    answer = ask(product, "HEAD", "/plugins/ophtha/status")
    assert len(answer.values("Content-Type")) <= 1
    assert answer.body == b""


def test_a_large_answer_that_is_compressed_names_its_type_once(product: Product) -> None:
    answer = ask(product, "GET", "/plugins/ophtha/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert (answer.status, answer.values("Content-Type")) == (200, [_JSON])


def test_while_the_service_is_away_people_get_a_page_and_programs_json_or_text(fragile_product: Product) -> None:
    with fragile_product.without_service():
        for accept, content_type in (("text/html,*/*;q=0.8", _HTML), ("*/*", _JSON), ("text/plain", "text/plain")):
            answer = ask(fragile_product, "GET", "/plugins/ophtha/app/", headers={"Accept": accept})
            assert (answer.status, answer.values("Content-Type")) == (503, [content_type])
            assert answer.values("Retry-After") == ["2"]
            assert b"restarted" in answer.body
