from dataclasses import replace

import pytest

from plugin.service.ct_registration.parameters import Pairs
from plugin.service.ct_registration.refusals import AuthFailed
from plugin.service.ct_registration.signatures import (
    Acs3Signature,
    RpcSignature,
    SignedRequest,
    claimed_signature,
)
from tests.kit.registration import ProtocolClient

_EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
_V3_SIGNATURE = "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
_V3_HEADERS = {
    "host": "ecs.cn-shanghai.aliyuncs.com",
    "x-acs-action": "RunInstances",
    "x-acs-content-sha256": _EMPTY_SHA256,
    "x-acs-date": "2023-10-26T10:22:32Z",
    "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
    "x-acs-version": "2014-05-26",
}


def v3_request(*, without: str = "", unsigned: str = "", body: bytes = b"", **more: str) -> SignedRequest:
    """The example of the vendor's "V3 request structure and signature", or a broken one."""
    headers = {**_V3_HEADERS, **{name.replace("_", "-"): value for name, value in more.items()}}
    signed = ";".join(sorted(name for name in _V3_HEADERS if name != unsigned))
    headers["authorization"] = (
        f"ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders={signed},Signature={_V3_SIGNATURE}"
    )
    headers.pop(without, None)
    return SignedRequest(
        method="POST",
        path="/",
        query=(
            ("RegionId", "cn-shanghai"),
            ("ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"),
        ),
        form=(),
        headers=tuple(headers.items()),
        body=body,
    )


def rpc_request(form: Pairs = (), body: bytes = b"") -> SignedRequest:
    """The example of the vendor's description of the RPC signature."""
    query = (
        ("Timestamp", "2016-02-23T12:46:24Z"),
        ("Format", "XML"),
        ("AccessKeyId", "testid"),
        ("Action", "DescribeRegions"),
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureNonce", "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf"),
        ("Version", "2014-05-26"),
        ("SignatureVersion", "1.0"),
        ("Signature", "OLeaidS1JvxuMvnyHOwuJ+uX5qY="),
    )
    return SignedRequest(method="GET", path="/", query=query, form=form, headers=(), body=body)


def test_the_published_example_of_acs3_verifies() -> None:
    request = v3_request()
    signature = claimed_signature(request)
    assert isinstance(signature, Acs3Signature)
    assert signature.access_key_id == "YourAccessKeyId"
    assert signature.is_from(signature.expected(request, "YourAccessKeySecret"))
    assert not signature.is_from(signature.expected(request, "AnotherSecret"))


def test_the_published_example_of_the_rpc_signature_verifies() -> None:
    request = rpc_request()
    signature = claimed_signature(request)
    assert isinstance(signature, RpcSignature)
    assert signature.access_key_id == "testid"
    assert signature.is_from(signature.expected(request, "testsecret"))
    assert not signature.is_from(signature.expected(request, "anothersecret"))


@pytest.mark.parametrize("header", ["x-acs-date", "x-acs-action", "x-acs-version", "host"])
def test_changing_a_signed_header_breaks_the_signature(header: str) -> None:
    request = v3_request(**{header.replace("-", "_"): "2023-10-26T10:22:33Z"})
    signature = Acs3Signature.read(request)
    assert not signature.is_from(signature.expected(request, "YourAccessKeySecret"))


def test_a_body_that_was_not_hashed_is_refused() -> None:
    with pytest.raises(AuthFailed, match="x-acs-content-sha256"):
        Acs3Signature.read(v3_request(body=b"JobId=1"))


@pytest.mark.parametrize("header", ["host", "x-acs-date", "x-acs-signature-nonce", "x-acs-action"])
def test_a_header_that_matters_must_be_signed(header: str) -> None:
    with pytest.raises(AuthFailed, match=f"does not cover {header}"):
        Acs3Signature.read(v3_request(unsigned=header))


def test_a_header_of_the_protocol_cannot_be_added_to_a_signed_request() -> None:
    with pytest.raises(AuthFailed, match="x-acs-extra"):
        Acs3Signature.read(v3_request(x_acs_extra="1"))


def test_a_signed_header_that_is_not_there_is_named() -> None:
    with pytest.raises(AuthFailed, match="x-acs-version, which was not sent"):
        Acs3Signature.read(v3_request(without="x-acs-version"))


@pytest.mark.parametrize(
    "authorization", ["ACS3-HMAC-SM3 Credential=a,SignedHeaders=b,Signature=c", "ACS3-HMAC-SHA256"]
)
def test_another_algorithm_is_refused(authorization: str) -> None:
    headers = (("authorization", authorization),)
    with pytest.raises(AuthFailed):
        claimed_signature(SignedRequest(method="GET", path="/", query=(), form=(), headers=headers, body=b""))


def test_a_parameter_of_the_form_is_covered_by_the_rpc_signature() -> None:
    request = rpc_request(form=(("JobId", "1"),), body=b"JobId=1")
    signature = RpcSignature.read(request)
    assert not signature.is_from(signature.expected(request, "testsecret"))


def test_a_json_body_beside_an_rpc_signature_is_refused() -> None:
    with pytest.raises(AuthFailed, match="send a form"):
        RpcSignature.read(rpc_request(body=b'{"JobId": "1"}'))


def test_a_parameter_given_twice_is_refused_with_an_rpc_signature() -> None:
    with pytest.raises(AuthFailed, match="twice"):
        RpcSignature.read(rpc_request(form=(("action", "Other"),), body=b"action=Other"))


def test_a_request_without_any_signature_claims_none() -> None:
    headers = (("authorization", "Basic b3J0aGFuYw=="),)
    plain = SignedRequest(method="GET", path="/", query=(("Action", "x"),), form=(), headers=headers, body=b"")
    assert claimed_signature(plain) is None


@pytest.mark.parametrize("signed", ["/", "/plugins/registration", "/plugins/registration/"])
@pytest.mark.parametrize("arrived", ["/plugins/registration", "/plugins/registration/"])
def test_the_signed_path_may_end_with_a_slash_that_orthanc_does_not_hand_on(signed: str, arrived: str) -> None:
    client = ProtocolClient("http://localhost:8042", "alice")
    headers = client.acs3_headers(b"", "GetAsyncJobResult", path=signed)
    pairs = tuple((name.lower(), value) for name, value in headers.items())
    request = SignedRequest(method="POST", path=arrived, query=(), form=(), headers=pairs, body=b"")
    signature = Acs3Signature.read(request)
    assert signature.is_from(signature.expected(request, "alice-secret"))
    elsewhere = replace(request, path="/plugins/other")
    assert signature.is_from(signature.expected(elsewhere, "alice-secret")) == (signed == "/")
