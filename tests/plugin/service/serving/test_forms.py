"""Forms with a file: who sends it is asked before it is read, it lies on disk, and nothing of it stays."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request

from plugin.service.access.recognition import recognise
from plugin.service.errors import Forbidden, install_error_handlers
from plugin.service.serving.bodies import BodyLimits, BoundedBodies
from plugin.service.serving.forms import MAX_FIELDS_BYTES, received_form
from tests.kit.in_process import InProcessClient

KB = 2**10
STRANGER_BYTES = 128 * KB


@pytest.fixture
def client(tmp_path: Path) -> InProcessClient:
    """An application that takes forms of senders who name themselves in the first fields."""
    app = FastAPI()
    install_error_handlers(app)

    @app.post("/form")
    async def take(request: Request) -> dict[str, object]:
        async def admit(fields: Mapping[str, str]) -> None:
            if fields.get("key") != "known":
                raise Forbidden("Who are you?")
            recognise(request.scope, "known")

        async with received_form(request, tmp_path, admit=admit) as form:
            content = None if form.file is None else form.file.read()
            return {
                "fields": form.fields,
                "name": form.file_name,
                "bytes": form.file_bytes,
                "digest": None if content is None else hashlib.sha256(content).hexdigest(),
                "body": form.body_digest.hex(),
                "visible": [each.name for each in tmp_path.iterdir()],
            }

    limits = BodyLimits(stranger_bytes=lambda _: STRANGER_BYTES, is_known=lambda _: False, silence_s=10)
    app.add_middleware(BoundedBodies, limits=limits)
    return InProcessClient(app)


def part(name: str, content: bytes, *, file_name: str | None = None) -> bytes:
    named = "" if file_name is None else f'; filename="{file_name}"'
    return f'--cut\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode() + content + b"\r\n"


KNOWN = part("key", b"known")


def post(client: InProcessClient, *parts: bytes, end: bytes = b"--cut--\r\n") -> httpx.Response:
    headers = {"Content-Type": "multipart/form-data; boundary=cut"}
    return client.post("/form", content=b"".join(parts) + end, headers=headers)


def test_a_form_arrives_as_it_was_sent(client: InProcessClient, tmp_path: Path) -> None:
    content = bytes(range(256)) * 4000
    parts = part("key", b"known"), part("file", content, file_name="a b.dcm"), part("after", "ü".encode())
    received = post(client, *parts).json()
    assert received["fields"] == {"key": "known", "after": "ü"}
    assert (received["name"], received["bytes"]) == ("a b.dcm", len(content))
    assert received["digest"] == hashlib.sha256(content).hexdigest()
    assert received["body"] == hashlib.sha256(b"".join(parts) + b"--cut--\r\n").hexdigest()
    assert received["visible"] == [], "a file without a name cannot be left behind"
    assert list(tmp_path.iterdir()) == []


def test_a_sender_is_asked_before_the_file_is_read(client: InProcessClient, tmp_path: Path) -> None:
    endless = part("file", b"x" * 2 * STRANGER_BYTES, file_name="a")
    for parts in ([endless, part("key", b"known")], [part("key", b"other"), endless], [endless]):
        refused = post(client, *parts)
        assert (refused.status_code, refused.json()["Message"]) == (403, "Who are you?")
    assert list(tmp_path.iterdir()) == []


def test_a_form_without_a_file_is_a_form(client: InProcessClient) -> None:
    received = post(client, part("key", b"known")).json()
    assert (received["fields"], received["digest"]) == ({"key": "known"}, None)


@pytest.mark.parametrize(
    ("parts", "end", "message"),
    [
        ([part("key", b"x" * (MAX_FIELDS_BYTES + 1))], b"--cut--\r\n", "larger than 64 KB"),
        ([part(f"k{n}", b"x" * KB) for n in range(70)], b"--cut--\r\n", "larger than 64 KB"),
        ([part("k" * (MAX_FIELDS_BYTES + 1), b"")], b"--cut--\r\n", "cannot be read"),
        (
            [part("key", b"known"), part("a", b"1", file_name="a"), part("b", b"2", file_name="b")],
            b"--cut--\r\n",
            "one",
        ),
        ([part("key", b"known"), part("a", b"1", file_name="a")], b"", "no end"),
        ([b"nonsense"], b"", "cannot be read"),
    ],
    ids=["large field", "many fields", "large name", "two files", "no end", "nonsense"],
)
def test_what_is_no_such_form_is_refused(
    client: InProcessClient, tmp_path: Path, parts: list[bytes], end: bytes, message: str
) -> None:
    refused = post(client, *parts, end=end)
    assert refused.status_code == 400
    assert message in refused.json()["Message"]
    assert list(tmp_path.iterdir()) == []


def test_another_kind_of_body_is_no_form(client: InProcessClient) -> None:
    assert client.post("/form", json={"key": "known"}).status_code == 400
