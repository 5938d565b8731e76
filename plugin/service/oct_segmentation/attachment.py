"""A segmentation as an attachment of the volume's resource: deleted with it, backed up with it."""

import gzip
from typing import Final
from urllib.parse import quote

from pydantic_core import from_json

from plugin.service.errors import NotFound
from plugin.service.oct_pacs.loading import Level
from plugin.service.oct_pacs.requests import ReportRequest
from plugin.service.orthanc_client import Orthanc

ATTACHMENT: Final = 4201
"""Orthanc leaves numbers from 1024 to its users."""


async def write_segmentation(orthanc: Orthanc, level: Level, resource_id: str, text: bytes) -> None:
    """Keep a segmentation, in the place of an earlier one. Raises NotFound."""
    content = gzip.compress(text, compresslevel=1, mtime=0)
    await orthanc.request("PUT", _path(level, resource_id), content=content)


async def read_segmentation(orthanc: Orthanc, level: Level, resource_id: str) -> ReportRequest:
    """The segmentation of a volume. Raises NotFound."""
    try:
        content = await orthanc.get_bytes(f"{_path(level, resource_id)}/data")
    except NotFound:
        await orthanc.get_json(f"/{level}/{quote(resource_id, safe='')}")
        raise NotFound("No segmentation is kept for this volume; PUT one") from None
    return ReportRequest.model_validate(from_json(gzip.decompress(content)))


async def has_segmentation(orthanc: Orthanc, level: Level, resource_id: str) -> bool:
    """Whether one is kept. Raises NotFound when there is no such resource."""
    kept = await orthanc.get_json(f"/{level}/{quote(resource_id, safe='')}/attachments")
    return isinstance(kept, list) and str(ATTACHMENT) in kept


def _path(level: Level, resource_id: str) -> str:
    return f"/{level}/{quote(resource_id, safe='')}/attachments/{ATTACHMENT}"
