"""Where each tile of a whole-slide image is stored, read from headers (PS3.3 sections C.8.12.4, C.8.12.6, C.7.6.17).

Positions are pixels of a level's total pixel matrix, origin top-left, counted from 0.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.uid import UID

from ophtha_core.dicom.layout import PixelLayout, read_layout
from ophtha_core.dicom.reading import integer_of, items_of, known_integer, known_numbers, known_text, known_value
from ophtha_core.errors import UnreadableImage
from ophtha_core.slides.display import Display, read_display

LARGEST_TILE_COUNT: Final = 2**20
"""Of one level: a slide of 250,000 x 250,000 pixels in the usual tiles."""
LARGEST_SIDE_PX: Final = 2**21
LARGEST_PIXELS: Final = 2**38
"""Of a level: half a metre a side at a quarter of a micrometre, and a hundred times the largest slides there are."""

_NO_VOLUME: Final = {"LABEL", "OVERVIEW", "THUMBNAIL"}
_TILED_FULL: Final = "TILED_FULL"
# Levels are rounded to whole pixels: aspect ratios differ by what rounding does to the smaller side.
_ASPECT_TOLERANCE_PX: Final = 2


@dataclass(frozen=True, slots=True)
class StoredImage:
    """One SOP instance that holds frames; ``key`` is the caller's name for it."""

    key: str
    syntax: UID
    layout: PixelLayout
    display: Display


@dataclass(frozen=True, slots=True)
class Tile:
    """A frame (from 0) of an instance and the position of its top-left pixel in the level."""

    column: int
    row: int
    image: StoredImage
    frame: int


@dataclass(frozen=True)
class SlideLevel:
    """One resolution; ``tiles`` need not cover all of it."""

    width_px: int
    height_px: int
    tiles: tuple[Tile, ...]

    @cached_property
    def _borders(self) -> npt.NDArray[np.int64]:
        """Left, top, right, bottom of each tile, shape (4, tiles)."""
        return np.array(
            [
                (tile.column, tile.row, tile.column + tile.image.layout.columns, tile.row + tile.image.layout.rows)
                for tile in self.tiles
            ],
            dtype=np.int64,
        ).T

    def tiles_within(self, *, left: int, top: int, right: int, bottom: int) -> list[Tile]:
        """The tiles that share pixels with a rectangle."""
        tile_left, tile_top, tile_right, tile_bottom = self._borders
        near = (tile_left < right) & (tile_top < bottom) & (tile_right > left) & (tile_bottom > top)
        return [self.tiles[index] for index in np.flatnonzero(near)]


@dataclass(frozen=True)
class SlidePyramid:
    """Levels of one image, the largest first. ``spacing_um`` is the pixel size (x, y) of the largest, if known."""

    levels: tuple[SlideLevel, ...]
    spacing_um: tuple[float, float] | None

    @property
    def width_px(self) -> int:
        return self.levels[0].width_px

    @property
    def height_px(self) -> int:
        return self.levels[0].height_px

    @property
    def base_image(self) -> StoredImage:
        """An instance of the largest level."""
        return self.levels[0].tiles[0].image


@dataclass(frozen=True)
class InstanceHeader:
    """Headers of one instance (no pixel data needed) with its transfer syntax."""

    key: str
    dataset: Dataset
    syntax: UID


def is_slide(dataset: Dataset) -> bool:
    """Whether an instance is a tile-wise stored part of a larger image."""
    return (known_integer(dataset, "TotalPixelMatrixColumns") or 0) > 0 and "TotalPixelMatrixRows" in dataset


def read_pyramid(headers: Iterable[InstanceHeader]) -> SlidePyramid:
    """The pyramid of one series. Labels, overviews and thumbnails are left out.

    Raises UnreadableImage when nothing is left or a header is broken.
    """
    by_size: dict[tuple[int, int], list[InstanceHeader]] = {}
    for header in headers:
        if is_slide(header.dataset) and not _NO_VOLUME & set(_image_type(header.dataset)):
            by_size.setdefault(_matrix_size(header.dataset), []).append(header)
    if not by_size:
        raise UnreadableImage("the series holds no volume image of a slide")
    largest = max(by_size, key=lambda size: size[0] * size[1])
    levels = [
        _level(size, parts)
        for size, parts in sorted(by_size.items(), key=lambda item: -item[0][0] * item[0][1])
        if _same_aspect(largest, size)
    ]
    filled = tuple(level for level in levels if level.tiles)
    if not filled:
        raise UnreadableImage("the slide has no tiles")
    return SlidePyramid(levels=filled, spacing_um=_spacing_um(by_size[largest][0].dataset))


def frame_pyramid(header: InstanceHeader, *, frame: int) -> SlidePyramid:
    """Any other image: one frame (from 0) as a pyramid of one level with one tile."""
    layout = read_layout(header.dataset)
    if not 0 <= frame < layout.frames:
        raise UnreadableImage(f"the image has {layout.frames} frames, frame {frame + 1} was asked for")
    image = StoredImage(
        key=header.key, syntax=header.syntax, layout=layout, display=read_display(header.dataset, layout)
    )
    level = SlideLevel(
        width_px=layout.columns, height_px=layout.rows, tiles=(Tile(column=0, row=0, image=image, frame=frame),)
    )
    return SlidePyramid(levels=(level,), spacing_um=_spacing_um(header.dataset))


def _level(size: tuple[int, int], parts: list[InstanceHeader]) -> SlideLevel:
    """Instances of one size: concatenated parts, or several that hold other tiles; the first of a position counts."""
    tiles: dict[tuple[int, int], Tile] = {}
    for part in sorted(parts, key=_stored_order):
        for tile in _tiles(part, size):
            tiles.setdefault((tile.column, tile.row), tile)
            if len(tiles) > LARGEST_TILE_COUNT:
                raise UnreadableImage(f"a level has more than {LARGEST_TILE_COUNT} tiles")
    return SlideLevel(width_px=size[0], height_px=size[1], tiles=tuple(tiles.values()))


def _stored_order(header: InstanceHeader) -> tuple[str, int, int]:
    return (
        known_text(header.dataset, "ConcatenationUID"),
        known_integer(header.dataset, "InConcatenationNumber") or 0,
        known_integer(header.dataset, "InstanceNumber") or 0,
    )


def _tiles(header: InstanceHeader, size: tuple[int, int]) -> Iterator[Tile]:
    layout = read_layout(header.dataset)
    image = StoredImage(
        key=header.key, syntax=header.syntax, layout=layout, display=read_display(header.dataset, layout)
    )
    groups = items_of(header.dataset, "PerFrameFunctionalGroupsSequence")
    positions = _listed_positions(groups) if groups else None
    if positions is None or known_text(header.dataset, "DimensionOrganizationType") == _TILED_FULL:
        positions = _full_positions(header.dataset, layout, size)
    elif len(positions) != layout.frames:
        raise UnreadableImage(f"NumberOfFrames is {layout.frames}, {len(positions)} frames have a position")
    for frame, position in enumerate(positions):
        if position is not None:
            column, row = position
            if not (-layout.columns < column < size[0] and -layout.rows < row < size[1]):
                raise UnreadableImage("a tile lies outside the total pixel matrix")
            yield Tile(column=column, row=row, image=image, frame=frame)


def _listed_positions(groups: list[Dataset]) -> list[tuple[int, int] | None] | None:
    """Position of each frame; None for frames of another focal plane or optical path than the first frame's."""
    positions: list[tuple[int, int] | None] = []
    first_layer: tuple[str, float] | None = None
    for group in groups:
        places = items_of(group, "PlanePositionSlideSequence")
        if not places:
            return None
        column = integer_of(places[0], "ColumnPositionInTotalImagePixelMatrix")
        row = integer_of(places[0], "RowPositionInTotalImagePixelMatrix")
        if column is None or row is None:
            raise UnreadableImage("PlanePositionSlideSequence lacks a position in the total pixel matrix")
        layer = _layer(group, places[0])
        if first_layer is None:
            first_layer = layer
        positions.append((column - 1, row - 1) if layer == first_layer else None)
    return positions


def _layer(group: Dataset, place: Dataset) -> tuple[str, float]:
    paths = items_of(group, "OpticalPathIdentificationSequence")
    path = known_text(paths[0], "OpticalPathIdentifier") if paths else ""
    depth = known_numbers(place, "ZOffsetInSlideCoordinateSystem", count=1)
    return path, round(depth[0], 6) if depth else 0.0


def _full_positions(dataset: Dataset, layout: PixelLayout, size: tuple[int, int]) -> list[tuple[int, int] | None]:
    """TILED_FULL: row by row, then focal planes, then optical paths; only the first of both is shown."""
    across = -(-size[0] // layout.columns)
    down = -(-size[1] // layout.rows)
    first = integer_of(dataset, "ConcatenationFrameOffsetNumber") or 0
    shown = range(first, min(first + layout.frames, across * down))
    return [(number % across * layout.columns, number // across * layout.rows) for number in shown]


def _matrix_size(dataset: Dataset) -> tuple[int, int]:
    width = integer_of(dataset, "TotalPixelMatrixColumns")
    height = integer_of(dataset, "TotalPixelMatrixRows")
    if not width or not height or width < 1 or height < 1:
        raise UnreadableImage("the total pixel matrix has no size")
    if max(width, height) > LARGEST_SIDE_PX or width * height > LARGEST_PIXELS:
        raise UnreadableImage(f"the total pixel matrix has {width} x {height} pixels, which no scanner makes")
    return width, height


def _same_aspect(largest: tuple[int, int], size: tuple[int, int]) -> bool:
    return abs(size[0] * largest[1] - size[1] * largest[0]) <= _ASPECT_TOLERANCE_PX * max(largest)


def _image_type(dataset: Dataset) -> list[str]:
    value = known_value(dataset, "ImageType")
    if value is None:
        return []
    return [str(each).strip().upper() for each in ([value] if isinstance(value, str) else value)]  # type: ignore[attr-defined]


def _spacing_um(dataset: Dataset) -> tuple[float, float] | None:
    shared = items_of(dataset, "SharedFunctionalGroupsSequence")
    groups = shared[:1] or items_of(dataset, "PerFrameFunctionalGroupsSequence")[:1]
    measures = items_of(groups[0], "PixelMeasuresSequence") if groups else []
    for source in [*measures[:1], dataset]:
        for keyword in ("PixelSpacing", "ImagerPixelSpacing"):
            spacing = known_numbers(source, keyword, count=2)
            if spacing is not None and min(spacing) > 0:
                return spacing[1] * 1000, spacing[0] * 1000
    return _spacing_from_volume(dataset)


def _spacing_from_volume(dataset: Dataset) -> tuple[float, float] | None:
    """From ImagedVolumeWidth and ImagedVolumeHeight (mm), which every slide has."""
    width = known_numbers(dataset, "ImagedVolumeWidth", count=1)
    height = known_numbers(dataset, "ImagedVolumeHeight", count=1)
    if not width or not height or not is_slide(dataset) or min(width[0], height[0]) <= 0:
        return None
    columns, rows = _matrix_size(dataset)
    return width[0] * 1000 / columns, height[0] * 1000 / rows
