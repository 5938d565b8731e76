import json
import threading
from datetime import timedelta
from urllib.parse import urlencode, urlsplit
from uuid import uuid4
from xml.etree import ElementTree

import httpx
import pytest

from tests.kit.file_server import Reply, file_server
from tests.kit.product import Product
from tests.kit.registration import Chest, ProtocolClient, old_date, rpc_signed, url_form

_SOME_ID = "0123abcd-0123abcd-0123abcd-0123abcd-0123abcd"


@pytest.fixture
def form(registering: Product) -> dict[str, str]:
    """A submission that is complete."""
    return url_form(registering, [_SOME_ID] * 8, [_SOME_ID] * 8)


def refused(answer: httpx.Response, status: int, code: str) -> str:
    """The message of a synchronous error of the reference's shape."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert list(body) == ["RequestId", "HostId", "Code", "Message", "Recommend"]
    assert body["Code"] == code
    assert body["HostId"] == urlsplit(str(answer.url)).netloc
    return str(body["Message"])


@pytest.mark.parametrize("path", ["/plugins/registration/", "/plugins/registration"])
def test_submitting_answers_at_once_with_the_job_as_request_id(
    registering: Product, form: dict[str, str], path: str
) -> None:
    with registering.client() as client:
        answer = client.post(path, data=form)
    assert answer.status_code == 200
    body = answer.json()
    assert body["Data"] == {}
    assert "asynchronous" in body["Message"]
    assert body["RequestId"] == body["RequestId"].upper()
    job = registering.get(f"/jobs/{body['RequestId']}").json()
    assert (job["Type"], job["ID"]) == ("CTRegistration", body["RequestId"].lower())


def test_the_action_may_come_as_header_form_query_or_json(registering: Product, form: dict[str, str]) -> None:
    del form["Action"]
    nested = {name: value for name, value in form.items() if "List" not in name}
    urls = [{"ReferenceURL": form["ReferenceList.1.ReferenceURL"]}] * 8
    nested |= {"ReferenceList": urls, "FloatingList": [{"FloatingURL": each["ReferenceURL"]} for each in urls]}
    with registering.client() as client:
        answers = [
            client.post("/plugins/registration/", data=form, headers={"x-acs-action": "RunCTRegistration"}),
            client.post("/plugins/registration/", data={**form, "Action": "RunCTRegistration"}),
            client.get("/plugins/registration/", params={**form, "Action": "RunCTRegistration"}),
            client.post("/plugins/registration/", json={**nested, "Action": "RunCTRegistration"}),
        ]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.json()["RequestId"] for answer in answers}) == 4


def test_xml_is_answered_where_it_is_asked_for(registering: Product, form: dict[str, str]) -> None:
    with registering.client() as client:
        answer = client.post("/plugins/registration/", data={**form, "Format": "XML"})
        assert answer.headers["content-type"] == "text/xml;charset=utf-8"
        root = ElementTree.fromstring(answer.content)
        assert root.tag == "RunCTRegistrationResponse"
        query = {"Action": "GetAsyncJobResult", "JobId": root.findtext("RequestId") or "", "Format": "xml"}
        result = ElementTree.fromstring(client.get("/plugins/registration/", params=query).content)
        assert result.tag == "GetAsyncJobResultResponse"
        assert result.findtext("Data/JobId") == root.findtext("RequestId")
        wrong = client.get("/plugins/registration/", params={"Action": "GetAsyncJobResult", "Format": "XML"})
    assert wrong.status_code == 400
    assert ElementTree.fromstring(wrong.content).findtext("Code") == "MissingParameter"


@pytest.mark.parametrize("name", ["DataFormat", "DataSourceType", "OrgId", "OrgName", "ReferenceList.3.ReferenceURL"])
def test_a_missing_parameter_is_refused(orthanc_port: ProtocolClient, form: dict[str, str], name: str) -> None:
    assert name in refused(orthanc_port.call(**{**form, name: ""}), 400, "MissingParameter")


def test_no_action_is_a_missing_parameter(orthanc_port: ProtocolClient) -> None:
    assert "Action" in refused(orthanc_port.call(JobId="1"), 400, "MissingParameter")


def test_an_unknown_action_is_not_found(orthanc_port: ProtocolClient) -> None:
    refused(orthanc_port.call(Action="DetectLungNodule"), 404, "InvalidAction.NotFound")


def test_an_invalid_parameter_is_refused(orthanc_port: ProtocolClient, form: dict[str, str]) -> None:
    assert "DataFormat" in refused(orthanc_port.call(**{**form, "DataFormat": "NII"}), 400, "InvalidParameter")
    assert "Format" in refused(orthanc_port.call(**{**form, "Format": "YAML"}), 400, "InvalidParameter")
    unknown = orthanc_port.call(Action="GetAsyncJobResult", JobId="EB3ACFE6-EA75-49E1-83C0-953580F74D88")
    assert "JobId" in refused(unknown, 400, "InvalidParameter")
    series = orthanc_port.call(
        Action="RunCTRegistration", DataSourceType="ORTHANC", ReferenceSeries=_SOME_ID, FloatingSeries=_SOME_ID
    )
    assert "ReferenceSeries" in refused(series, 400, "InvalidParameter")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/1.dcm",
        "http://localhost:1/instances",
        "http://127.0.0.1:5432/",
        "http://oss.example/胸部.dcm",
        "https://user:secret@oss.example/1.dcm",
    ],
)
def test_an_illegal_url_is_refused_at_once(orthanc_port: ProtocolClient, form: dict[str, str], url: str) -> None:
    message = refused(orthanc_port.call(**{**form, "FloatingList.2.FloatingURL": url}), 400, "IllegalUrlParameter")
    assert "FloatingList.2.FloatingURL" in message
    assert url not in message


def test_other_files_of_this_orthanc_are_illegal(
    registering: Product, orthanc_port: ProtocolClient, form: dict[str, str]
) -> None:
    url = f"http://localhost:{registering.port}/plugins/registration/?Action=CancelWaitingAsyncJob"
    refused(orthanc_port.call(**{**form, "ReferenceList.1.ReferenceURL": url}), 400, "IllegalUrlParameter")


def test_an_unsigned_request_is_refused_on_the_api_port(alice: ProtocolClient, form: dict[str, str]) -> None:
    refused(ProtocolClient(alice.base).call(**form), 403, "AuthFailed")


def test_a_wrong_signature_is_refused_on_both_ports(
    alice: ProtocolClient, orthanc_port: ProtocolClient, form: dict[str, str]
) -> None:
    body = urlencode(form).encode()
    for client in (alice, ProtocolClient(orthanc_port.base, "alice")):
        headers = client.acs3_headers(body, "RunCTRegistration")
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        for wrong in (
            {**headers, "Authorization": headers["Authorization"][:-4] + "0000"},
            {**headers, "Authorization": headers["Authorization"].replace("alice-key", "nobody-key")},
            {**headers, "Authorization": headers["Authorization"].replace("alice-key", "bob-key")},
            {**headers, "x-acs-date": old_date(timedelta(seconds=1))},
        ):
            refused(httpx.post(f"{client.base}/plugins/registration/", content=body, headers=wrong), 403, "AuthFailed")
        changed = httpx.post(f"{client.base}/plugins/registration/", content=body + b"&Store=true", headers=headers)
        refused(changed, 403, "AuthFailed")


def test_an_old_request_and_a_repeated_one_are_refused(alice: ProtocolClient) -> None:
    body = urlencode({"Action": "QueryAsyncJobList"}).encode()
    url = f"{alice.base}/plugins/registration/"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    for age in (timedelta(minutes=16), timedelta(minutes=-16)):
        old = alice.acs3_headers(body, "QueryAsyncJobList", x_acs_date=old_date(age))
        assert "within" in refused(httpx.post(url, content=body, headers={**old, **kind}), 403, "AuthFailed")
    headers = {**alice.acs3_headers(body, "QueryAsyncJobList"), **kind}
    assert httpx.post(url, content=body, headers=headers).status_code == 200
    assert "nonce" in refused(httpx.post(url, content=body, headers=headers), 403, "AuthFailed")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_classic_rpc_signature_is_understood(alice: ProtocolClient, method: str) -> None:
    url = f"{alice.base}/plugins/registration/"
    signed = rpc_signed(
        method, {"Action": "QueryAsyncJobList", "PopProduct": "imageprocess", "X": "a b*c~é"}, user="alice"
    )

    def send(parameters: dict[str, str]) -> httpx.Response:
        if method == "GET":
            return httpx.get(url, params=parameters)
        return httpx.post(url, data=parameters)

    assert send(signed).status_code == 200
    assert "nonce" in refused(send(signed), 403, "AuthFailed")
    fresh = rpc_signed(method, {"Action": "QueryAsyncJobList"}, user="alice")
    refused(send({**fresh, "PageSize": "500"}), 403, "AuthFailed")
    old = rpc_signed(method, {"Action": "QueryAsyncJobList"}, user="alice", Timestamp=old_date(timedelta(hours=1)))
    refused(send(old), 403, "AuthFailed")


@pytest.mark.parametrize("path", ["/", "/plugins/registration", "/plugins/registration/"])
def test_a_signature_over_the_path_really_sent_is_accepted_on_both_ports(
    alice: ProtocolClient, orthanc_port: ProtocolClient, path: str
) -> None:
    body = urlencode({"Action": "QueryAsyncJobList"}).encode()
    for client in (alice, ProtocolClient(orthanc_port.base, "alice")):
        headers = client.acs3_headers(body, "QueryAsyncJobList", path=path)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        answer = httpx.post(f"{client.base}/plugins/registration/", content=body, headers=headers)
        assert answer.status_code == 200, answer.text


def test_a_get_whose_body_orthanc_does_not_hand_on_is_told_what_to_use_instead(
    alice: ProtocolClient, orthanc_port: ProtocolClient
) -> None:
    """The vendor's first SDK signs what lies in the body of its GET."""
    signed = rpc_signed("GET", {"Action": "GetAsyncJobResult", "JobId": str(uuid4())}, user="alice")
    body = {"JobId": signed.pop("JobId")}
    on_orthancs, on_ours = (
        httpx.request("GET", f"{client.base}/plugins/registration/", params=signed, data=body)
        for client in (orthanc_port, alice)
    )
    assert "use POST, or the API port" in refused(on_orthancs, 403, "AuthFailed")
    assert "JobId" in refused(on_ours, 400, "InvalidParameter")


def test_the_classic_signature_may_lie_in_the_query_of_a_post(alice: ProtocolClient) -> None:
    signed = rpc_signed("POST", {"Action": "QueryAsyncJobList", "PageSize": "5"}, user="alice")
    size = {"PageSize": signed.pop("PageSize")}
    answer = httpx.post(f"{alice.base}/plugins/registration/", params=signed, data=size)
    assert answer.json()["Data"]["PageSize"] == 5


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Referer": "http://evil.example/page"}, {"Origin": "http://evil.example"}],
)
def test_a_page_of_another_site_cannot_start_a_job(
    registering: Product, form: dict[str, str], headers: dict[str, str]
) -> None:
    with registering.client() as client:
        answer = client.get("/plugins/registration/", params=form, headers=headers)
        assert "cross-site" in refused(answer, 403, "AuthFailed")
        own = client.get("/plugins/registration/", params=form, headers={"Referer": f"{registering.url}/app/"})
    assert own.status_code == 200


@pytest.mark.parametrize("job_id", ["%20", "x", "EB3ACFE6-EA75-49E1-83C0-953580F74D88"])
def test_an_unknown_registration_is_not_found(registering: Product, job_id: str) -> None:
    assert registering.get(f"/plugins/registration/jobs/{job_id}").status_code == 404


def test_a_guest_may_not_submit(alice: ProtocolClient, form: dict[str, str]) -> None:
    assert "guests" in refused(ProtocolClient(alice.base, "visitor").call(**form), 403, "AuthFailed")


def test_a_user_sees_only_own_jobs_and_an_administrator_all(
    registering: Product, alice: ProtocolClient, finished: str
) -> None:
    bob, root = (ProtocolClient(alice.base, name) for name in ("bob", "root"))
    refused(bob.call(Action="GetAsyncJobResult", JobId=finished), 400, "InvalidParameter")
    refused(bob.call(Action="CancelWaitingAsyncJob", JobId=finished), 400, "InvalidParameter")
    assert bob.call(Action="QueryAsyncJobList").json()["Data"]["TotalRecord"] == 0
    for client in (alice, root):
        assert client.data(finished)["Status"] == "PROCESS_SUCCESS"
        listed = client.call(Action="QueryAsyncJobList", JobId=finished).json()["Data"]
        assert [each["JobId"] for each in listed["Result"]] == [finished]
    path = f"{alice.base}/plugins/registration/jobs/{finished}"
    keys = {name: {"X-Auth-Token": f"{name}-key", "X-Auth-Secret": f"{name}-secret"} for name in ("alice", "bob")}
    assert httpx.get(path, headers=keys["alice"]).json()["Status"] == "PROCESS_SUCCESS"
    assert httpx.get(path, headers=keys["bob"]).status_code == 404
    assert httpx.get(path).status_code == 403


def test_the_list_is_paged_and_filtered(orthanc_port: ProtocolClient, finished: str) -> None:
    one = orthanc_port.call(Action="QueryAsyncJobList", PageSize="1", Status="PROCESS_SUCCESS").json()["Data"]
    assert (one["CurrentPage"], one["PageSize"], len(one["Result"])) == (1, 1, 1)
    assert one["TotalPage"] == one["TotalRecord"]
    assert set(one["Result"][0]) == {
        "CallerParentId",
        "EndTime",
        "GmtCreate",
        "JobId",
        "PopApiName",
        "PopProduct",
        "StartTime",
        "Status",
    }
    for nothing in (
        {"PopApiName": "Other"},
        {"PopProduct": "ocr"},
        {"EndTime": "2001-01-01 00:00:00"},
        {"StartTime": "2999-01-01 00:00:00"},
        {"JobId": "x"},
        {"PageNum": "1000000"},
    ):
        assert orthanc_port.call(Action="QueryAsyncJobList", **nothing).json()["Data"]["Result"] == []
    for wrong in ({"PageSize": "501"}, {"PageNum": "0"}, {"StartTime": "yesterday"}):
        refused(orthanc_port.call(Action="QueryAsyncJobList", **wrong), 400, "InvalidParameter")


def test_too_many_waiting_jobs_are_service_unavailable(
    orthanc_installed: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    released = threading.Event()

    def late() -> Reply:
        released.wait(60)
        return Reply(status=404)

    with file_server({"/late": late}) as host:
        settings = {"RegistrationQueue": 1, "RegistrationHosts": [f"127.0.0.1:{host.port}"], "Workers": 1}
        with Product(tmp_path_factory.mktemp("busy"), settings=settings) as product:
            form = url_form(product, [_SOME_ID] * 8, [_SOME_ID] * 8)
            form["ReferenceList.1.ReferenceURL"] = host.url("/late")
            # Nobody configured a key: a signed request is welcome all the same, since the SDK always signs.
            client = ProtocolClient(f"http://localhost:{product.port}", "anybody")
            client.submit(form)
            refused(client.call(**form), 503, "ServiceUnavailable")
            released.set()


def test_plain_json_starts_a_registration(registering: Product, chest: Chest) -> None:
    answer = registering.post(
        "/plugins/registration/jobs",
        json={"ReferenceSeries": chest.reference_series, "FloatingSeries": chest.reference_series, "Store": False},
    )
    assert answer.status_code == 200
    job = answer.json()
    assert job["Path"] == f"/jobs/{job['ID']}"
    ProtocolClient(f"http://localhost:{registering.port}").results(job["ID"])
    shown = registering.get(f"/plugins/registration/jobs/{job['ID'].upper()}").json()
    assert (shown["Status"], shown["Progress"]) == ("PROCESS_SUCCESS", 100)
    assert shown["Content"]["ReferenceSeries"] == chest.reference_series
    assert shown["Content"]["StoredSeries"] is None
    for path in (*shown["Display"].values(), *shown["Previews"].values()):
        assert registering.get(path).status_code == 200
    assert job["ID"] in [each["ID"] for each in registering.get("/plugins/registration/jobs").json()]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ReferenceSeries": _SOME_ID},
        {"ReferenceSeries": _SOME_ID, "FloatingUrls": ["http://localhost/1"]},
        {"ReferenceSeries": _SOME_ID, "FloatingSeries": _SOME_ID, "ReferenceUrls": ["http://localhost/1"]},
        {"ReferenceUrls": [], "FloatingUrls": []},
        {"ReferenceSeries": _SOME_ID, "FloatingSeries": _SOME_ID, "Fast": True},
    ],
)
def test_plain_json_that_makes_no_sense_is_refused(registering: Product, body: dict[str, object]) -> None:
    answer = registering.post("/plugins/registration/jobs", json=body)
    assert answer.status_code == 422
    assert answer.json()["Details"]


def test_an_illegal_url_in_plain_json_is_named_in_the_products_own_shape(registering: Product) -> None:
    urls = ["http://10.0.0.1/1.dcm"]
    answer = registering.post("/plugins/registration/jobs", json={"ReferenceUrls": urls, "FloatingUrls": urls})
    assert answer.status_code == 400
    assert answer.json()["Details"][0]["loc"] == ["body", "ReferenceList.1.ReferenceURL"]


def test_points_of_a_finished_registration_are_mapped_both_ways(registering: Product, finished: str) -> None:
    """A series registered with itself: points stay where they are."""
    path = f"/plugins/registration/jobs/{finished}/points"
    for side in ("reference", "floating"):
        answer = registering.post(path, json={"From": side, "Points": [[0, 10, 5], [900, 0, 0]]})
        assert answer.status_code == 200, answer.text
        (first, second), errors = answer.json()["Points"], answer.json()["ExpectedErrorMm"]
        assert first == pytest.approx([0, 10, 5], abs=1e-3)
        assert second is None
        assert errors == [None, None]
    for wrong in ({"From": "both", "Points": []}, {"From": "reference", "Points": [[0, 1]]}):
        assert registering.post(path, json=wrong).status_code == 422
    nowhere = f"/plugins/registration/jobs/{uuid4()}/points"
    assert registering.post(nowhere, json={"From": "reference", "Points": []}).status_code == 404


def test_who_started_a_registration_is_in_the_audit_log(registering: Product, finished: str) -> None:
    lines = [json.loads(line) for line in (registering.folder / "ophtha" / "audit.jsonl").read_text().splitlines()]
    started = [line for line in lines if finished.lower() in line["resources"]]
    assert (started[0]["action"], started[0]["user"]) == ("registration started", "alice")
