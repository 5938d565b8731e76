"""Forms with a file: small fields in memory, the file on disk, and who sends it known before the file is read."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from plugin.service.errors import BadRequest
from plugin.service.serving.bodies import body_of

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MAX_FIELDS_BYTES: Final = 64 * 2**10
"""All fields of a form together, with their headers."""
_WRITE_BYTES = 2**20

Admit = Callable[[Mapping[str, str]], Awaitable[None]]
"""Told the fields before the file; raises where their sender may not send one."""


@dataclass
class ReceivedForm:
    """A form as it came. ``file`` is None where there was none; it has no name on disk and is gone once closed."""

    fields: dict[str, str] = field(default_factory=dict)
    file: BinaryIO | None = None
    file_name: str = ""
    file_bytes: int = 0
    body_digest: bytes = b""
    """SHA-256 of the body."""


@asynccontextmanager
async def received_form(request: Request, folder: Path, *, admit: Admit | None = None) -> AsyncIterator[ReceivedForm]:
    """A multipart form with at most one file, which lies in ``folder`` until the block ends.

    Raises BadRequest, BodyRefused, what ``admit`` raises.
    """
    receiver = _Receiver(request, folder, admit)
    try:
        await receiver.receive()
        yield receiver.form
    finally:
        if receiver.form.file is not None:
            receiver.form.file.close()


class _Receiver:
    """Parses a body piece by piece; what a piece brings is dealt with before the next one is read."""

    def __init__(self, request: Request, folder: Path, admit: Admit | None) -> None:
        self.form = ReceivedForm()
        self._request = request
        self._folder = folder
        self._admit = admit
        self._header_name, self._header_value = b"", b""
        self._disposition = b""
        self._field = ""
        self._value = bytearray()
        self._small_bytes = 0
        self._file_begins = False
        self._is_in_file = False
        self._unwritten = bytearray()
        self._is_complete = False

    async def receive(self) -> None:
        kind, options = parse_options_header(self._request.headers.get("content-type", ""))
        if kind != b"multipart/form-data" or b"boundary" not in options:
            raise BadRequest("Send the file as multipart/form-data")
        parser = MultipartParser(options[b"boundary"], cast("MultipartCallbacks", self._callbacks()))
        digest = hashlib.sha256()
        try:
            async for piece in self._request.stream():
                digest.update(piece)
                # In small parts: what follows the beginning of a file may only be kept once its sender is admitted.
                for begin in range(0, len(piece), MAX_FIELDS_BYTES):
                    parser.write(piece[begin : begin + MAX_FIELDS_BYTES])
                    await self._keep()
            parser.finalize()
        except FormParserError:
            raise BadRequest("The form cannot be read") from None
        except ClientDisconnect:
            raise BadRequest("The body ended early") from None
        if not self._is_complete:
            raise BadRequest("The form has no end")
        await self._finish()
        self.form.body_digest = digest.digest()

    async def _keep(self) -> None:
        if self._file_begins and self.form.file is None:
            if self._admit is not None:
                await self._admit(self.form.fields)
            body = body_of(self._request.scope)
            if body is not None:
                body.kept_elsewhere()
            self.form.file = await asyncio.to_thread(_new_file, self._folder)
        if len(self._unwritten) >= _WRITE_BYTES:
            await self._write()

    async def _write(self) -> None:
        assert self.form.file is not None, "bytes of a file follow its beginning"
        written, self._unwritten = self._unwritten, bytearray()
        self.form.file_bytes += len(written)
        await asyncio.to_thread(self.form.file.write, written)

    async def _finish(self) -> None:
        if self.form.file is not None:
            await self._write()
            await asyncio.to_thread(self.form.file.seek, 0)

    # -- called by the parser ------------------------------------------------------------------------------------

    def _callbacks(self) -> dict[str, Callable[..., None]]:
        return {
            "on_part_begin": self._begin_part,
            "on_header_field": self._add_to_header_name,
            "on_header_value": self._add_to_header_value,
            "on_header_end": self._end_header,
            "on_headers_finished": self._begin_content,
            "on_part_data": self._add_content,
            "on_part_end": self._end_part,
            "on_end": self._end,
        }

    def _begin_part(self) -> None:
        self._disposition = b""

    def _add_to_header_name(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self._header_name += data[start:end]

    def _add_to_header_value(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self._header_value += data[start:end]

    def _end_header(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            self._disposition = self._header_value
        self._header_name, self._header_value = b"", b""

    def _begin_content(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._field = options.get(b"name", b"").decode(errors="replace")
        self._value = bytearray()
        self._is_in_file = b"filename" in options
        if self._is_in_file:
            if self._file_begins:
                raise BadRequest("Send one file at a time")
            self._file_begins = True
            self.form.file_name = options[b"filename"].decode(errors="replace")

    def _add_content(self, data: bytes, start: int, end: int) -> None:
        if self._is_in_file:
            self._unwritten += data[start:end]
        else:
            self._count(end - start)
            self._value += data[start:end]

    def _end_part(self) -> None:
        if not self._is_in_file:
            self.form.fields[self._field] = self._value.decode(errors="replace")

    def _end(self) -> None:
        self._is_complete = True

    def _count(self, size: int) -> None:
        self._small_bytes += size
        if self._small_bytes > MAX_FIELDS_BYTES:
            raise BadRequest(f"The fields of the form are larger than {MAX_FIELDS_BYTES >> 10} KB")


def _new_file(folder: Path) -> BinaryIO:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return cast("BinaryIO", tempfile.TemporaryFile(dir=folder))  # closed by whoever receives the form
