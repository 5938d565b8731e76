"""Bodies nobody asked for: the real product, its API port, and what they leave of its memory."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from email.utils import formatdate

import pytest

from tests.kit.annotation_service import ADMIN, AnnotationClient, signature
from tests.kit.conditions import wait_until
from tests.kit.product import Product, free_port
from tests.kit.raw_client import RawAnswer, head, is_closed, opened, sent
from tests.kit.registration import ProtocolClient

MB = 1 << 20
FORM = "/plugins/registration/"
FORM_TYPE = "application/x-www-form-urlencoded"
USERS = [
    {
        "name": ADMIN.name,
        "public_key": ADMIN.public_key,
        "private_key": ADMIN.private_key.get_secret_value(),
        "role": "admin",
    }
]


@pytest.fixture(scope="module")
def api(orthanc_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Product, str]]:
    """A product, and the address of its API port."""
    port = free_port()
    folder = tmp_path_factory.mktemp("doors")
    with Product(folder, settings={"ApiPort": port, "Users": USERS, "Workers": 1}) as product:
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: answers(url), what="start of the API port")
        yield product, url


def answers(url: str) -> bool:
    try:
        return sent(url, head("GET", "/server/ping")).status == 200
    except OSError:
        return False


def pieces(size: int, *, chunked: bool) -> Iterator[bytes]:
    piece = b"x" * MB
    for _ in range(size // MB):
        yield b"%x\r\n%b\r\n" % (MB, piece) if chunked else piece
    if chunked:
        yield b"0\r\n\r\n"


def post(url: str, path: str, size: int, *, chunked: bool = False, kind: str = FORM_TYPE) -> RawAnswer:
    length = {"transfer_encoding": "chunked"} if chunked else {"content_length": size}
    return sent(url, head("POST", path, content_type=kind, **length), pieces(size, chunked=chunked))


def at_once(work: list[Callable[[], RawAnswer]]) -> list[RawAnswer]:
    done: list[RawAnswer] = []
    threads = [threading.Thread(target=lambda each=each: done.append(each())) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == len(work), "somebody got no answer"
    return done


@pytest.mark.parametrize(
    ("path", "chunked"),
    [("/api/annotation.json", False), (FORM, True), ("/upload", True), ("/plugins/registration/jobs", False)],
)
def test_bodies_of_strangers_leave_the_memory_of_the_service_alone(
    api: tuple[Product, str], path: str, chunked: bool
) -> None:
    product, url = api
    service = product.service_process()
    before = service.memory_info().rss
    peak = before
    is_over = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not is_over.wait(0.02):
            peak = max(peak, service.memory_info().rss)

    watching = threading.Thread(target=watch)
    watching.start()
    refused = at_once([lambda: post(url, path, 200 * MB, chunked=chunked)] * 6)
    is_over.set()
    watching.join()
    assert {each.status for each in refused} <= {401, 403, 413, 503}
    assert peak - before < 160 * MB, f"grew by {(peak - before) >> 20} MB"
    assert answers(url)


def test_each_protocol_says_so_in_its_own_shape(api: tuple[Product, str]) -> None:
    _, url = api
    large = post(url, FORM, 17 * MB)
    assert (large.status, large.headers["connection"]) == (413, "close")
    assert large.json()["Code"] == "EntityTooLarge"
    assert {"RequestId", "HostId", "Message", "Recommend"} < set(large.json())
    unknown = post(url, "/api/annotation.json", MB)
    assert unknown.status == 401
    assert unknown.json()["errors"] == "Sign the request with the keys of a user"
    plain = post(url, "/plugins/registration/jobs", 17 * MB, kind="application/json")
    assert (plain.status, plain.json()["HttpStatus"]) == (413, 413)


def test_a_known_sender_may_send_more_but_not_everything(api: tuple[Product, str]) -> None:
    _, url = api
    size = 257 * MB
    date = formatdate(usegmt=True)
    authorization = signature(ADMIN, method="POST", content_type="application/json", date=date)
    said = head(
        "POST", "/api/annotation.json", content_type="application/json", content_length=size, date=date,
        authorization=authorization,
    )  # fmt: skip
    refused = sent(url, said, pieces(size, chunked=False))
    assert refused.status == 413
    assert refused.json()["errors"] == "The body is larger than 256 MB"
    with AnnotationClient(url, ADMIN) as client:
        accepted = client.post("/api/ontology.json", content=json.dumps({"name": "x", "more": "y" * (2 * MB)}))
    assert accepted.status_code == 200


def test_two_hundred_slow_clients_stop_nobody(api: tuple[Product, str]) -> None:
    _, url = api
    form = head("POST", FORM, content_type=FORM_TYPE, content_length=MB) + b"Action="
    with ExitStack() as stack:
        slow = []
        for number in range(200):
            connection = stack.enter_context(opened(url))
            connection.sendall((b"GET /api HTTP/1.1\r\nHos", form)[number % 2])
            slow.append(connection)
        with AnnotationClient(url, ADMIN) as client:
            assert client.get("/api/user/current.json").json()["username"] == ADMIN.name
        assert ProtocolClient(url).call(Action="QueryAsyncJobList").json()["Code"] == "AuthFailed"
        wait_until(lambda: all(map(is_closed, slow)), what="end of the slow connections", timeout_s=90)


def test_what_orthanc_hands_on_is_bounded_too(api: tuple[Product, str]) -> None:
    product, _ = api
    for path in ("/plugins/oct/get_etdrs", "/api/annotation.json"):
        refused = post(product.url, path, 257 * MB, kind="application/json")
        assert refused.status == (401 if path.startswith("/api") else 413)
    assert product.get("/plugins/ophtha/status").status_code == 200
