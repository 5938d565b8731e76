"""A whole-slide image as an index: which frame of which instance holds which part of which level.

Positions are pixels of a level's total pixel matrix, origin top-left, counted from 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt
from pydicom.uid import UID

from ophtha_core.dicom.layout import PixelLayout
from ophtha_core.errors import UnreadableImage
from ophtha_core.slides.display import Display

Column = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class StoredImage:
    """One SOP instance that holds frames; ``key`` is the caller's name for it.

    Frames of one that ``is_tiled`` may be smaller than the layout says: some writers cut those at the border.
    """

    key: str
    syntax: UID
    layout: PixelLayout
    display: Display
    is_tiled: bool = False


@dataclass(frozen=True, slots=True)
class Tile:
    """A frame (from 0) of an instance and the position of its top-left pixel in the level."""

    column: int
    row: int
    image: StoredImage
    frame: int


@dataclass(frozen=True, slots=True)
class Plane:
    """One picture of a slide: an optical path and a focal plane, by their number in the slide, from 0."""

    channel: int = 0
    focal: int = 0


FIRST_PLANE: Final = Plane()


@dataclass(frozen=True, eq=False)
class TileTable:
    """Tiles as columns of numbers: a slide may have a million. ``images`` count the instances of the level."""

    columns: Column
    rows: Column
    images: Column
    frames: Column
    channels: Column
    focals: Column

    def __len__(self) -> int:
        return len(self.columns)

    def where(self, chosen: npt.NDArray[np.generic]) -> "TileTable":
        """The tiles of a mask, or those of given numbers in their order."""
        return TileTable(
            columns=self.columns[chosen],
            rows=self.rows[chosen],
            images=self.images[chosen],
            frames=self.frames[chosen],
            channels=self.channels[chosen],
            focals=self.focals[chosen],
        )

    def of_plane(self, plane: Plane) -> "TileTable":
        return self.where((self.channels == plane.channel) & (self.focals == plane.focal))


@dataclass(frozen=True, eq=False)
class SlideLevel:
    """One resolution; its tiles need not cover all of it.

    A pixel of it stands for ``factor`` x ``factor`` pixels of the largest level; None where that is no whole number.
    """

    width_px: int
    height_px: int
    factor: int | None
    images: tuple[StoredImage, ...]
    table: TileTable

    @property
    def tiles(self) -> Sequence[Tile]:
        return [self._tile(number) for number in range(len(self.table))]

    @property
    def first_tile(self) -> Tile:
        return self._tile(0)

    def tiles_within(self, *, left: int, top: int, right: int, bottom: int) -> list[Tile]:
        """The tiles that share pixels with a rectangle."""
        table = self.table
        widths = np.array([image.layout.columns for image in self.images], dtype=np.int32)[table.images]
        heights = np.array([image.layout.rows for image in self.images], dtype=np.int32)[table.images]
        near = (table.columns < right) & (table.rows < bottom)
        near &= (table.columns + widths > left) & (table.rows + heights > top)
        return [self._tile(number) for number in np.flatnonzero(near)]

    def of_plane(self, plane: Plane) -> "SlideLevel":
        return replace(self, table=self.table.of_plane(plane))

    def shown_with(self, display: Display) -> "SlideLevel":
        return replace(self, images=tuple(replace(image, display=display) for image in self.images))

    def _tile(self, number: int | np.signedinteger) -> Tile:
        table = self.table
        return Tile(
            column=int(table.columns[number]),
            row=int(table.rows[number]),
            image=self.images[table.images[number]],
            frame=int(table.frames[number]),
        )


@dataclass(frozen=True)
class SlidePyramid:
    """Levels of one plane, the largest first. ``spacing_um`` is the pixel size (x, y) of the largest, if known."""

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
        return self.levels[0].first_tile.image

    def shown_with(self, display: Display) -> "SlidePyramid":
        """The same pixels, their values shown in another way."""
        return replace(self, levels=tuple(level.shown_with(display) for level in self.levels))


class Associated(StrEnum):
    """Pictures that belong to a slide and are no part of its pyramid."""

    LABEL = "label"
    OVERVIEW = "overview"
    THUMBNAIL = "thumbnail"


@dataclass(frozen=True)
class LevelFault:
    """Why a level, or a part of a slide that should be one, cannot be shown. Sizes in pixels, None where unknown."""

    width_px: int | None
    height_px: int | None
    reason: str

    def __str__(self) -> str:
        size = "" if self.width_px is None else f"the level of {self.width_px} x {self.height_px} pixels: "
        return size + self.reason


@dataclass(frozen=True)
class Slide:
    """All that one series holds of a slide. The size is that of its largest level, even when that cannot be shown.

    ``channels`` are the identifiers of optical paths, ``depths_um`` the places of focal planes, the lowest first.
    """

    width_px: int | None
    height_px: int | None
    levels: tuple[SlideLevel, ...]
    spacing_um: tuple[float, float] | None
    channels: tuple[str, ...]
    depths_um: tuple[float, ...]
    faults: tuple[LevelFault, ...]
    associated: Mapping[Associated, StoredImage]

    @property
    def fault(self) -> str | None:
        """Why nothing of the slide can be shown; None where something can."""
        if self._has_base:
            return None
        return "; ".join(map(str, self.faults)) or "the slide has no tiles"

    @property
    def planes(self) -> tuple[Plane, ...]:
        return tuple(
            Plane(channel, focal) for channel in range(len(self.channels)) for focal in range(len(self.depths_um))
        )

    def pyramid(self, plane: Plane = FIRST_PLANE) -> SlidePyramid:
        """One plane of the slide. Raises UnreadableImage, saying why, when it cannot be shown."""
        if self.fault is not None:
            raise UnreadableImage(self.fault)
        levels = [level.of_plane(plane) for level in self.levels]
        if not len(levels[0].table):
            raise UnreadableImage(f"the slide has no tiles in channel {plane.channel}, focal plane {plane.focal}")
        return SlidePyramid(levels=tuple(level for level in levels if len(level.table)), spacing_um=self.spacing_um)

    @property
    def _has_base(self) -> bool:
        return bool(self.levels) and (self.levels[0].width_px, self.levels[0].height_px) == (
            self.width_px,
            self.height_px,
        )
