"""How often callers may ask, and that nobody uses up what is another's."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from starlette.responses import Response
from starlette.types import Scope

from plugin.service.access.rates import BURST_S, Rate, _claim
from plugin.service.access.shapes import ErrorShapes
from plugin.service.annotations import ERROR_SHAPE as ANNOTATIONS
from plugin.service.ct_registration import ERROR_SHAPE as REGISTRATION
from plugin.service.errors import TooManyRequests
from plugin.service.serving.peers import peer_of
from tests.kit.annotation_service import MEMBER, STRANGER, AnnotationService, annotation_service
from tests.kit.product import Product


def test_a_burst_is_allowed_then_the_rate_and_each_caller_for_itself() -> None:
    now_s = 0.0
    rate = Rate(2.0, clock=lambda: now_s)
    assert [rate.take("a") for _ in range(2 * BURST_S)] == [0.0] * 2 * BURST_S
    assert rate.take("a") == pytest.approx(0.5)
    assert rate.take("b") == 0.0
    now_s = 0.5
    assert rate.take("a") == 0.0
    assert rate.take("a") > 0
    rate.give_back("a")
    assert rate.take("a") == 0.0
    now_s = 1e6
    assert sum(rate.take("a") == 0 for _ in range(100)) == 2 * BURST_S


def test_callers_that_are_long_gone_are_forgotten() -> None:
    now_s = 0.0
    rate = Rate(1.0, clock=lambda: now_s)
    for number in range(20_000):
        rate.take(str(number))
    assert len(rate._buckets) <= 10_000


@pytest.fixture
def sparing(tmp_path: Path) -> Iterator[AnnotationService]:
    """A service that lets strangers ask ten times at once, and each key thirty times."""
    orthanc = Product(tmp_path / "orthanc", with_plugin=False)
    settings = {"api_stranger_requests_per_s": 10 / BURST_S, "api_requests_per_s": 30 / BURST_S}
    with annotation_service(tmp_path / "service", orthanc, settings=settings) as running:
        yield running


def until_refused(ask: Callable[[], httpx.Response]) -> httpx.Response:
    for _ in range(1000):
        answer = ask()
        if answer.status_code == 429:
            return answer
    raise AssertionError("every request was answered")


def test_strangers_and_keys_have_allowances_of_their_own(sparing: AnnotationService) -> None:
    with sparing.client(MEMBER) as mia, sparing.client(STRANGER) as sam, httpx.Client(base_url=sparing.url) as nobody:
        for known in (mia, sam):
            assert known.get("/api/project.json").status_code == 200
        refused = until_refused(lambda: nobody.get("/api/project.json"))
        assert refused.json() == {"errors": {"message": "Too many requests; ask again later"}, "errorValues": None}
        assert int(refused.headers["Retry-After"]) >= 1
        assert until_refused(lambda: nobody.post("/api/project.json", json={})).json()["success"] is False
        assert until_refused(lambda: nobody.get("/jobs")).json()["HttpStatus"] == 429
        assert mia.get("/api/project.json").status_code == 200
        refused = until_refused(lambda: mia.get("/api/project.json"))
        assert int(refused.headers["Retry-After"]) >= 1
        assert sam.get("/api/project.json").status_code == 200


def scope_of(path: str, method: str = "GET", query: bytes = b"", **headers: str) -> Scope:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    client = ("192.0.2.7", 5)
    return {"type": "http", "path": path, "method": method, "query_string": query, "headers": raw, "client": client}


def refused(scope: Scope) -> Response:
    answer = ErrorShapes((ANNOTATIONS, REGISTRATION)).refuse(scope, TooManyRequests(2.5))
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "3"
    return answer


def test_every_path_is_refused_in_its_own_shape() -> None:
    for path in ("/api/annotation.json", "/session/x", "/upload", "/server/ping"):
        assert set(json.loads(refused(scope_of(path)).body)) == {"errors", "errorValues"}
        assert set(json.loads(refused(scope_of(path, "POST")).body)) == {"success", "errors", "errorValues"}
    for path in ("/plugins/registration", "/plugins/registration/", "/plugins/registration/results/a/b"):
        body = json.loads(refused(scope_of(path, host="here/path")).body)
        assert set(body) == {"RequestId", "HostId", "Code", "Message", "Recommend"}
        assert (body["Code"], body["HostId"]) == ("Throttling.User", "here")
    assert b"<Code>Throttling.User</Code>" in refused(scope_of("/plugins/registration/", query=b"format=xml")).body
    for path in ("/jobs", "/plugins/registration/jobs", "/plugins/ophtha/docs", "/apis"):
        assert json.loads(refused(scope_of(path)).body)["HttpStatus"] == 429


def test_a_claim_is_the_key_without_the_signature_at_one_address() -> None:
    first, second = (scope_of("/api", authorization=f"CYTOMINE key:{signed}") for signed in ("YQ==", "Yg=="))
    assert _claim(first) == _claim(second)
    assert _claim(first) != _claim(scope_of("/api", authorization="CYTOMINE other:YQ=="))
    assert _claim(first) != _claim({**first, "client": ("192.0.2.8", 5)})
    acs3 = [f"ACS3-HMAC-SHA256 Credential=key,SignedHeaders=host,Signature={signed}" for signed in ("aa", "bb")]
    assert len({_claim(scope_of("/", authorization=each)) for each in acs3}) == 1
    assert _claim(scope_of("/")) is None


@pytest.mark.parametrize(
    ("host", "peer"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
    ],
)
def test_a_network_of_ipv6_is_one_peer(host: str, peer: str) -> None:
    assert peer_of((host, 1)) == peer
    assert peer_of(None) == ""
