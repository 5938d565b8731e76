import json
from xml.etree import ElementTree

import pytest

from plugin.service.ct_registration.answers import Format, answer, error_answer
from plugin.service.ct_registration.refusals import IllegalUrl, InvalidParameter
from plugin.service.errors import StorageFull, Unavailable

_BODY = {"RequestId": "R", "Data": {"Result": [{"JobId": "1"}, {"JobId": "2"}], "Success": True, "Text": "a<b\x00&"}}


def test_xml_says_what_json_says() -> None:
    response = answer(_BODY, Format.XML, root="QueryAsyncJobListResponse")
    assert response.headers["content-type"] == "text/xml;charset=utf-8"
    root = ElementTree.fromstring(bytes(response.body))
    assert root.tag == "QueryAsyncJobListResponse"
    assert root.findtext("RequestId") == "R"
    assert [each.text for each in root.findall("Data/Result/JobId")] == ["1", "2"]
    assert root.findtext("Data/Success") == "true"
    assert root.findtext("Data/Text") == "a<b&"


@pytest.mark.parametrize("text", [None, "json", "JSON"])
def test_json_is_the_default(text: str | None) -> None:
    assert Format.of(text) is Format.JSON


def test_another_format_is_refused() -> None:
    with pytest.raises(InvalidParameter, match="Format"):
        Format.of("YAML")


def test_an_error_has_the_five_keys_of_the_reference() -> None:
    error = IllegalUrl("ReferenceList.3.ReferenceURL", "names no host")
    response = error_answer(error, Format.JSON, host="pacs:8042")
    body = json.loads(bytes(response.body))
    assert response.status_code == 400
    assert list(body) == ["RequestId", "HostId", "Code", "Message", "Recommend"]
    assert (body["HostId"], body["Code"]) == ("pacs:8042", "IllegalUrlParameter")
    assert body["Message"] == "ReferenceList.3.ReferenceURL names no host"
    root = ElementTree.fromstring(bytes(error_answer(error, Format.XML, host="pacs").body))
    assert (root.tag, root.findtext("Code")) == ("Error", "IllegalUrlParameter")


@pytest.mark.parametrize("error", [StorageFull("the disk is full"), Unavailable("Orthanc is away")])
def test_what_is_not_the_clients_fault_is_unavailable(error: StorageFull | Unavailable) -> None:
    response = error_answer(error, Format.JSON, host="pacs")
    assert response.status_code == 503
    assert json.loads(bytes(response.body))["Code"] == "ServiceUnavailable"
    assert response.headers["retry-after"]
