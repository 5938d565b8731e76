"""What routes answer of many annotations: listings, row by row, and what was added with others."""

import json
from collections.abc import Iterator
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from plugin.service.annotations.annotation_filters import read_selection
from plugin.service.annotations.annotation_listing import CLASS_NAME, AnnotationListing, read_groups
from plugin.service.annotations.requests import Asking, Page
from plugin.service.annotations.shapes import Listing
from plugin.service.annotations.wire import dump, listing
from plugin.service.serving.pieces import answer_of


class AnnotationRow(BaseModel):
    """An annotation in a listing; more fields stand in it, by the groups that were asked for."""

    model_config = ConfigDict(extra="allow")

    java_class: str = Field(alias="class")
    id: int


class AnnotationId(BaseModel):
    """An annotation that was added with others."""

    java_class: str = Field(default=CLASS_NAME, serialization_alias="class")
    id: int
    repaired: bool = Field(default=False, exclude_if=lambda is_repaired: not is_repaired)


LISTING: Final[dict[int | str, dict[str, Any]]] = {200: {"model": Listing[AnnotationRow]}}


def stream_listing(asking: Asking, page: Page, query: dict[str, str]) -> Response:
    """The annotations that a query names, newest first. Raises InvalidInput, NotFound."""

    def chunks() -> Iterator[bytes]:
        with asking.platform.sessions() as session:
            selection = read_selection(session, asking.caller, query)
            rows = AnnotationListing(asking.viewing(session), selection, read_groups(query))
            frame = dump(listing([], offset=page.offset, per_page=page.limit, size=rows.size))
            before, after = frame.split(b"[]", 1)
            yield before + b"["
            separator = ""
            for row in rows.rows(offset=page.offset, limit=page.limit):
                yield (separator + json.dumps(row, ensure_ascii=False, separators=(",", ":"))).encode()
                separator = ","
            yield b"]" + after

    return answer_of(chunks(), media_type="application/json", headers={"Cache-Control": "no-store"})
