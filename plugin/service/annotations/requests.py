"""What routes take from a request: ids, pages, JSON bodies, the base of links."""

import json
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Path, Query, Request

from ophtha_core.errors import InvalidInput
from plugin.service.annotations.callers import BodyOf
from plugin.service.annotations.state import PlatformOf
from plugin.service.annotations.wire import MAX_ID, Json

MAX_BULK: Final = 100_000

Id = Annotated[int, Path(ge=1, le=MAX_ID)]


@dataclass(frozen=True)
class Page:
    """A part of a listing; ``limit`` 0 means all."""

    offset: int
    limit: int


async def read_page(
    offset: Annotated[int, Query(ge=0, le=MAX_ID)] = 0, limit: Annotated[int, Query(alias="max", ge=0, le=MAX_ID)] = 0
) -> Page:
    return Page(offset, limit)


PageOf = Annotated[Page, Depends(read_page)]


async def read_query(request: Request) -> dict[str, str]:
    return dict(request.query_params)


QueryOf = Annotated[dict[str, str], Depends(read_query)]


def read_json(body: BodyOf) -> object:
    """The JSON of a body; None when there is none. Raises InvalidInput."""
    if not body.strip():
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidInput("body", "is not JSON") from None


JsonOf = Annotated[object, Depends(read_json)]


async def read_base_url(request: Request, platform: PlatformOf) -> str:
    """Beginning of links that lead back here; the client's Host unless the administrator set another one."""
    if platform.settings.public_url:
        return platform.settings.public_url.rstrip("/")
    host = request.headers.get("host", "localhost").split("/")[0]
    protocol = "https" if request.headers.get("x-forwarded-proto", request.url.scheme).lower() == "https" else "http"
    return f"{protocol}://{host}"


BaseUrlOf = Annotated[str, Depends(read_base_url)]


def one_object(value: object) -> Json:
    """A body that is one object. Raises InvalidInput."""
    if not isinstance(value, dict):
        raise InvalidInput("body", "must be a JSON object")
    return value


def objects(value: object) -> list[Json]:
    """A body that is a list of objects. Raises InvalidInput."""
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise InvalidInput("body", "must be a list of JSON objects")
    if len(value) > MAX_BULK:
        raise InvalidInput("body", f"holds {len(value)} objects; send at most {MAX_BULK} at once")
    return value
