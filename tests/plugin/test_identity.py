"""One person in jobs, annotations, rights and audit, whichever way the person came."""

import io
import socket
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest
from pydicom.dataset import Dataset

from ophtha_core.phantoms.head_ct import HeadCt, head_ct
from tests.kit.conditions import wait_until
from tests.kit.people import MASK, audit_lines, basic, keys, user
from tests.kit.product import Product, free_port

DOC = basic("doc", "secret")
_PAGES_AND_PING = ("/server/ping", "/plugins/ophtha/app")


def _file(dataset: Dataset) -> bytes:
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def _head() -> list[bytes]:
    return [_file(each) for each in head_ct(HeadCt(pixels=32, slices=4, slice_spacing_mm=20))]


class Hospital:
    """A product with people, and a study in it."""

    def __init__(self, product: Product, api_port: int, headers: dict[str, str]) -> None:
        self.product = product
        self.api = f"http://127.0.0.1:{api_port}"
        with product.client() as client:
            stored = [client.post("/instances", content=each, headers=headers).json() for each in _head()]
        self.study, self.series, self.instance = (stored[0][key] for key in ("ParentStudy", "ParentSeries", "ID"))

    def ask(self, method: str, path: str, headers: dict[str, str], json: object = None) -> httpx.Response:
        with self.product.client() as client:
            return client.request(method, path, headers=headers, json=json)

    def mask(self, headers: dict[str, str]) -> httpx.Response:
        wish = {"Force": True, "MaskPixelData": MASK, "Asynchronous": True}
        return self.ask("POST", f"/plugins/pixels-masker/studies/{self.study}/modify", headers, wish)

    def annotate(self, headers: dict[str, str]) -> dict[str, object]:
        """The ontology that somebody adds."""
        answer = self.ask("POST", "/api/ontology.json", headers, {"name": f"of {sorted(headers.items())}"[:200]})
        assert answer.status_code == 200, answer.text
        made: dict[str, object] = answer.json()["ontology"]
        return made

    def last_line(self, action: str) -> dict[str, object]:
        return [each for each in audit_lines(self.product) if each["action"] == action][-1]


USERS = [user("ada", "admin"), user("bob"), user("carol", orthanc_name="doc2"), user("gus", "guest")]
REGISTERED = {"doc": "secret", "doc2": "secret2", "bob": "other"}


def _answers(product: Product, headers: dict[str, str]) -> bool:
    assert product.is_running(), product.log()[-2000:]
    try:
        with product.client() as client:
            return client.get("/plugins/ophtha/status", headers=headers).status_code == 200
    except httpx.TransportError:
        return False


def _hospital(folder: object, headers: dict[str, str], **orthanc: object) -> Iterator[Hospital]:
    port = free_port()
    ophtha = orthanc.pop("Ophtha", {})
    assert isinstance(ophtha, dict)
    product = Product(
        folder,  # type: ignore[arg-type]
        settings={"ApiPort": port, "Users": USERS, "Workers": 1, **ophtha},
        orthanc=orthanc,
    )
    try:
        product.spawn()
        wait_until(lambda: _answers(product, headers), what="start of Orthanc", timeout_s=120)
        yield Hospital(product, port, headers)
    finally:
        product.stop()


@pytest.fixture(scope="module")
def filtered(orthanc_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    """The plugin's filter asks for Orthanc's passwords; other machines may come."""
    yield from _hospital(tmp_path_factory.mktemp("filtered"), DOC, RegisteredUsers=REGISTERED, RemoteAccessAllowed=True)


@pytest.fixture(scope="module")
def authenticated(orthanc_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    """Orthanc asks for them itself."""
    yield from _hospital(
        tmp_path_factory.mktemp("authenticated"), DOC, RegisteredUsers=REGISTERED, AuthenticationEnabled=True
    )


PROXY = {"Addresses": ["127.0.0.1"], "UserHeader": "X-Forwarded-User", "AddressHeader": "X-Forwarded-For"}


@pytest.fixture(scope="module")
def proxied(orthanc_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    """Orthanc asks nobody, and a proxy on this machine says who it is."""
    yield from _hospital(tmp_path_factory.mktemp("proxied"), {}, Ophtha={"TrustedProxy": PROXY})


@pytest.fixture(params=["filtered", "authenticated"])
def hospital(request: pytest.FixtureRequest) -> Hospital:
    found: Hospital = request.getfixturevalue(request.param)
    return found


def test_whoever_orthanc_asked_for_a_password_is_the_person_of_jobs_annotations_and_audit(hospital: Hospital) -> None:
    job = hospital.mask(DOC).json()["ID"]
    line = hospital.last_line("pixels-masker modify")
    assert (line["user"], line["address"], line["known_by"]) == ("doc", "127.0.0.1", "password")
    assert hospital.ask("GET", f"/plugins/ophtha/jobs/{job}", DOC).status_code == 200
    owner = hospital.annotate(DOC)["user"]
    assert hospital.last_line("annotations.ontology.add")["user"] == "doc"
    assert hospital.ask("GET", "/api/user/current.json", DOC).json()["id"] == owner


def test_keys_win_over_the_password_that_comes_with_them(hospital: Hospital) -> None:
    both = {**DOC, **keys("ada")}
    assert hospital.ask("GET", "/api/user/current.json", both).json()["username"] == "ada"
    assert hospital.ask("GET", "/plugins/registration/jobs", both).status_code == 200
    assert hospital.mask(both).status_code == 200
    assert hospital.last_line("pixels-masker modify")["user"] == "ada"
    wrong = {**DOC, **keys("ada"), "X-Auth-Secret": "wrong"}
    for path in ("/api/project.json", "/plugins/ophtha/status", "/plugins/ophtha/jobs"):
        assert hospital.ask("GET", path, wrong).status_code == 401


def test_a_user_of_the_settings_has_the_rights_of_both_names(hospital: Hospital) -> None:
    by_password = hospital.ask("GET", "/api/user/current.json", basic("doc2", "secret2")).json()
    assert by_password["username"] == "carol"
    by_keys = httpx.get(f"{hospital.api}/api/user/current.json", headers=keys("carol")).json()
    assert by_keys["id"] == by_password["id"]


def test_the_same_name_at_orthanc_and_in_the_settings_is_not_the_same_person(hospital: Hospital) -> None:
    seen = hospital.ask("GET", "/api/user/current.json", basic("bob", "other")).json()
    assert seen["username"] == "bob (Orthanc)"


def test_no_client_can_say_who_it_is_or_where_it_comes_from(filtered: Hospital) -> None:
    told = {"X-Ophtha-Relay-Let-In-By": "password", "X-Ophtha-Relay-Name": "ada", "X-Ophtha-Relay-Address": "::1"}
    assert filtered.ask("GET", "/plugins/ophtha/status", told).status_code == 401
    assert filtered.ask("GET", "/api/user/current.json", told).status_code == 401
    assert httpx.get(f"{filtered.api}/api/user/current.json", headers=told).status_code == 401
    filtered.mask({**DOC, **told})
    line = filtered.last_line("pixels-masker modify")
    assert (line["user"], line["address"]) == ("doc", "127.0.0.1")


def test_plain_keys_from_another_machine_are_refused_whatever_host_they_name(filtered: Hospital) -> None:
    ours = _own_address()
    if ours is None:
        pytest.skip("this machine has no address but loopback")
    headers = {**DOC, **keys("ada"), "Host": f"localhost:{filtered.product.port}"}
    for path in ("/api/project.json", "/plugins/ophtha/status", "/plugins/ophtha/jobs", "/plugins/registration/jobs"):
        answer = httpx.get(f"http://{ours}:{filtered.product.port}{path}", headers=headers)
        assert answer.status_code in (401, 403), path
        assert "over TLS" in answer.text


def _own_address() -> str | None:
    """An address of this machine that is not loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address: str = probe.getsockname()[0]
        return None if address.startswith("127.") else address


def _routes(hospital: Hospital) -> list[tuple[str, str]]:
    """Every route that is described, with something in place of its parameters."""
    described = hospital.ask("GET", "/plugins/ophtha/openapi.json", DOC).json()["paths"]
    values = {"study_id": hospital.study, "series_id": hospital.series, "instance_id": hospital.instance}
    values |= {"level": "series", "resource_id": hospital.series, "extension": "png", "window": "0-0-1-1.png"}
    found = []
    for template, operations in described.items():
        path = template
        for name in {part.split("}")[0] for part in template.split("{")[1:]}:
            path = path.replace(f"{{{name}}}", values.get(name, "1"))
        found += [(method.upper(), path) for method in operations if method in ("get", "post", "put", "delete")]
    assert len(found) > 150
    return found


def test_nobody_is_asked_who_it_is_on_every_route_but_a_sign_of_life_and_files_of_pages(filtered: Hospital) -> None:
    routes = [*_routes(filtered), ("GET", "/plugins/ophtha/openapi.json"), ("GET", "/plugins/ophtha/docs")]
    for method, path in routes:
        if path == "/upload":  # of the API port alone
            continue
        answer = filtered.ask(method, path, {}, {} if method in ("POST", "PUT") else None)
        if path.startswith(_PAGES_AND_PING):
            assert answer.status_code != 401, path
            continue
        assert answer.status_code == 401, (method, path, answer.status_code)
        assert answer.headers["WWW-Authenticate"].startswith("Basic realm="), (method, path)
    assert filtered.ask("GET", "/server/ping", {}).json()["authenticated"] is False
    assert filtered.ask("GET", "/plugins/ophtha/app/index.html", {}).status_code in (200, 503)


def test_the_core_and_jobs_stay_closed_to_nobody(filtered: Hospital) -> None:
    for path in ("/system", "/jobs", "/jobs/1", "/studies", "/app/explorer.html", "/plugins/ophtha/origins"):
        assert filtered.ask("GET", path, {}).status_code == 403, path
        assert filtered.ask("GET", path, basic("doc", "wrong")).status_code == 403, path


def test_a_wrong_password_is_nobodys(filtered: Hospital) -> None:
    assert filtered.ask("GET", "/plugins/ophtha/status", basic("doc", "wrong")).status_code == 401
    assert filtered.ask("GET", "/api/user/current.json", basic("doc", "wrong")).status_code == 401


def test_a_trusted_proxy_names_the_person_on_both_ports(proxied: Hospital) -> None:
    said = {"X-Forwarded-User": "grace", "X-Forwarded-For": "198.51.100.9, 192.0.2.7", "X-Forwarded-Proto": "https"}
    proxied.mask(said)
    line = proxied.last_line("pixels-masker modify")
    assert (line["user"], line["address"], line["known_by"]) == ("grace", "192.0.2.7", "proxy")
    at_api = httpx.get(f"{proxied.api}/api/user/current.json", headers=said).json()
    at_orthanc = proxied.ask("GET", "/api/user/current.json", said).json()
    assert at_api["username"] == "grace"
    assert at_api["id"] == at_orthanc["id"]


def test_without_a_word_of_the_proxy_an_open_orthanc_names_nobody(proxied: Hospital) -> None:
    proxied.mask(basic("mallory", "unchecked"))
    line = proxied.last_line("pixels-masker modify")
    assert (line["user"], line["known_by"]) == (None, "not asked")
    assert proxied.ask("GET", "/api/user/current.json", basic("mallory", "unchecked")).status_code == 401
    challenge = proxied.ask("GET", "/api/user/current.json", {}).headers["WWW-Authenticate"]
    assert not challenge.startswith("Basic"), "a password would be of no use"


def test_an_open_orthanc_that_others_may_reach_is_warned_about(
    orthanc_installed: None, filtered: Hospital, proxied: Hospital
) -> None:
    assert "nobody is asked for a password" not in filtered.product.log()
    assert "nobody is asked for a password" not in proxied.product.log()


def _about_the_study(hospital: Hospital) -> list[tuple[str, str]]:
    """Every route about a resource of the archive."""
    ids = (hospital.study, hospital.series, hospital.instance)
    found = [(method, path) for method, path in _routes(hospital) if any(f"/{each}" in path for each in ids)]
    assert len(found) > 20
    return found


@pytest.mark.parametrize("name", ["bob", "gus"])
def test_what_a_key_may_not_see_in_the_archive_it_gets_from_no_route(filtered: Hospital, name: str) -> None:
    for method, path in _about_the_study(filtered):
        answer = filtered.ask(method, path, keys(name), {} if method in ("POST", "PUT") else None)
        assert answer.status_code == 404, (method, path, answer.status_code)
        assert filtered.study not in answer.text
    found = filtered.ask("POST", "/plugins/ophtha/studies/find", keys(name), {})
    assert found.json()["studies"] == []


@pytest.mark.parametrize(
    ("name", "refusal"), [("bob", "names no series of this Orthanc"), ("gus", "guests may not start")]
)
def test_no_registration_shows_a_key_what_orthanc_would_not(filtered: Hospital, name: str, refusal: str) -> None:
    order = {"ReferenceSeries": filtered.series, "FloatingSeries": filtered.series}
    for url in (filtered.api, filtered.product.url):
        answer = httpx.post(f"{url}/plugins/registration/jobs", json=order, headers=keys(name), timeout=60)
        assert answer.status_code in (400, 403)
        assert refusal in answer.json()["Message"]
    file = f"http://localhost:{filtered.product.port}/instances/{filtered.instance}/file"
    urls = {"ReferenceUrls": [file] * 8, "FloatingUrls": [file] * 8}
    answer = httpx.post(f"{filtered.api}/plugins/registration/jobs", json=urls, headers=keys(name), timeout=60)
    assert answer.status_code in (400, 403)


def test_jobs_of_a_user_with_keys_are_nobody_elses(filtered: Hospital) -> None:
    job = filtered.mask(keys("carol")).json()["ID"]
    for headers in (keys("bob"), keys("gus"), DOC):
        assert job not in filtered.ask("GET", "/plugins/ophtha/jobs", headers).json()
        for method, path in (("GET", ""), ("DELETE", ""), *(("POST", f"/{each}") for each in ("cancel", "resubmit"))):
            answer = filtered.ask(method, f"/plugins/ophtha/jobs/{job}{path}", headers)
            # A guest learns no more from that than from any other address.
            assert answer.status_code == (403 if headers == keys("gus") and method != "GET" else 404)
    for headers in (keys("carol"), keys("ada"), basic("doc2", "secret2")):
        assert job in filtered.ask("GET", "/plugins/ophtha/jobs", headers).json()


def test_a_project_shows_its_members_the_series_in_it(filtered: Hospital) -> None:
    ada = {**keys("ada")}
    project = filtered.ask("POST", "/api/project.json", ada, {"name": "shared with bob"}).json()["project"]["id"]
    added = filtered.ask("POST", f"/api/project/{project}/orthanc.json", ada, {"Resources": [filtered.series]})
    assert added.status_code == 200, added.text
    bob = httpx.get(f"{filtered.api}/api/user/current.json", headers=keys("bob")).json()["id"]
    path = f"/api/project/{project}/user/{bob}.json"
    assert filtered.ask("POST", path, ada, {}).status_code == 200
    frames = f"/plugins/ophtha/series/{filtered.series}/frames"
    try:
        assert filtered.ask("GET", frames, keys("bob")).status_code == 200
        assert filtered.ask("GET", frames, keys("gus")).status_code == 404
        found = filtered.ask("POST", "/plugins/ophtha/studies/find", keys("bob"), {}).json()["studies"]
        assert [each["id"] for each in found] == [filtered.study]
    finally:
        assert filtered.ask("DELETE", path, ada).status_code == 200
    assert filtered.ask("GET", frames, keys("bob")).status_code == 404


def test_people_of_orthanc_make_projects_of_what_they_may_see(hospital: Hospital) -> None:
    project = hospital.ask("POST", "/api/project.json", DOC, {"name": "of doc"}).json()["project"]["id"]
    added = hospital.ask("POST", f"/api/project/{project}/orthanc.json", DOC, {"Resources": [hospital.series]})
    assert added.status_code == 200, added.text
    assert added.json()["collection"]


def test_guests_change_nothing(filtered: Hospital) -> None:
    for headers in (keys("gus"),):
        assert filtered.ask("POST", "/api/tag.json", headers, {"name": "by a guest"}).status_code == 403
        wish = {"ReferenceSeries": filtered.series, "FloatingSeries": filtered.series}
        assert filtered.ask("POST", "/plugins/registration/jobs", headers, wish).status_code == 403


def test_who_looked_at_what_is_written_down_once_in_ten_minutes(filtered: Hospital) -> None:
    frames = f"/plugins/ophtha/series/{filtered.series}/frames"

    def views() -> list[dict[str, object]]:
        lines = [each for each in audit_lines(filtered.product) if each["action"] == "view"]
        return [each for each in lines if each["user"] == "carol" and filtered.series in each["resources"]]  # type: ignore[operator]

    before = len(views())
    for _ in range(3):
        assert filtered.ask("GET", frames, basic("doc2", "secret2")).status_code == 200
    assert len(views()) == max(before, 1)
    assert views()[0]["address"] == "127.0.0.1"


def test_who_was_not_let_in_is_written_down(filtered: Hospital) -> None:
    filtered.ask("GET", "/plugins/ophtha/status", {**keys("ada"), "X-Auth-Secret": "guess"})
    filtered.ask("GET", "/plugins/ophtha/status", basic("hunter2", "typed in the wrong field"))
    failed = [each for each in audit_lines(filtered.product) if each["action"] == "login failed"]
    assert {"ada", None} <= {each["user"] for each in failed}
    assert "hunter2" not in (filtered.product.folder / "ophtha" / "audit.jsonl").read_text()


def test_the_command_finds_the_log_of_a_running_product_whole(filtered: Hospital) -> None:
    filtered.mask(DOC)
    storage = filtered.product.folder / "ophtha"
    done = subprocess.run(
        [sys.executable, "-m", "plugin.service", "check", str(storage)], capture_output=True, text=True, check=False
    )
    assert "The audit log is whole" in done.stdout


def test_no_key_lies_open_in_the_records(filtered: Hospital) -> None:
    made = filtered.ask("POST", "/api/user.json", keys("ada"), {"username": "made here"}).json()["user"]
    secret = filtered.ask("GET", f"/api/user/{made['id']}/keys.json", keys("ada")).json()
    made_keys = {"X-Auth-Token": secret["publicKey"], "X-Auth-Secret": secret["privateKey"]}
    assert filtered.ask("GET", "/api/user/current.json", made_keys).json()["username"] == "made here"
    folder = filtered.product.folder / "ophtha"
    records = b"".join(each.read_bytes() for each in folder.glob("records.db*"))
    for each in (secret["privateKey"], "ada-private", "bob-private"):
        assert each.encode() not in records
