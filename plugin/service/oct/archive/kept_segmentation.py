"""A segmentation as an attachment of the volume's resource: deleted with it, backed up with it."""

import asyncio
import gzip
import zlib
from collections import OrderedDict
from io import BytesIO
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import Depends, Request
from pydantic_core import from_json

from ophtha_core.errors import InvalidInput
from plugin.service.errors import NotFound
from plugin.service.oct.archive.loading import Level
from plugin.service.oct.archive.requests import ReportRequest
from plugin.service.pacs.orthanc import Orthanc
from plugin.service.parts import Parts

ATTACHMENT: Final = 4201
"""Orthanc leaves numbers from 1024 to its users."""
LARGEST_TEXT_BYTES: Final = 2**28
"""More than any body of a request."""
_REMEMBERED: Final = 4
"""Parsed segmentations of the last volumes looked at: both eyes of a patient, and those of a colleague's."""


class ReadSegmentations:
    """Reads segmentations; a report, and leafing through the B-scans beside it, parse a segmentation once."""

    def __init__(self) -> None:
        self._parsed: OrderedDict[tuple[str, str], asyncio.Task[ReportRequest]] = OrderedDict()

    async def read(self, parts: Parts, level: Level, resource_id: str) -> ReportRequest:
        """The segmentation of a volume. Raises NotFound, InvalidInput."""
        path = _path(level, resource_id)
        try:
            md5 = (await parts.orthanc.get_bytes(f"{path}/md5")).decode()
            return await self._remembered(parts, path, what=f"The segmentation of {resource_id}", md5=md5)
        except NotFound:
            await parts.orthanc.get_json(f"/{level}/{quote(resource_id, safe='')}")
            raise NotFound("No segmentation is kept for this volume; PUT one") from None

    async def _remembered(self, parts: Parts, path: str, *, what: str, md5: str) -> ReportRequest:
        key = path, md5
        reading = self._parsed.get(key)
        if reading is None or _has_failed(reading):
            reading = self._parsed[key] = asyncio.create_task(_read(parts, path, what))
        self._parsed.move_to_end(key)
        while len(self._parsed) > _REMEMBERED:
            self._parsed.popitem(last=False)
        # Others may wait for it too: it goes on when this request is given up.
        return await asyncio.shield(reading)


def _has_failed(reading: asyncio.Task[ReportRequest]) -> bool:
    return reading.done() and (reading.cancelled() or reading.exception() is not None)


async def _read(parts: Parts, path: str, what: str) -> ReportRequest:
    return await parts.readers.ask(what, parse_segmentation, await parts.orthanc.get_bytes(f"{path}/data"))


def parse_segmentation(content: bytes) -> ReportRequest:
    """What an attachment holds; for a reader. Raises InvalidInput: others than this service may have put it there."""
    with gzip.GzipFile(fileobj=BytesIO(content)) as file:
        try:
            text = file.read(LARGEST_TEXT_BYTES + 1)
        except (OSError, EOFError, zlib.error):
            raise InvalidInput("segmentation", "what is kept is no segmentation") from None
    if len(text) > LARGEST_TEXT_BYTES:
        raise InvalidInput("segmentation", f"what is kept has more than {LARGEST_TEXT_BYTES} bytes")
    try:
        return ReportRequest.model_validate(from_json(text))
    except ValueError:
        raise InvalidInput("segmentation", "what is kept is no segmentation") from None


def _read_segmentations(request: Request) -> ReadSegmentations:
    state = request.app.state
    if not hasattr(state, "read_segmentations"):
        state.read_segmentations = ReadSegmentations()
    found: ReadSegmentations = state.read_segmentations
    return found


ReadSegmentationsOf = Annotated[ReadSegmentations, Depends(_read_segmentations)]


async def write_segmentation(orthanc: Orthanc, level: Level, resource_id: str, text: bytes) -> None:
    """Keep a segmentation, in the place of an earlier one. Raises NotFound."""
    content = gzip.compress(text, compresslevel=1, mtime=0)
    await orthanc.request("PUT", _path(level, resource_id), content=content)


async def has_segmentation(orthanc: Orthanc, level: Level, resource_id: str) -> bool:
    """Whether one is kept. Raises NotFound when there is no such resource."""
    kept = await orthanc.get_json(f"/{level}/{quote(resource_id, safe='')}/attachments")
    return isinstance(kept, list) and str(ATTACHMENT) in kept


def _path(level: Level, resource_id: str) -> str:
    return f"/{level}/{quote(resource_id, safe='')}/attachments/{ATTACHMENT}"
