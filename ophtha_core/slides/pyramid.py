"""From the headers of a series to the levels of a slide (PS3.3 sections C.8.12.4, C.8.12.14).

A level that cannot be shown does not hide the others: why it cannot is kept beside them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.uid import UID

from ophtha_core.dicom.layout import read_layout
from ophtha_core.dicom.reading import integer_of, items_of, known_integer, known_numbers, known_text, known_value
from ophtha_core.errors import UnreadableImage
from ophtha_core.slides.display import read_display
from ophtha_core.slides.index import (
    FIRST_PLANE,
    Associated,
    LevelFault,
    Slide,
    SlideLevel,
    SlidePyramid,
    StoredImage,
    TileTable,
)
from ophtha_core.slides.layers import Layers, place_keys
from ophtha_core.slides.places import FramePlaces, frame_places
from ophtha_core.slides.scale import Size, factor_of, is_alike

LARGEST_TILE_COUNT: Final = 2**20
"""Of one plane of a level: a slide of 250,000 x 250,000 pixels in the usual tiles."""
LARGEST_SIDE_PX: Final = 2**21
LARGEST_PIXELS: Final = 2**38
"""Of a level: half a metre a side at a quarter of a micrometre, and a hundred times the largest slides there are."""


@dataclass(frozen=True)
class InstanceHeader:
    """Headers of one instance (no pixel data needed) with its transfer syntax.

    ``places`` are those of its frames where they were taken out of the data set.
    """

    key: str
    dataset: Dataset
    syntax: UID
    places: FramePlaces | None = None


def is_slide(dataset: Dataset) -> bool:
    """Whether an instance is a tile-wise stored part of a larger image."""
    return (known_integer(dataset, "TotalPixelMatrixColumns") or 0) > 0 and "TotalPixelMatrixRows" in dataset


def read_pyramid(headers: Iterable[InstanceHeader]) -> SlidePyramid:
    """The first plane of a slide. Raises UnreadableImage when it cannot be shown, or there is none."""
    return read_slide(headers).pyramid(FIRST_PLANE)


def read_slide(headers: Iterable[InstanceHeader]) -> Slide:
    """The slide of one series. Raises UnreadableImage when the series holds nothing of one."""
    by_size, associated, faults = _sorted(headers)
    if not by_size and not faults:
        raise UnreadableImage("the series holds no volume image of a slide")
    if not by_size:
        return Slide(None, None, (), None, (), (), tuple(faults), associated)
    largest, *smaller = sorted(by_size, key=lambda size: -size.width * size.height)
    spacing = _spacing_um(by_size[largest][0].dataset)
    layers = Layers()
    levels: list[SlideLevel] = []
    for size in (largest, *smaller):
        try:
            factor = _factor(largest, size, by_size)
            levels.append(_level(size, factor, by_size[size], layers, is_base=size == largest))
        except UnreadableImage as error:
            faults.append(LevelFault(size.width, size.height, str(error)))
    return Slide(
        width_px=largest.width,
        height_px=largest.height,
        levels=tuple(levels),
        spacing_um=spacing,
        channels=layers.channels,
        depths_um=layers.depths_um,
        faults=tuple(faults),
        associated=associated,
    )


def frame_pyramid(header: InstanceHeader, *, frame: int) -> SlidePyramid:
    """Any other image: one frame (from 0) as a pyramid of one level with one tile."""
    layout = read_layout(header.dataset)
    if not 0 <= frame < layout.frames:
        raise UnreadableImage(f"the image has {layout.frames} frames, frame {frame + 1} was asked for")
    image = StoredImage(
        key=header.key, syntax=header.syntax, layout=layout, display=read_display(header.dataset, layout)
    )
    return single_frame(image, frame=frame, spacing_um=_spacing_um(header.dataset))


def single_frame(image: StoredImage, *, frame: int = 0, spacing_um: tuple[float, float] | None = None) -> SlidePyramid:
    """One frame of an instance as a pyramid."""
    zero = np.zeros(1, dtype=np.int32)
    table = TileTable(zero, zero, zero, np.array([frame], dtype=np.int32), zero, zero)
    level = SlideLevel(image.layout.columns, image.layout.rows, 1, (image,), table)
    return SlidePyramid(levels=(level,), spacing_um=spacing_um)


# -- sorting -----------------------------------------------------------------------------------------------------


def _sorted(
    headers: Iterable[InstanceHeader],
) -> tuple[dict[Size, list[InstanceHeader]], dict[Associated, StoredImage], list[LevelFault]]:
    """Instances by the size of their matrix, and what is no level."""
    by_size: dict[Size, list[InstanceHeader]] = {}
    associated: dict[Associated, StoredImage] = {}
    faults: list[LevelFault] = []
    for header in headers:
        try:
            kind = associated_kind(header.dataset)
            if kind is not None:
                associated.setdefault(kind, _stored_image(header, is_tiled=False))
            elif is_slide(header.dataset):
                by_size.setdefault(_matrix_size(header.dataset), []).append(header)
        except UnreadableImage as error:
            faults.append(LevelFault(None, None, str(error)))
    return by_size, associated, faults


def associated_kind(dataset: Dataset) -> Associated | None:
    """What an instance shows instead of the specimen's volume; None for a level."""
    flavours = _image_type(dataset)
    return next((each for each in Associated if each.name in flavours), None)


def _image_type(dataset: Dataset) -> list[str]:
    value = known_value(dataset, "ImageType")
    if value is None:
        return []
    return [str(each).strip().upper() for each in ([value] if isinstance(value, str) else value)]  # type: ignore[attr-defined]


def _matrix_size(dataset: Dataset) -> Size:
    width = integer_of(dataset, "TotalPixelMatrixColumns")
    height = integer_of(dataset, "TotalPixelMatrixRows")
    if not width or not height or width < 1 or height < 1:
        raise UnreadableImage("the total pixel matrix has no size")
    if max(width, height) > LARGEST_SIDE_PX or width * height > LARGEST_PIXELS:
        raise UnreadableImage(f"the total pixel matrix has {width} x {height} pixels, which no scanner makes")
    return Size(width, height)


# -- levels ------------------------------------------------------------------------------------------------------


def _factor(largest: Size, size: Size, by_size: dict[Size, list[InstanceHeader]]) -> int | None:
    """Raises UnreadableImage for a size that is no level of the slide."""
    if size == largest:
        return 1
    of_largest, of_level = by_size[largest][0].dataset, by_size[size][0].dataset
    spacings = _stated_spacing(of_largest), _stated_spacing(of_level)
    ratio = spacings[1][0] / spacings[0][0] if spacings[0] and spacings[1] else None
    factor = factor_of(largest, size, tiles=(_tile_size(of_largest), _tile_size(of_level)), spacing_ratio=ratio)
    if factor is None and not is_alike(largest, size):
        raise UnreadableImage(f"its shape is not that of the largest level, {largest.width} x {largest.height} pixels")
    return factor


def _tile_size(dataset: Dataset) -> Size:
    return Size(known_integer(dataset, "Columns") or 1, known_integer(dataset, "Rows") or 1)


def _level(
    size: Size, factor: int | None, headers: Sequence[InstanceHeader], layers: Layers, *, is_base: bool
) -> SlideLevel:
    """Instances of one size: concatenated parts, or several that hold other tiles; the first of a position counts."""
    images: list[StoredImage] = []
    parts: list[FramePlaces] = []
    for header in sorted(headers, key=_stored_order):
        image = _stored_image(header, is_tiled=True)
        images.append(image)
        parts.append(frame_places(header.dataset, image.layout, size, listed=header.places))
    table = _table(size, images, parts, layers, is_base=is_base)
    most = LARGEST_TILE_COUNT * max(layers.planes, 1)
    if len(table) > most:
        raise UnreadableImage(f"it has more than {most} tiles")
    return SlideLevel(size.width, size.height, factor, tuple(images), table)


def _table(
    size: Size, images: Sequence[StoredImage], parts: Sequence[FramePlaces], layers: Layers, *, is_base: bool
) -> TileTable:
    counts = [len(part) for part in parts]
    columns, rows = (np.concatenate([getattr(part, name) for part in parts]) for name in ("columns", "rows"))
    number = np.repeat(np.arange(len(parts)), counts)
    widths = np.array([image.layout.columns for image in images])[number]
    heights = np.array([image.layout.rows for image in images])[number]
    inside = (columns > -widths) & (rows > -heights) & (columns < size.width) & (rows < size.height)
    if not inside.any():
        raise UnreadableImage("all its tiles lie outside of its total pixel matrix" if len(inside) else "has no tiles")
    depths = np.concatenate([part.depths_um for part in parts])
    paths = np.concatenate([part.paths for part in parts])
    channels, focals = layers.numbers(columns, rows, depths, paths, inside=inside, is_base=is_base)
    table = TileTable(
        columns=columns.astype(np.int32),
        rows=rows.astype(np.int32),
        images=number.astype(np.int32),
        frames=np.concatenate([np.arange(count) for count in counts]).astype(np.int32),
        channels=channels,
        focals=focals,
    ).where(inside & (channels >= 0) & (focals >= 0))
    return table.where(_first_of_each(table))


def _first_of_each(table: TileTable) -> npt.NDArray[np.intp]:
    """Numbers of the tiles that are the first of their place."""
    layers = table.channels.astype(np.int64) * (int(table.focals.max(initial=0)) + 1) + table.focals
    _, first = np.unique(place_keys(table.columns, table.rows, layers), return_index=True)
    return np.sort(first)


def _stored_order(header: InstanceHeader) -> tuple[str, int, int]:
    return (
        known_text(header.dataset, "ConcatenationUID"),
        known_integer(header.dataset, "InConcatenationNumber") or 0,
        known_integer(header.dataset, "InstanceNumber") or 0,
    )


def _stored_image(header: InstanceHeader, *, is_tiled: bool) -> StoredImage:
    layout = read_layout(header.dataset)
    display = read_display(header.dataset, layout)
    return StoredImage(key=header.key, syntax=header.syntax, layout=layout, display=display, is_tiled=is_tiled)


# -- spacing -----------------------------------------------------------------------------------------------------


def _spacing_um(dataset: Dataset) -> tuple[float, float] | None:
    return _stated_spacing(dataset) or _spacing_from_volume(dataset)


def _stated_spacing(dataset: Dataset) -> tuple[float, float] | None:
    shared = items_of(dataset, "SharedFunctionalGroupsSequence")
    groups = shared[:1] or items_of(dataset, "PerFrameFunctionalGroupsSequence")[:1]
    measures = items_of(groups[0], "PixelMeasuresSequence") if groups else []
    for source in [*measures[:1], dataset]:
        for keyword in ("PixelSpacing", "ImagerPixelSpacing"):
            spacing = known_numbers(source, keyword, count=2)
            if spacing is not None and min(spacing) > 0:
                return spacing[1] * 1000, spacing[0] * 1000
    return None


def _spacing_from_volume(dataset: Dataset) -> tuple[float, float] | None:
    """From ImagedVolumeWidth and ImagedVolumeHeight (mm), which every slide has."""
    width = known_numbers(dataset, "ImagedVolumeWidth", count=1)
    height = known_numbers(dataset, "ImagedVolumeHeight", count=1)
    if not width or not height or not is_slide(dataset) or min(width[0], height[0]) <= 0:
        return None
    size = _matrix_size(dataset)
    return width[0] * 1000 / size.width, height[0] * 1000 / size.height
