"""Pictures of images and of annotations, and the files behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Annotated, cast

import shapely
from fastapi import APIRouter, Depends, Query, Response
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ophtha_core.errors import InvalidInput
from ophtha_core.slides.display import window_of_range
from ophtha_core.slides.icc import srgb_profile, to_srgb
from ophtha_core.slides.index import FIRST_PLANE, Plane, SlidePyramid
from ophtha_core.slides.tone import Tone
from ophtha_core.slides.window import Window
from plugin.service.annotations import fields as f
from plugin.service.annotations import pictures, store
from plugin.service.annotations import tables as t
from plugin.service.annotations.annotation_filters import read_selection
from plugin.service.annotations.callers import Caller, CallerOf
from plugin.service.annotations.kinds.abstract_image import require_names
from plugin.service.annotations.pictures import Picture, Pixels, Rectangle
from plugin.service.annotations.requests import Id
from plugin.service.annotations.state import Platform, PlatformOf
from plugin.service.annotations.wire import ProtocolRoute
from plugin.service.errors import NotFound
from plugin.service.serving.pieces import answer_of

router = APIRouter(tags=["annotations"], route_class=ProtocolRoute, default_response_class=Response)

THUMB_PX, PREVIEW_PX = 512, 1024
_PICTURE_BITS = 8
_TABLES: Mapping[str, type[t.Entity]] = {
    "abstractimage": t.AbstractImage,
    "imageinstance": t.ImageInstance,
    "abstractslice": t.AbstractSlice,
    "sliceinstance": t.SliceInstance,
}


@dataclass(frozen=True)
class Source:
    """An image with pixels, ready to be read.

    ``image_id`` is the image instance, where there is one, ``slice_id`` the plane of one that has several.
    """

    pyramid: SlidePyramid
    orthanc: tuple[str, str | None]
    """Series and, of an image that is no slide, instance."""
    image_id: int | None
    slice_id: int | None = None

    @property
    def whole(self) -> Rectangle:
        return Rectangle(0, 0, self.pyramid.width_px, self.pyramid.height_px)


@dataclass(frozen=True)
class Wish:
    """How a picture is wanted."""

    tone: Tone
    shown_range: tuple[float | None, float | None]
    """The values shown black and white; None: as the image says."""
    icc: bool
    original_bits: bool
    zoom: int | None
    max_side: int | None
    mask: bool
    alpha_mask: bool
    annotations: str
    terms: str
    users: str
    reviewed: str
    increase_area: float


async def read_wish(
    zoom: Annotated[int | None, Query(ge=0, le=24)] = None,
    max_side: Annotated[int | None, Query(alias="maxSize", ge=1, le=pictures.MAX_SIDE_PX)] = None,
    mask: bool = False,
    alpha_mask: Annotated[bool, Query(alias="alphaMask")] = False,
    annotations: str = "",
    terms: str = "",
    users: str = "",
    reviewed: str = "",
    increase_area: Annotated[float, Query(alias="increaseArea", gt=0, le=100)] = 1.0,
    contrast: Annotated[float, Query(ge=0, le=100, description="Factor around the middle grey")] = 1.0,
    gamma: Annotated[float, Query(gt=0, le=100, description="Exponent of values from 0 to 1")] = 1.0,
    inverse: bool = False,
    minimum: Annotated[float | None, Query(alias="min", description="Value shown black, of grey images")] = None,
    maximum: Annotated[float | None, Query(alias="max", description="Value shown white, of grey images")] = None,
    icc: Annotated[bool, Query(description="Colours in sRGB; otherwise the profile of the image is passed on")] = False,
    bits: Annotated[str, Query(description="8, or max for images that have no more")] = "8",
    colormap: Annotated[str, Query(description="None is known")] = "",
    projection: Annotated[str, Query(description="None is known")] = "",
) -> Wish:
    for name, value in (("colormap", colormap), ("projection", projection)):
        if value:
            raise InvalidInput(name, "is not offered by this server")
    if bits not in ("8", "max"):
        raise InvalidInput("bits", "must be 8 or max: pictures have 8 bits a channel")
    tone = Tone(contrast=contrast, gamma=gamma, is_inverted=inverse)
    for bound, number in (("min", minimum), ("max", maximum)):
        if number is not None and not isfinite(number):
            raise InvalidInput(bound, "must be a number")
    if minimum is not None and maximum is not None and minimum >= maximum:
        raise InvalidInput("min", "must be less than max")
    return Wish(
        tone=tone,
        shown_range=(minimum, maximum),
        icc=icc,
        original_bits=bits == "max",
        zoom=zoom,
        max_side=max_side,
        mask=mask,
        alpha_mask=alpha_mask,
        annotations=annotations,
        terms=terms,
        users=users,
        reviewed=reviewed,
        increase_area=increase_area,
    )


WishOf = Annotated[Wish, Depends(read_wish)]


# -- where pixels come from --------------------------------------------------------------------------------------


def source_of_base(
    platform: Platform, image: t.AbstractImage, base_slice: t.AbstractSlice | None, *, image_id: int | None
) -> Source:
    """Of the first plane where none is given. Raises NotFound when the image has no pixels (any more)."""
    if image.orthanc_series is None:
        raise NotFound("The image has no pixels in Orthanc")
    frame, plane = (0, FIRST_PLANE) if base_slice is None else (_frame_of(base_slice), _plane_of(base_slice))
    where = image.orthanc_series, image.orthanc_instance or None
    return Source(platform.orthanc.pyramid(*where, frame=frame, plane=plane), where, image_id)


def _frame_of(base_slice: t.AbstractSlice) -> int:
    """Of an image that is no slide: its frames are planes or points in time."""
    return base_slice.z_stack or base_slice.time


def _plane_of(base_slice: t.AbstractSlice) -> Plane:
    return Plane(channel=base_slice.channel, focal=base_slice.z_stack)


def _source(platform: Platform, caller: Caller, key: str, object_id: int) -> Source:
    """Pixels of an abstract image, an image instance, or a plane of either."""
    with platform.sessions() as session:
        entity = store.find(session, caller, _TABLES[key], object_id)
        base_slice, image_id, slice_id = None, None, None
        if isinstance(entity, t.ImageInstance):
            image_id = entity.id
            slice_id = session.scalar(_first_plane(entity.id))
            entity = session.get_one(t.AbstractImage, entity.base_image_id)
        elif isinstance(entity, t.SliceInstance):
            image_id, slice_id = entity.image_id, entity.id
            base_slice = session.get_one(t.AbstractSlice, entity.base_slice_id)
            image = session.get_one(t.ImageInstance, entity.image_id)
            entity = session.get_one(t.AbstractImage, image.base_image_id)
        elif isinstance(entity, t.AbstractSlice):
            base_slice = entity
            entity = session.get_one(t.AbstractImage, entity.image_id)
        base = cast("t.AbstractImage", entity)
    return replace(source_of_base(platform, base, base_slice, image_id=image_id), slice_id=slice_id)


def _first_plane(image_id: int) -> Select[int]:
    """The plane that pictures of a whole image show."""
    base = t.AbstractSlice
    planes = select(t.SliceInstance.id).join(base, base.id == t.SliceInstance.base_slice_id)
    return planes.where(t.SliceInstance.image_id == image_id).order_by(base.z_stack, base.time, base.channel).limit(1)


# -- windows -----------------------------------------------------------------------------------------------------


def _add_pictures(key: str) -> None:
    @router.get(f"/api/{key}/{{object_id}}/window-{{window}}", name=f"window of {key}")
    def window(object_id: Id, window: str, caller: CallerOf, platform: PlatformOf, wish: WishOf) -> Response:
        """A rectangle ``x-y-width-height.ext``, origin top-left, ``zoom`` halvings; jpg, png, webp or tif."""
        rectangle, extension = pictures.read_rectangle(window)
        source = _source(platform, caller, key, object_id)
        return _answer(_draw(platform, caller, source, rectangle, pictures.read_extension(extension), wish))

    @router.get(f"/api/{key}/{{object_id}}/thumb.{{extension}}", name=f"thumb of {key}")
    def thumb(object_id: Id, extension: str, caller: CallerOf, platform: PlatformOf, wish: WishOf) -> Response:
        """The whole image, small."""
        source = _source(platform, caller, key, object_id)
        return _answer(_small(platform, source, pictures.read_extension(extension), wish, THUMB_PX))

    @router.get(f"/api/{key}/{{object_id}}/preview.{{extension}}", name=f"preview of {key}")
    def preview(object_id: Id, extension: str, caller: CallerOf, platform: PlatformOf, wish: WishOf) -> Response:
        """The whole image, of the size of a page."""
        source = _source(platform, caller, key, object_id)
        return _answer(_small(platform, source, pictures.read_extension(extension), wish, PREVIEW_PX))


for _key in ("abstractimage", "imageinstance", "abstractslice", "sliceinstance"):
    _add_pictures(_key)


def _draw(
    platform: Platform, caller: Caller, source: Source, rectangle: Rectangle, extension: str, wish: Wish
) -> Picture:
    window, zoom = pictures.fit(source.pyramid, rectangle, zoom=wish.zoom, max_side=wish.max_side)
    if not (wish.mask or wish.alpha_mask):
        return _picture(platform, source, window, zoom, wish, extension, max_side=wish.max_side)
    geometries = _geometries(platform, caller, source, window, wish)
    mask = pictures.mask_of(geometries, height_px=source.pyramid.height_px, window=window, zoom=zoom)
    if not wish.alpha_mask:
        return pictures.encode(mask, extension, max_side=wish.max_side)
    return _picture(platform, source, window, zoom, wish, extension, max_side=wish.max_side, alpha=mask)


def _geometries(
    platform: Platform, caller: Caller, source: Source, window: Window, wish: Wish
) -> Sequence[BaseGeometry]:
    """Annotations that may show in a window: those named, else those of the terms and users named."""
    if source.image_id is None:
        raise InvalidInput("mask", "is of annotations; ask for it on an image of a project")
    query = {"image": str(source.image_id)}
    if not wish.annotations:
        query |= {"terms": wish.terms, "users": wish.users, "reviewed": wish.reviewed}
    with platform.sessions() as session:
        selection = read_selection(session, caller, query)
        conditions = [
            *selection.conditions,
            t.Annotation.max_x >= window.x,
            t.Annotation.min_x <= window.right,
            t.Annotation.max_y >= source.pyramid.height_px - window.bottom,
            t.Annotation.min_y <= source.pyramid.height_px - window.y,
        ]
        if source.slice_id is not None:
            conditions.append(t.Annotation.slice_id == source.slice_id)
        if wish.annotations:
            conditions.append(t.Annotation.id.in_(f.identifiers(wish.annotations, "annotations")))
        locations = session.scalars(select(t.Annotation.location).where(*conditions)).all()
    return [] if not locations else list(shapely.from_wkt(list(locations)))


def _small(platform: Platform, source: Source, extension: str, wish: Wish, side_px: int) -> Picture:
    max_side = wish.max_side or side_px
    window, zoom = pictures.fit(source.pyramid, source.whole, zoom=None, max_side=max_side)
    return _picture(platform, source, window, zoom, wish, extension, max_side=max_side)


def _picture(
    platform: Platform,
    source: Source,
    window: Window,
    zoom: int,
    wish: Wish,
    extension: str,
    *,
    max_side: int | None,
    alpha: Pixels | None = None,
) -> Picture:
    """Pixels of a window, with the profile of their colours or in sRGB."""
    pixels = _pixels(platform, source, window, zoom, wish)
    stored_in = source.pyramid.base_image.key
    profile = None
    if pixels.ndim == 3:
        profile = platform.orthanc.colour_profile(*source.orthanc, stored_in=stored_in)
    if profile is not None and wish.icc:
        pixels = platform.parts.readers.call(f"Instance {stored_in}", to_srgb, pixels, profile)
        profile = srgb_profile()
    pixels = wish.tone.apply(pixels)
    return pictures.encode(pixels, extension, alpha=alpha, max_side=max_side, profile=profile)


def _pixels(platform: Platform, source: Source, window: Window, zoom: int, wish: Wish) -> Pixels:
    stored_bits = source.pyramid.base_image.layout.bits_stored
    if wish.original_bits and stored_bits > _PICTURE_BITS:
        raise InvalidInput("bits", f"must be 8: the image has {stored_bits}, pictures have 8 bits a channel")
    return pictures.draw(platform, _with_range(source.pyramid, wish), window, zoom=zoom)


def _with_range(pyramid: SlidePyramid, wish: Wish) -> SlidePyramid:
    """The image with its grey values shown as asked. Raises InvalidInput for one without such values."""
    low, high = wish.shown_range
    if low is None and high is None:
        return pyramid
    image = pyramid.base_image
    if image.display.palette is not None or (image.layout.samples > 1 and image.layout.bits_stored == _PICTURE_BITS):
        raise InvalidInput(
            "min" if low is not None else "max", "is for grey images, and for colours of more than 8 bits"
        )
    known = image.display.range(image.layout)
    low, high = (stated if given is None else given for given, stated in zip((low, high), known, strict=True))
    return pyramid.shown_with(replace(image.display, window=window_of_range(low, max(high, low + 1e-6))))


def _answer(picture: Picture) -> Response:
    # Pictures may be kept by the client alone: they show patients.
    return Response(picture.data, media_type=picture.media_type, headers={"Cache-Control": "private, no-cache"})


# -- pictures of annotations -------------------------------------------------------------------------------------


def _of_annotation(
    annotation_id: int, extension: str, caller: Caller, platform: Platform, wish: Wish, *, masked: bool, cut_out: bool
) -> Response:
    pictures.read_extension(extension)
    with platform.sessions() as session:
        annotation = store.find(session, caller, t.Annotation, annotation_id)
        geometry, source = shapely.from_wkt(annotation.location), _source_of(session, platform, annotation)
    height_px = source.pyramid.height_px
    around = pictures.window_around(geometry, height_px=height_px, factor=wish.increase_area)
    window, zoom = pictures.fit(source.pyramid, around, zoom=wish.zoom, max_side=wish.max_side)
    mask = pictures.mask_of([geometry], height_px=height_px, window=window, zoom=zoom) if masked or cut_out else None
    if masked and mask is not None:
        return _answer(pictures.encode(mask, extension, max_side=wish.max_side))
    return _answer(_picture(platform, source, window, zoom, wish, extension, max_side=wish.max_side, alpha=mask))


def _source_of(session: Session, platform: Platform, annotation: t.Annotation) -> Source:
    image = session.get_one(t.ImageInstance, annotation.image_id)
    base = session.get_one(t.AbstractImage, image.base_image_id)
    plane = session.get_one(t.SliceInstance, annotation.slice_id)
    base_slice = session.get_one(t.AbstractSlice, plane.base_slice_id)
    return source_of_base(platform, base, base_slice, image_id=image.id)


@router.get("/api/annotation/{annotation_id}/crop.{extension}")
@router.get("/api/userannotation/{annotation_id}/crop.{extension}")
@router.get("/api/reviewedannotation/{annotation_id}/crop.{extension}")
def crop(annotation_id: Id, extension: str, caller: CallerOf, platform: PlatformOf, wish: WishOf) -> Response:
    """The image around an annotation; ``increaseArea`` widens it."""
    return _of_annotation(annotation_id, extension, caller, platform, wish, masked=wish.mask, cut_out=wish.alpha_mask)


@router.get("/api/annotation/{annotation_id}/mask.{extension}")
@router.get("/api/userannotation/{annotation_id}/mask.{extension}")
@router.get("/api/reviewedannotation/{annotation_id}/mask.{extension}")
def mask(annotation_id: Id, extension: str, caller: CallerOf, platform: PlatformOf, wish: WishOf) -> Response:
    """255 inside an annotation, 0 around it."""
    return _of_annotation(annotation_id, extension, caller, platform, wish, masked=True, cut_out=False)


@router.get("/api/annotation/{annotation_id}/alphamask.{extension}")
@router.get("/api/userannotation/{annotation_id}/alphamask.{extension}")
@router.get("/api/reviewedannotation/{annotation_id}/alphamask.{extension}")
def alpha_mask(annotation_id: Id, extension: str, caller: CallerOf, platform: PlatformOf, wish: WishOf) -> Response:
    """The image inside an annotation, transparent around it."""
    return _of_annotation(annotation_id, extension, caller, platform, wish, masked=False, cut_out=True)


# -- files -------------------------------------------------------------------------------------------------------


def _add_download(key: str) -> None:
    @router.get(f"/api/{key}/{{object_id}}/download", name=f"download {key}")
    def download(object_id: Id, caller: CallerOf, platform: PlatformOf) -> Response:
        """The DICOM file of an image; of a slide a zip archive of its series."""
        with platform.sessions() as session:
            entity = store.find(session, caller, _TABLES[key], object_id)
            if isinstance(entity, t.ImageInstance):
                entity = session.get_one(t.AbstractImage, entity.base_image_id)
            image = cast("t.AbstractImage", entity)
            require_names(session, caller, image.id)
            if image.orthanc_series is None:
                raise NotFound("The image has no pixels in Orthanc")
        is_slide = not image.orthanc_instance
        path = f"/series/{image.orthanc_series}/archive" if is_slide else f"/instances/{image.orthanc_instance}/file"
        pieces = platform.orthanc.file(path)
        name = f"image-{image.id}.{'zip' if is_slide else 'dcm'}"
        return answer_of(
            pieces,
            media_type="application/zip" if is_slide else "application/dicom",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


_add_download("abstractimage")
_add_download("imageinstance")
