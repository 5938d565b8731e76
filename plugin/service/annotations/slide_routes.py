"""What a slide consists of: its levels, each with why it cannot be shown, and the pictures that belong to it."""

from collections.abc import Iterable, Mapping
from typing import Final, cast

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from ophtha_core.errors import UnreadableImage
from ophtha_core.slides.frames import FrameCache
from ophtha_core.slides.index import Associated, Slide, SlideLevel
from ophtha_core.slides.pyramid import single_frame
from plugin.service.annotations import pictures, store
from plugin.service.annotations import tables as t
from plugin.service.annotations.callers import Caller, CallerOf
from plugin.service.annotations.kinds.abstract_image import require_names
from plugin.service.annotations.pictures import Rectangle
from plugin.service.annotations.requests import Id
from plugin.service.annotations.state import Platform, PlatformOf
from plugin.service.annotations.wire import Json, JsonAnswer, ProtocolRoute, listing
from plugin.service.errors import NotFound, Unprocessable
from plugin.service.serving.described import binary

router = APIRouter(tags=["annotations"], route_class=ProtocolRoute)


class SlideLevelAnswer(BaseModel):
    """A level of a slide, or a part of it that should be one; sizes in pixels, null where unknown."""

    width: int | None
    height: int | None
    factor: int | None = Field(description="Pixels of the largest level along a side of its own; null: no whole number")
    tiles: int
    fault: str | None = Field(description="Why it cannot be shown")


class SlideLevelListing(BaseModel):
    """All levels, the largest first; what cannot be shown at all comes last."""

    collection: list[SlideLevelAnswer]
    offset: int
    perPage: int  # noqa: N815  the protocol's name
    size: int
    totalPages: int  # noqa: N815


class AssociatedListing(BaseModel):
    """Names of pictures."""

    collection: list[str]
    offset: int
    perPage: int  # noqa: N815
    size: int
    totalPages: int  # noqa: N815


_TABLES: Final[Mapping[str, type[t.Entity]]] = {"abstractimage": t.AbstractImage, "imageinstance": t.ImageInstance}
_MACRO: Final = "macro"
"""What the protocol calls an overview."""


def _slide(platform: Platform, caller: Caller, key: str, object_id: int, *, shows_names: bool = False) -> Slide:
    """Raises NotFound, UnreadableImage when the image is no slide, Forbidden where names are hidden and would show."""
    with platform.sessions() as session:
        entity: t.Entity = store.find(session, caller, _TABLES[key], object_id)
        if isinstance(entity, t.ImageInstance):
            entity = session.get_one(t.AbstractImage, entity.base_image_id)
        image = cast("t.AbstractImage", entity)
        if shows_names:
            require_names(session, caller, image.id)
    if image.orthanc_series is None:
        raise NotFound("The image has no pixels in Orthanc")
    if image.orthanc_instance:
        raise UnreadableImage("the image is no slide")
    return platform.orthanc.slide(image.orthanc_series).slide


def _listed(collection: list[Json] | list[str]) -> JsonAnswer:
    return JsonAnswer(listing(collection, offset=0, per_page=0, size=len(collection)))


def _add_routes(key: str) -> None:
    @router.get(f"/api/{key}/{{object_id}}/levels.json", name=f"levels of {key}", response_model=SlideLevelListing)
    def levels(object_id: Id, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
        """The levels of a slide, the largest first; ``fault`` says why one cannot be shown."""
        slide = _slide(platform, caller, key, object_id)
        return _listed([*(_level(platform, each) for each in slide.levels), *_faults(slide)])

    @router.get(
        f"/api/{key}/{{object_id}}/associated.json",
        name=f"associated images of {key}",
        response_model=AssociatedListing,
    )
    def associated(object_id: Id, caller: CallerOf, platform: PlatformOf) -> JsonAnswer:
        """Names of the pictures that belong to a slide: label, overview, thumbnail."""
        names = [str(kind) for kind in _slide(platform, caller, key, object_id, shows_names=True).associated]
        return JsonAnswer(
            {"collection": names, "offset": 0, "perPage": len(names), "size": len(names), "totalPages": 1}
        )

    @router.get(
        f"/api/{key}/{{object_id}}/associated/{{name}}.{{extension}}",
        name=f"associated image of {key}",
        response_class=Response,
        responses=binary(*pictures.MEDIA_TYPES, description="The picture"),
    )
    def picture(object_id: Id, name: str, extension: str, caller: CallerOf, platform: PlatformOf) -> Response:
        """One of them, not larger than a page; ``macro`` is another name of the overview."""
        pictures.read_extension(extension)
        found = _slide(platform, caller, key, object_id, shows_names=True).associated
        image = next((found[kind] for kind in found if name in _names(kind)), None)
        if image is None:
            raise NotFound("The slide has no such picture")
        pyramid = single_frame(image)
        whole = Rectangle(0, 0, pyramid.width_px, pyramid.height_px)
        window, zoom = pictures.fit(pyramid, whole, zoom=None, max_side=pictures.MAX_SIDE_PX)
        encoded = pictures.encode(pictures.draw(platform, pyramid, window, zoom=zoom), extension)
        return Response(encoded.data, media_type=encoded.media_type, headers={"Cache-Control": "private, no-cache"})


for _key in _TABLES:
    _add_routes(_key)


def _names(kind: Associated) -> tuple[str, ...]:
    return (str(kind), _MACRO) if kind is Associated.OVERVIEW else (str(kind),)


def _level(platform: Platform, level: SlideLevel) -> Json:
    return {
        "width": level.width_px,
        "height": level.height_px,
        "factor": level.factor,
        "tiles": len(level.table),
        "fault": _decoding_fault(platform, level),
    }


def _decoding_fault(platform: Platform, level: SlideLevel) -> str | None:
    """Why the first tile of a level cannot be shown, if so."""
    tile = level.first_tile
    cache: FrameCache = platform.frames
    try:
        cache.get(tile.image, tile.frame, platform.orthanc.read_frame)
    except (UnreadableImage, Unprocessable) as error:
        return str(error)
    return None


def _faults(slide: Slide) -> Iterable[Json]:
    for fault in slide.faults:
        yield {
            "width": fault.width_px,
            "height": fault.height_px,
            "factor": None,
            "tiles": 0,
            "fault": fault.reason,
        }
