"""Who may come in: signatures of both generations, plain keys, the session cookie."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import formatdate
from pathlib import Path

import httpx
import pytest

from plugin.relayed_caller import LetInBy, RelayedCaller
from plugin.service.access.doors import Door
from plugin.service.access.person import People
from plugin.service.access.senders import Senders, is_confidential, remember_sender
from plugin.service.annotations import replay
from plugin.service.annotations.replay import UsedSignatures, digest_of
from plugin.service.config import Configuration, OrthancSettings, Role, Settings
from plugin.service.records import now, open_database, sessions
from tests.kit.annotation_service import ADMIN, GUEST, MEMBER, AnnotationService, signature

CURRENT = "/api/user/current.json"


def signed(
    service: AnnotationService,
    *,
    path: str = CURRENT,
    method: str = "GET",
    age_s: float = 0,
    content_type: str = "",
    signed_type: str | None = None,
    address: str | None = None,
    body: bytes | None = None,
    forged: bool = False,
) -> httpx.Response:
    date = formatdate(time.time() - age_s, usegmt=True)
    kind = content_type if signed_type is None else signed_type
    authorization = signature(ADMIN, method=method, content_type=kind, date=date, address=address)
    headers = {"date": date, "authorization": authorization[:-6] + "AAAAA=" if forged else authorization}
    if content_type:
        headers["content-type"] = content_type
    with httpx.Client() as client:
        return client.request(method, service.url + path, headers=headers, content=body)


def test_both_generations_of_signatures_are_accepted(service: AnnotationService) -> None:
    for with_address in (False, True):
        with service.client(with_address=with_address) as client:
            assert client.get(CURRENT).json()["username"] == "ada"
            listed = client.get("/api/abstractimage.json", params={"max": "1", "name": "a b,ü"})
            assert listed.status_code == 200


def test_a_signature_over_the_whole_address_is_accepted_outside_the_api(service: AnnotationService) -> None:
    address = f"/api/{service.url}/server/ping"
    assert signed(service, path="/server/ping", address=address).json()["authenticated"] is True


def test_an_empty_content_type_may_have_been_signed(service: AnnotationService) -> None:
    assert signed(service, content_type="application/json", signed_type="").status_code == 200


@pytest.mark.parametrize(
    "how",
    [
        {"age_s": 16 * 60},
        {"age_s": -16 * 60},
        {"forged": True},
        {"address": "/api/project.json"},
        {"signed_type": "text/plain", "content_type": "application/json"},
    ],
    ids=["stale", "future", "wrong signature", "another address", "another content type"],
)
def test_a_signature_that_does_not_fit_the_request_is_refused(
    how: dict[str, object], service: AnnotationService
) -> None:
    answer = signed(service, **how)  # type: ignore[arg-type]
    assert answer.status_code == 401
    assert "errors" in answer.json()
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Basic YWRhOnB3"},
        {"authorization": "CYTOMINE ada-public:"},
        {"authorization": "CYTOMINE nobody:AAAA", "date": "now"},
        {"authorization": "CYTOMINE ada-public:AAAA", "date": "Sat, 99 Foo 2026"},
        {"cookie": "OPHTHA_ANNOTATIONS=1000.99999999999.forged"},
        {"x-auth-token": "ada-public", "x-auth-secret": "wrong"},
        {"x-auth-token": "' OR 1=1 --", "x-auth-secret": "' OR 1=1 --"},
    ],
)
def test_nobody_without_keys_gets_data(headers: dict[str, str], service: AnnotationService) -> None:
    answer = httpx.get(service.url + CURRENT, headers=headers)
    assert answer.status_code == 401
    assert "ada" not in answer.text


def test_a_write_sent_again_later_is_refused_and_a_read_is_not(service: AnnotationService) -> None:
    body = b'{"name": "replayed ontology"}'
    how = {"path": "/api/ontology.json", "method": "POST", "age_s": 60, "content_type": "application/json"}
    first = signed(service, body=body, **how)  # type: ignore[arg-type]
    again = signed(service, body=body, **how)  # type: ignore[arg-type]
    assert first.status_code == 200
    # The clock of the test may tick between the two: then they are two signatures, and the name is taken.
    assert again.status_code in (401, 409)
    assert signed(service, age_s=60).status_code == signed(service, age_s=60).status_code == 200


@pytest.fixture
def signatures(tmp_path: Path) -> Iterator[Callable[[], UsedSignatures]]:
    """Makes the memory of one service after another on the same records."""
    engine = open_database(f"sqlite:///{tmp_path / 'records.db'}")
    yield lambda: UsedSignatures(sessions(engine), remember_s=900)
    engine.dispose()


def test_equal_writes_within_the_same_moment_are_no_replay(signatures: Callable[[], UsedSignatures]) -> None:
    guard = signatures()
    write, other = digest_of(b"key", b"signature", b"body"), digest_of(b"key", b"signature", b"other body")
    assert guard.accepts_write(write, age_s=0.4)
    assert guard.accepts_write(write, age_s=1.1)
    assert guard.accepts_write(other, age_s=100)
    assert not guard.accepts_write(write, age_s=30)
    assert not guard.accepts_write(write, age_s=-30)


def test_another_service_and_a_restarted_one_remember_the_same_writes(signatures: Callable[[], UsedSignatures]) -> None:
    write = digest_of(b"key", b"signature", b"body")
    assert signatures().accepts_write(write, age_s=30)
    assert not signatures().accepts_write(write, age_s=30)


@pytest.mark.parametrize("is_write", [True, False])
def test_a_signature_without_an_address_opens_nothing_new_after_a_moment(
    signatures: Callable[[], UsedSignatures], monkeypatch: pytest.MonkeyPatch, is_write: bool
) -> None:
    first, another = signatures(), signatures()
    assert first.opens("signature", "/api/a.json", is_write=is_write)
    assert another.opens("signature", "/api/b.json", is_write=is_write)
    monkeypatch.setattr(replay, "now", lambda: now() + timedelta(seconds=6))
    assert not first.opens("signature", "/api/c.json", is_write=is_write)
    assert not signatures().opens("signature", "/api/c.json", is_write=is_write)
    assert first.opens("signature", "/api/a.json", is_write=False) is not is_write
    assert first.opens("signature", None, is_write=False), "its address is in the signature"


def test_plain_keys_are_accepted_on_this_machine(service: AnnotationService) -> None:
    keys = {"X-Auth-Token": MEMBER.public_key, "X-Auth-Secret": MEMBER.private_key.get_secret_value()}
    assert httpx.get(service.url + "/api/currentuser.json", headers=keys).json()["username"] == "mia"
    behind_proxy = {**keys, "X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "http"}
    assert httpx.get(service.url + CURRENT, headers=behind_proxy).status_code == 401
    assert httpx.get(service.url + CURRENT, headers={**behind_proxy, "X-Forwarded-Proto": "https"}).status_code == 200


HTTPS = {"x-forwarded-proto": "https"}
FAR, NEAR = "192.0.2.7", "127.0.0.1"


@dataclass(frozen=True)
class Way:
    """How a request with plain keys came: the door, what it says of itself, who sent it."""

    door: Door
    host: str = "pacs.example"
    peer: str | None = FAR
    headers: Mapping[str, str] = field(default_factory=dict)
    public_url: str | None = None
    orthanc_speaks_tls: bool = False

    @property
    def configuration(self) -> Configuration:
        return Configuration(
            ophtha=Settings.model_validate({"public_url": self.public_url}),
            orthanc=OrthancSettings.model_validate(
                {"http_port": 8042, "ssl_enabled": self.orthanc_speaks_tls, "storage_directory": "/", "token": "t"}
            ),
        )

    def is_confidential(self) -> bool:
        headers = {"host": self.host, **self.headers}
        if self.door is Door.ORTHANC:
            headers = RelayedCaller(self.peer, LetInBy.ANYBODY).introduced(headers)
        client = (self.peer, 1) if self.door is Door.API else None
        scope = {"type": "http", "method": "GET", "scheme": "http", "path": "/", "query_string": b"",
                 "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
                 "client": client, "server": (self.host, 80), "ophtha.door": self.door}  # fmt: skip
        remember_sender(scope, Senders(self.configuration, People((), Role.USER)).find(scope))
        return is_confidential(scope, self.configuration)


@pytest.mark.parametrize(
    "way",
    [
        Way(Door.API, peer=NEAR),
        Way(Door.API, peer="::1", host="pacs.example"),
        Way(Door.API, peer=NEAR, headers={**HTTPS, "x-forwarded-for": FAR}),
        Way(Door.API, headers=HTTPS, public_url="https://pacs.example"),
        Way(Door.ORTHANC, peer=NEAR),
        Way(Door.ORTHANC, peer="::ffff:127.0.0.1"),
        Way(Door.ORTHANC, orthanc_speaks_tls=True),
        Way(Door.ORTHANC, peer=NEAR, headers={**HTTPS, "x-forwarded-for": FAR}),
        Way(Door.ORTHANC, headers=HTTPS, public_url="https://pacs.example"),
    ],
)
def test_plain_keys_are_accepted_over_tls_or_on_this_machine(way: Way) -> None:
    assert way.is_confidential()


@pytest.mark.parametrize(
    "way",
    [
        Way(Door.API),
        Way(Door.API, host="localhost:8043"),  # says the sender
        Way(Door.API, headers=HTTPS),  # says the sender
        Way(Door.API, headers=HTTPS, public_url="http://pacs.example"),
        Way(Door.API, public_url="https://pacs.example"),  # past the proxy
        Way(Door.API, peer=NEAR, headers={"x-forwarded-for": FAR}),
        Way(Door.API, peer=NEAR, headers={"forwarded": f"for={FAR};proto=https"}),
        Way(Door.API, peer=NEAR, headers={"x-forwarded-proto": "https, http"}),
        Way(Door.ORTHANC),
        Way(Door.ORTHANC, headers=HTTPS),
        Way(Door.ORTHANC, host="localhost:8042"),  # says the sender
        Way(Door.ORTHANC, host="[::1]:8042", peer=None),  # where Orthanc does not tell who sent it
        Way(Door.ORTHANC, peer=NEAR, headers={"via": "1.1 proxy"}),
        Way(Door.ORTHANC, headers={"x-ophtha-relay-address": NEAR}),  # says the sender
    ],
)
def test_plain_keys_are_refused_where_they_could_be_read_on_the_way(way: Way) -> None:
    assert not way.is_confidential()


def test_a_signed_request_opens_a_session_for_reading_only(service: AnnotationService) -> None:
    answer = signed(service)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "path=/" in cookie
    with httpx.Client(cookies=answer.cookies, base_url=service.url) as browser:
        seen = browser.get(CURRENT).json()
        assert seen["username"] == "ada"
        assert "privateKey" not in seen
        assert browser.get(f"/api/user/{seen['id']}/keys.json").status_code == 401
        assert browser.post("/api/ontology.json", json={"name": "by cookie"}).status_code == 401
    name, value = next(iter(answer.cookies.items()))
    user, expires, seal = value.split(".")
    for forged in (f"{int(user) + 1}.{expires}.{seal}", f"{user}.{int(expires) + 1}.{seal}", f"{user}.1.{seal}"):
        assert httpx.get(service.url + CURRENT, cookies={name: forged}).status_code == 401


def test_the_same_user_looks_the_same_every_time(service: AnnotationService) -> None:
    assert signed(service).content == signed(service).content


def test_json_is_never_kept_by_clients(service: AnnotationService) -> None:
    headers = signed(service).headers
    assert "etag" not in headers
    assert "max-age" not in headers.get("cache-control", "")


def test_guests_look_and_never_change(service: AnnotationService) -> None:
    with service.client(GUEST) as guest:
        assert guest.get("/api/project.json").status_code == 200
        for key in ("ontology", "project", "tag"):
            assert guest.post(f"/api/{key}.json", json={"name": "by a guest"}).status_code == 403


@pytest.mark.parametrize("with_address", [False, True])
def test_a_host_that_ends_in_a_slash_is_the_same_host(service: AnnotationService, with_address: bool) -> None:
    with service.client(with_address=with_address) as client:
        answer = client.get(f"{service.url}//api/currentuser.json")
    assert answer.status_code == 200
    assert answer.json()["username"] == "ada"
