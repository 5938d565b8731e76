import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugin.service.ct_registration.addresses import ConfiguredHost, OwnOrigin, UrlPolicy
from plugin.service.ct_registration.fetching import FetchLimits, FileFetcher, NamedFile
from plugin.service.ct_registration.outcome import WorkFailed
from plugin.service.pacs.address import OrthancAddress
from plugin.service.pacs.connection import OrthancConnection
from tests.kit.file_server import FileServer, Reply, file_server

_ID = "0123abcd-0123abcd-0123abcd-0123abcd-0123abcd"
_LIMITS = FetchLimits(file_bytes=1 << 20)


@pytest.fixture
def server() -> Iterator[FileServer]:
    with file_server({"/1.dcm": Reply((b"DICM",)), "/own": Reply((b"own",))}) as running:
        yield running


@pytest.fixture
def other_server() -> Iterator[FileServer]:
    """A server of this machine that nobody configured."""
    with file_server({"/secret": Reply((b"secret",))}) as running:
        yield running


async def resolves_to_loopback(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


def fetch(
    folder: Path,
    *urls: str,
    hosts: tuple[str, ...] = (),
    own_port: int = 1,
    limits: FetchLimits = _LIMITS,
    **how: object,
) -> list[bytes]:
    """What the fetcher saves for ``urls``, named ``ReferenceList.1`` and so on."""
    policy = UrlPolicy((OwnOrigin("http", "localhost", own_port),), tuple(ConfiguredHost.parse(host) for host in hosts))
    orthanc = OrthancAddress(f"http://127.0.0.1:{own_port}", "Bearer token")
    counts: list[int] = []

    async def fetched(count: int) -> None:
        counts.append(count)

    async def run() -> list[Path]:
        async with FileFetcher(policy, lambda: OrthancConnection(orthanc), limits, **how) as fetcher:  # type: ignore[arg-type]
            files = [NamedFile(f"ReferenceList.{number}", url) for number, url in enumerate(urls, start=1)]
            return await fetcher.fetch_all(files, folder, fetched=fetched)

    paths = asyncio.run(run())
    assert counts == list(range(1, len(urls) + 1))
    return [path.read_bytes() for path in paths]


def refusal(folder: Path, *urls: str, **how: object) -> str:
    with pytest.raises(WorkFailed) as caught:
        fetch(folder, *urls, **how)  # type: ignore[arg-type]
    assert caught.value.code == "IllegalUrlParameter"
    return caught.value.message


def test_files_come_in_the_order_given(server: FileServer, tmp_path: Path) -> None:
    server.replies |= {f"/{number}": Reply((str(number).encode(),)) for number in range(40)}
    urls = [server.url(f"/{number}") for number in range(40)]
    assert fetch(tmp_path, *urls, hosts=(f"127.0.0.1:{server.port}",)) == [str(n).encode() for n in range(40)]


def test_a_file_of_this_orthanc_is_fetched(server: FileServer, tmp_path: Path) -> None:
    path = f"/instances/{_ID}/file"
    server.replies[path] = Reply((b"own",))
    assert fetch(tmp_path, server.url(path, "localhost"), own_port=server.port) == [b"own"]


def test_a_host_that_was_not_configured_is_never_connected(other_server: FileServer, tmp_path: Path) -> None:
    assert "neither of this Orthanc" in refusal(tmp_path, other_server.url("/secret"))
    assert other_server.asked == []


def test_a_configured_name_that_resolves_to_loopback_is_never_connected(server: FileServer, tmp_path: Path) -> None:
    url = server.url("/1.dcm", "files.example")
    message = refusal(tmp_path, url, hosts=("files.example",), resolve=resolves_to_loopback)
    assert message == "ReferenceList.1 resolves to a loopback address"
    assert server.asked == []


def test_a_name_is_resolved_once_and_the_checked_address_is_connected(server: FileServer, tmp_path: Path) -> None:
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    url = server.url("/1.dcm", "localhost")
    assert fetch(tmp_path, url, hosts=(f"localhost:{server.port}",), resolve=rebinding) == [b"DICM"]
    assert asked == ["localhost"]
    assert server.asked == [("/1.dcm", f"localhost:{server.port}")]


def test_redirects_are_followed_within_the_configured_hosts(server: FileServer, tmp_path: Path) -> None:
    server.replies["/a"] = Reply(status=302, headers={"Location": "/b"})
    server.replies["/b"] = Reply(status=307, headers={"Location": server.url("/1.dcm")})
    assert fetch(tmp_path, server.url("/a"), hosts=(f"127.0.0.1:{server.port}",)) == [b"DICM"]


def test_endless_redirects_end(server: FileServer, tmp_path: Path) -> None:
    server.replies["/a"] = Reply(status=302, headers={"Location": "/a"})
    message = refusal(tmp_path, server.url("/a"), hosts=(f"127.0.0.1:{server.port}",))
    assert message == "ReferenceList.1 is redirected more than 3 times"
    assert len(server.asked) == 4


@pytest.mark.parametrize("scheme", ["http", "file", "ftp"])
def test_a_redirect_elsewhere_is_refused(
    server: FileServer, other_server: FileServer, tmp_path: Path, scheme: str
) -> None:
    target = other_server.url("/secret").replace("http", scheme)
    server.replies["/a"] = Reply(status=302, headers={"Location": target})
    refusal(tmp_path, server.url("/a"), hosts=(f"127.0.0.1:{server.port}",))
    assert other_server.asked == []


def test_a_redirect_to_a_name_of_the_network_is_refused(server: FileServer, tmp_path: Path) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"] if host == "127.0.0.1" else ["169.254.169.254"]

    server.replies["/a"] = Reply(status=302, headers={"Location": "http://files.example/latest"})
    hosts = (f"127.0.0.1:{server.port}", "files.example")
    message = refusal(tmp_path, server.url("/a"), hosts=hosts, resolve=resolve)
    assert "link-local" in message


def test_a_redirect_to_this_orthanc_is_refused(server: FileServer, other_server: FileServer, tmp_path: Path) -> None:
    target = other_server.url(f"/instances/{_ID}/file", "localhost")
    server.replies["/a"] = Reply(status=302, headers={"Location": target})
    refusal(tmp_path, server.url("/a"), hosts=(f"127.0.0.1:{server.port}",), own_port=other_server.port)
    assert other_server.asked == []


@pytest.mark.parametrize("told", [None, 5 << 20])
def test_a_file_that_is_too_large_is_not_read_to_its_end(server: FileServer, tmp_path: Path, told: int | None) -> None:
    server.replies["/large"] = Reply((b"0" * (1 << 18),) * 20, told=told)
    message = refusal(tmp_path, server.url("/large"), hosts=(f"127.0.0.1:{server.port}",))
    assert message == "ReferenceList.1 is larger than 1 MB"
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 1 << 20


def test_all_files_together_are_bounded(server: FileServer, tmp_path: Path) -> None:
    server.replies["/part"] = Reply((b"0" * (1 << 19),))
    limits = FetchLimits(file_bytes=1 << 20, total_bytes=1 << 20)
    urls = [server.url("/part")] * 3
    assert "brings the series beyond 1 MB" in refusal(
        tmp_path, *urls, hosts=(f"127.0.0.1:{server.port}",), limits=limits
    )


def test_a_compressed_answer_is_refused(server: FileServer, tmp_path: Path) -> None:
    server.replies["/bomb"] = Reply((b"\x1f\x8b",), headers={"Content-Encoding": "gzip"})
    assert "compressed" in refusal(tmp_path, server.url("/bomb"), hosts=(f"127.0.0.1:{server.port}",))


def test_a_missing_file_is_named(server: FileServer, tmp_path: Path) -> None:
    urls = (server.url("/1.dcm"), server.url("/missing"))
    message = refusal(tmp_path, *urls, hosts=(f"127.0.0.1:{server.port}",))
    assert message == "ReferenceList.2 cannot be fetched: its host answers 404"


def test_a_host_that_nobody_answers_for_is_unreachable(server: FileServer, tmp_path: Path) -> None:
    message = refusal(tmp_path, "http://127.0.0.1:1/1.dcm", hosts=("127.0.0.1:1",))
    assert message == "ReferenceList.1 cannot be reached (ConnectError)"


def test_a_silent_host_is_given_up(server: FileServer, tmp_path: Path) -> None:
    server.replies["/slow"] = Reply((b"",), told=10)
    limits = FetchLimits(file_bytes=1 << 20, read_s=0.2)
    message = refusal(tmp_path, server.url("/slow"), hosts=(f"127.0.0.1:{server.port}",), limits=limits)
    assert "cannot be reached" in message


def test_a_busy_host_is_asked_again(server: FileServer, tmp_path: Path) -> None:
    replies = iter([Reply(status=503), Reply(status=500), Reply((b"DICM",))])
    server.replies["/busy"] = lambda: next(replies)
    assert fetch(tmp_path, server.url("/busy"), hosts=(f"127.0.0.1:{server.port}",)) == [b"DICM"]


def test_proxies_of_the_environment_are_not_used(
    server: FileServer, other_server: FileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", other_server.url(""))
    monkeypatch.setenv("HTTP_PROXY", other_server.url(""))
    assert fetch(tmp_path, server.url("/1.dcm"), hosts=(f"127.0.0.1:{server.port}",)) == [b"DICM"]
    assert other_server.asked == []


def test_a_full_disk_is_not_the_fault_of_the_url(server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "0000").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        fetch(tmp_path, server.url("/1.dcm"), hosts=(f"127.0.0.1:{server.port}",))


def test_two_hosts_at_one_address_share_no_connection(server: FileServer, tmp_path: Path) -> None:
    hosts = (f"127.0.0.1:{server.port}", f"localhost:{server.port}")
    urls = (server.url("/1.dcm"), server.url("/own", "localhost"))
    assert fetch(tmp_path, *urls, hosts=hosts, resolve=resolves_to_loopback) == [b"DICM", b"own"]
    assert sorted(server.asked) == [("/1.dcm", hosts[0]), ("/own", hosts[1])]
