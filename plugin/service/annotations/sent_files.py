"""Files that come in forms: on disk, bounded, and by the last part of their names."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO, Final

from fastapi import Request

from ophtha_core.errors import InvalidInput
from plugin.service.annotations import fields as f
from plugin.service.annotations.callers import Identified, refuse_replay
from plugin.service.annotations.state import Platform
from plugin.service.disk import require_free_space
from plugin.service.serving.forms import received_form

FORM_BODY: Final[dict[str, object]] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {"type": "object", "properties": {"files[]": {"type": "string", "format": "binary"}}}
        }
    },
}
"""What the OpenAPI document says of a form with a file."""


def file_name(text: str) -> str:
    """The last part of what may be a path of any system. Raises InvalidInput."""
    return f.text(PurePath(text.replace("\\", "/")).name, "filename")


@dataclass(frozen=True)
class SentFile:
    """A file as it was sent, on disk."""

    name: str
    content: BinaryIO
    size_bytes: int


@asynccontextmanager
async def sent_file(
    request: Request, identified: Identified, platform: Platform, *, max_bytes: int
) -> AsyncIterator[SentFile]:
    """The file of a multipart body. Raises BadRequest, BodyRefused, InvalidInput, StorageFull, Unauthorized."""
    folder = platform.parts.configuration.storage / "uploads"
    announced = request.headers.get("content-length", "")
    require_free_space(folder, min(max_bytes, int(announced)) if announced.isdecimal() else max_bytes)
    async with received_form(request, folder) as form:
        refuse_replay(request, identified, platform, body_digest=form.body_digest)
        if form.file is None:
            raise InvalidInput("files[]", "is missing")
        if form.file_bytes > max_bytes:
            raise InvalidInput("files[]", f"is larger than {max_bytes >> 20} MB")
        yield SentFile(form.file_name, form.file, form.file_bytes)
