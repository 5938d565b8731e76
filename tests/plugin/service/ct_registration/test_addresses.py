import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.service.ct_registration.addresses import (
    ConfiguredHost,
    HostFile,
    OwnFile,
    OwnOrigin,
    UrlPolicy,
    UrlRefused,
    check_addresses,
)

_ID = "0123abcd-0123abcd-0123abcd-0123abcd-0123abcd"
_FILE = f"/instances/{_ID}/file"
POLICY = UrlPolicy(
    own=(
        OwnOrigin("http", "localhost", 8042),
        OwnOrigin("http", "127.0.0.1", 8042),
        OwnOrigin("http", "::1", 8042),
        OwnOrigin("https", "pacs.example", 443, "/orthanc"),
    ),
    hosts=(
        ConfiguredHost.parse("files.example"),
        ConfiguredHost.parse("127.0.0.1:9000"),
        ConfiguredHost.parse("[2001:db8::1]:80"),
    ),
)


@pytest.mark.parametrize(
    "url",
    [
        f"http://localhost:8042{_FILE}",
        f"http://LOCALHOST:8042{_FILE}",
        f"http://127.0.0.1:8042{_FILE}",
        f"http://[::1]:8042{_FILE}",
        f"https://pacs.example/orthanc{_FILE}",
        f"https://pacs.example:443/orthanc{_FILE}?anything",
    ],
)
def test_a_file_of_this_orthanc_is_read_by_its_path(url: str) -> None:
    assert POLICY.locate(url) == OwnFile(_FILE)


@pytest.mark.parametrize(
    "path",
    [
        "/system",
        "/plugins/registration/?Action=CancelWaitingAsyncJob&JobId=1",
        f"/instances/{_ID}/simplified-tags",
        f"/instances/{_ID}/file/../../../system",
        f"/instances/{_ID}%2Ffile",
        "/instances/../tools/file",
        "//localhost/instances",
        "/wado?requestType=OTHER",
        "",
    ],
)
def test_nothing_but_dicom_files_is_read_with_the_token_of_the_service(path: str) -> None:
    with pytest.raises(UrlRefused, match="names no DICOM file"):
        POLICY.locate(f"http://localhost:8042{path}")


@pytest.mark.parametrize(
    "url",
    [
        f"http://localhost:8043{_FILE}",
        f"http://127.0.0.1{_FILE}",
        f"https://localhost:8042{_FILE}",
        f"http://127.0.0.2:8042{_FILE}",
        f"http://[::ffff:127.0.0.1]:8042{_FILE}",
        f"http://0.0.0.0:8042{_FILE}",
        f"http://2130706433:8042{_FILE}",
        f"http://0x7f.1:8042{_FILE}",
        f"http://127.1:8042{_FILE}",
        f"http://pacs.example/orthanc{_FILE}",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.5/1.dcm",
        "http://192.168.1.1/1.dcm",
        "http://example.org/1.dcm",
        "http://files.example.evil.org/1.dcm",
        "http://evil.org/files.example",
        "http://127.0.0.1:9001/1.dcm",
    ],
)
def test_every_other_host_and_port_is_refused(url: str) -> None:
    with pytest.raises(UrlRefused, match="neither of this Orthanc nor of a host"):
        POLICY.locate(url)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("file:///etc/passwd", "http"),
        ("ftp://files.example/1.dcm", "http"),
        ("gopher://files.example/1", "http"),
        ("data:application/dicom;base64,AAAA", "http"),
        ("/instances/1/file", "http"),
        ("http:///1.dcm", "no host"),
        ("http://user:password@files.example/1.dcm", "user name"),
        ("http://files.example@evil.org/1.dcm", "user name"),
        ("http://files.example/胸部.dcm", "Chinese"),
        ("http://files.example/a b.dcm", "no URL"),
        ("http://files.example\\@evil.org/1.dcm", "no URL"),
        ("http://files.example/1.dcm\r\nX-Header: 1", "no URL"),
        ("http://files.example:99999/1.dcm", "no URL"),
        ("http://[::1/1.dcm", "no URL"),
        ("http://files.example/" + "a" * 9000, "no URL"),
        ("", "no URL"),
    ],
)
def test_what_is_no_plain_url_is_refused(url: str, reason: str) -> None:
    with pytest.raises(UrlRefused, match=reason):
        POLICY.locate(url)


def test_a_configured_host_without_port_covers_every_port() -> None:
    place = POLICY.locate("https://Files.Example.:8443/a/1.dcm?Signature=x")
    assert place == HostFile("https://Files.Example.:8443/a/1.dcm?Signature=x", "https", "files.example", 8443, False)


def test_a_redirect_never_leads_to_this_orthanc() -> None:
    with pytest.raises(UrlRefused):
        POLICY.locate(f"http://localhost:8042{_FILE}", may_be_own=False)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "fe80::1%eth0",
        "100.100.100.200",
        "fd00:ec2::254",
        "0.0.0.0",
        "::",
        "224.0.0.1",
        "ff02::1",
        "255.255.255.255",
    ],
)
def test_a_name_that_resolves_to_a_forbidden_address_is_refused(address: str) -> None:
    with pytest.raises(UrlRefused, match="resolves to"):
        check_addresses(["203.0.113.9", address], may_be_loopback=False)


@pytest.mark.parametrize("address", ["10.1.2.3", "192.168.0.9", "172.16.0.1", "fd12::1", "203.0.113.9", "2001:db8::1"])
def test_a_configured_host_may_be_private(address: str) -> None:
    assert check_addresses([address], may_be_loopback=False) == address


def test_loopback_is_allowed_only_where_it_was_named() -> None:
    assert check_addresses(["127.0.0.1"], may_be_loopback=True) == "127.0.0.1"
    place = POLICY.locate("http://127.0.0.1:9000/1.dcm")
    assert isinstance(place, HostFile)
    assert place.may_be_loopback


def test_a_name_without_address_is_refused() -> None:
    with pytest.raises(UrlRefused, match="does not resolve"):
        check_addresses([], may_be_loopback=False)


@given(st.text(max_size=60))
def test_any_text_is_either_located_or_refused(text: str) -> None:
    for url in (text, f"http://{text}", f"http://files.example/{text}"):
        try:
            place = POLICY.locate(url)
        except UrlRefused:
            continue
        assert isinstance(place, OwnFile) or place.host in ("files.example", "127.0.0.1", "2001:db8::1")
