"""A scan over the drawn retina: B-scans, layer borders and the segmentations a model would have returned for them.

``RetinaAnatomy`` (oct_anatomy.py) says what the eye looks like, ``OctPhantom`` where and how it is scanned, and
``oct_dicom.py`` writes the scan as DICOM. Any two scans of one eye show the same anatomy, whatever their directions.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ophtha_core.oct.enface import (
    HORIZONTAL_DIRECTIONS,
    VERTICAL_DIRECTIONS,
    Laterality,
    ScanDirection,
    ScanOrientation,
    ScanProtocol,
)
from ophtha_core.oct.importers.surfaces import Instance, SliceSegmentation, bands
from ophtha_core.phantoms.oct_anatomy import LAYERS, Lesion, RetinaAnatomy

TOP_BOTTOM_LEFT_RIGHT: Final = ScanOrientation(
    protocol=ScanProtocol.HORIZONTAL_3D,
    slice_direction=ScanDirection.TOP_BOTTOM,
    pixel_direction=ScanDirection.LEFT_RIGHT,
)
ORIENTATIONS: Final = tuple(
    ScanOrientation(protocol=protocol, slice_direction=across, pixel_direction=along)
    for protocol, slice_directions, pixel_directions in (
        (ScanProtocol.HORIZONTAL_3D, VERTICAL_DIRECTIONS, HORIZONTAL_DIRECTIONS),
        (ScanProtocol.VERTICAL_3D, HORIZONTAL_DIRECTIONS, VERTICAL_DIRECTIONS),
    )
    for across in slice_directions
    for along in pixel_directions
)
"""Every way a raster can lie on the retina."""

_VITREOUS, _CHOROID = 14, 120
_REFLECTIVITY = (205, 125, 140, 75, 130, 60, 150, 95, 225, 115, 240)
_VESSEL_SHADOW = 0.45


@dataclass(frozen=True, kw_only=True)
class OctPhantom:
    """A raster of parallel B-scans. Defaults: a macular volume of 6 x 6 mm, small enough for a test.

    ``centre_mm`` is the scan's centre from the fovea as (towards nasal, inferior), ``rotation_deg`` how far the raster
    is turned about it, clockwise on screen; ``noise_seed`` None draws clean.
    """

    anatomy: RetinaAnatomy = field(default_factory=RetinaAnatomy)
    orientation: ScanOrientation = TOP_BOTTOM_LEFT_RIGHT
    num_slices: int = 25
    columns: int = 96
    rows: int = 160
    slice_spacing_mm: float = 0.24
    pixel_spacing_column_mm: float = 0.0625
    pixel_spacing_row_mm: float = 0.0075
    centre_mm: tuple[float, float] = (0.0, 0.0)
    rotation_deg: float = 0.0
    noise_seed: int | None = None

    @property
    def laterality(self) -> Laterality:
        """The eye scanned."""
        return Laterality.RIGHT if self.anatomy.right_eye else Laterality.LEFT

    @property
    def horizontal(self) -> bool:
        """B-scans run from left to right; otherwise from superior to inferior."""
        return not self.orientation.is_vertical

    @property
    def slice_sign(self) -> float:
        """+1 when slices proceed inferiorly (or to the right), -1 otherwise."""
        return -1.0 if self.orientation.flips_slices else 1.0

    @property
    def column_sign(self) -> float:
        """+1 when columns proceed to the right (or inferiorly), -1 otherwise."""
        return -1.0 if self.orientation.flips_pixels else 1.0

    def scan_centre_mm(self) -> tuple[float, float]:
        """Centre of the scan in image coordinates (x, y)."""
        return self.anatomy.nasal_sign * self.centre_mm[0], self.centre_mm[1]

    def retina_mm(
        self, slice_index: NDArray[np.float64], column: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Image coordinates (x, y) of fractional (slice, column) indices, a cell's centre at whole numbers."""
        across_slices = self.slice_sign * (slice_index - (self.num_slices - 1) / 2) * self.slice_spacing_mm
        along_columns = self.column_sign * (column - (self.columns - 1) / 2) * self.pixel_spacing_column_mm
        x, y = (along_columns, across_slices) if self.horizontal else (across_slices, along_columns)
        x, y = _turned(x, y, self.rotation_deg)
        centre_x, centre_y = self.scan_centre_mm()
        return x + centre_x, y + centre_y

    def cells_mm(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Image coordinates (x, y) of every (slice, column)."""
        slices, columns = np.meshgrid(np.arange(self.num_slices), np.arange(self.columns), indexing="ij")
        return self.retina_mm(slices.astype(np.float64), columns.astype(np.float64))

    def boundaries_px(self) -> NDArray[np.float64]:
        """Rows of the twelve surfaces, shape (12, num_slices, columns)."""
        return self.anatomy.boundaries_um(*self.cells_mm()) / (1000.0 * self.pixel_spacing_row_mm)

    def layer_map_um(self, *layers: str) -> NDArray[np.float64]:
        """True thickness (num_slices, columns) of the sum of ``layers``; all of them when none is named."""
        x, y = self.cells_mm()
        maps = np.stack([self.anatomy.thickness_um(layer, x, y) for layer in layers or LAYERS])
        return np.asarray(maps.sum(axis=0), dtype=np.float64)

    def frames(self) -> Iterator[NDArray[np.uint8]]:
        """B-scans (rows, columns) in the order of the scan."""
        boundaries = self.boundaries_px()
        vessels = self.anatomy.vessel_mask(*self.cells_mm())
        for index in range(self.num_slices):
            yield self._frame(index, boundaries[:, index], vessels[index])

    def _frame(self, index: int, boundaries: NDArray[np.float64], vessels: NDArray[np.bool_]) -> NDArray[np.uint8]:
        row = np.arange(self.rows)[:, None, None]
        depth = np.sum(row >= boundaries.T[None], axis=2)
        shades = np.array((_VITREOUS, *_REFLECTIVITY, _CHOROID), dtype=np.float64)
        image = shades[depth]
        below = np.clip(row[:, :, 0] - boundaries[-1][None], 0, None) * self.pixel_spacing_row_mm
        image = np.where(depth == len(LAYERS) + 1, _CHOROID * np.exp(-below / 0.25), image)
        image = np.where(vessels[None] & (depth > 1), image * _VESSEL_SHADOW, image)
        if self.noise_seed is not None:
            speckle = np.random.default_rng((self.noise_seed, index)).rayleigh(0.8, image.shape)
            image = image * (0.6 + 0.4 * speckle)
        return np.asarray(np.clip(np.rint(image), 0, 255), dtype=np.uint8)

    def layers(self, *, with_ilm: bool = False) -> list[SliceSegmentation]:
        """Layer polygons of every slice; a layer the disc interrupts comes in several pieces.

        ``with_ilm`` adds the inner limiting membrane as a thin class of its own, which also lines the cup.
        """
        boundaries = self.boundaries_px()
        slices = [self._slice([*_layer_polygons(boundaries[:, index])]) for index in range(self.num_slices)]
        for index, segmentation in enumerate(slices if with_ilm else ()):
            segmentation["instances"] += _bands("ilm", boundaries[0, index], boundaries[0, index] + 1.0)
        return slices

    def pathologies(self) -> list[SliceSegmentation]:
        """Lesion polygons of every slice."""
        x, y = self.cells_mm()
        bruch = self.anatomy.bruch_depth_um(x, y)
        to_rows = 1.0 / (1000.0 * self.pixel_spacing_row_mm)
        answer: list[list[Instance]] = [[] for _ in range(self.num_slices)]
        for lesion in self.anatomy.lesions:
            thickness = self.anatomy.lesion_um(lesion, x, y)
            bottom = (bruch - lesion.above_bruch_um) * to_rows
            top = bottom - thickness * to_rows
            for index in range(self.num_slices):
                answer[index].extend(_bands(lesion.name, top[index], bottom[index]))
        return [self._slice(instances) for instances in answer]

    def lesion_map_um(self, lesion: Lesion) -> NDArray[np.float64]:
        """True thickness (num_slices, columns) of one lesion."""
        return self.anatomy.lesion_um(lesion, *self.cells_mm())

    def nerve_landmarks(self) -> list[list[list[float]]]:
        """Per slice ``[[x, y]] * 3`` (two ends of Bruch's membrane and their middle), or ``[]`` off the disc.

        Of rasters that are not turned.
        """
        return [self._opening(index) for index in range(self.num_slices)]

    def fovea_cell(self) -> tuple[float, float]:
        """The fovea as fractional (column, slice), the order of ``exam_center_coordinate_xz``."""
        centre_x, centre_y = self.scan_centre_mm()
        x, y = (float(each) for each in _turned(np.float64(-centre_x), np.float64(-centre_y), -self.rotation_deg))
        along, across = (x, y) if self.horizontal else (y, x)
        column = self.column_sign * along / self.pixel_spacing_column_mm + (self.columns - 1) / 2
        return column, self.slice_sign * across / self.slice_spacing_mm + (self.num_slices - 1) / 2

    def _opening(self, index: int) -> list[list[float]]:
        centre_x, centre_y = self.anatomy.disc_centre_mm()
        horizontal_mm, vertical_mm = self.anatomy.disc.semi_axes_mm
        slices = np.full(2, float(index))
        x, y = self.retina_mm(slices, np.array([0.0, self.columns - 1.0]))
        if self.horizontal:
            reach, half_mm, off_mm = horizontal_mm, vertical_mm, y[0] - centre_y
            centre_mm, first_mm = centre_x, x[0]
        else:
            reach, half_mm, off_mm = vertical_mm, horizontal_mm, x[0] - centre_x
            centre_mm, first_mm = centre_y, y[0]
        if abs(off_mm) >= half_mm:
            return []
        half_chord = reach * np.sqrt(1.0 - (off_mm / half_mm) ** 2)
        ends = np.array([centre_mm - half_chord, centre_mm, centre_mm + half_chord])
        columns = np.sort(self.column_sign * (ends - first_mm) / self.pixel_spacing_column_mm)
        if columns[0] < 0 or columns[2] > self.columns - 1:
            return []
        at_x, at_y = self.retina_mm(np.full(3, float(index)), columns)
        rows = self.anatomy.bruch_depth_um(at_x, at_y) / (1000.0 * self.pixel_spacing_row_mm)
        return [[float(column), float(row)] for column, row in zip(columns, rows, strict=True)]

    def _slice(self, instances: list[Instance]) -> SliceSegmentation:
        return {"instances": instances, "metadata": {"width": self.columns, "height": self.rows}}


def _turned(
    x: NDArray[np.float64] | np.float64, y: NDArray[np.float64] | np.float64, angle_deg: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Clockwise on screen."""
    if not angle_deg:
        return np.asarray(x), np.asarray(y)
    turn = np.radians(angle_deg)
    return np.asarray(x * np.cos(turn) - y * np.sin(turn)), np.asarray(x * np.sin(turn) + y * np.cos(turn))


def disc_phantom(anatomy: RetinaAnatomy, *, num_slices: int = 41, columns: int = 100, rows: int = 180) -> OctPhantom:
    """A scan of 5 x 5 mm centred on the disc, wide enough for the peripapillary circle."""
    return OctPhantom(
        anatomy=anatomy,
        centre_mm=anatomy.disc.centre_mm,
        num_slices=num_slices,
        columns=columns,
        rows=rows,
        slice_spacing_mm=5.0 / num_slices,
        pixel_spacing_column_mm=5.0 / columns,
    )


def _layer_polygons(boundaries: NDArray[np.float64]) -> Iterator[Instance]:
    for layer, (top, bottom) in zip(LAYERS, pairwise(boundaries), strict=True):
        yield from _bands(layer, top, bottom)


def _bands(name: str, top: NDArray[np.float64], bottom: NDArray[np.float64]) -> Iterator[Instance]:
    """Polygons of the columns where the band is not empty."""
    return bands(name, np.where(bottom - top > 1e-9, top, np.nan), bottom)
