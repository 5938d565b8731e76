"""Where the slices of one side lie on one uniform grid: spacing, gaps, shear."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from registration.errors import InvalidContent
from registration.settings import InputSettings
from registration.slices import Side, Slice, Vector
from registration.spacing import Gap, plan_spacing


@dataclass(frozen=True)
class Share:
    """What one slice has of one plane: ``weight`` (0 to 1) of each of its ``rows``; the slice before has the rest."""

    plane: int
    rows: slice
    weight: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A uniform grid and the slices that fill it.

    ``slices`` lie ``heights_mm`` above the first plane of the grid where their first row is, and every row ``lean_mm``
    higher than the one before (0 unless the gantry was tilted). ``offsets_px`` are the (column, row) offsets of each
    slice from the grid's corner. ``source_of_plane`` is, per plane, the slice that lies on it or ``None``; ``gaps_mm``
    are the ends of the stretches above the first plane in which slices are missing.
    """

    slices: tuple[Slice, ...]
    heights_mm: Vector
    lean_mm: float
    source_of_plane: tuple[int | None, ...]
    gaps_mm: tuple[Gap, ...]
    offsets_px: NDArray[np.float64]
    rows: int
    columns: int
    row_spacing_mm: float
    origin_mm: Vector
    direction: NDArray[np.float64]
    """Columns are the grid's axes in LPS: along a row, down a column, along the normal."""
    slice_spacing_mm: float
    warnings: tuple[str, ...]

    @property
    def plane_count(self) -> int:
        return len(self.source_of_plane)

    @property
    def column_spacing_mm(self) -> float:
        return self.slices[0].column_spacing_mm

    def placed(self, values: NDArray[np.generic], *, index: int, beyond: int) -> NDArray[np.generic]:
        """``values`` (int16 or bool) of slice ``index`` moved to where they lie on the grid; ``beyond`` is the rest."""
        column, row = (float(value) for value in self.offsets_px[index])
        if (column, row) == (0.0, 0.0) and values.shape == (self.rows, self.columns):
            return values
        shift = np.array([[1, 0, column], [0, 1, row]])
        size = self.columns, self.rows
        moved = cv2.warpAffine(
            values.astype(np.int16), shift, size, flags=cv2.INTER_LINEAR, borderValue=(float(beyond),)
        )
        return moved.astype(values.dtype)

    def shares(self, index: int) -> Iterator[Share]:
        """Of slice ``index`` in the planes between it and the one before."""
        end = float(self.heights_mm[index])
        if index == 0:
            start, first = end, True
        else:
            start, first = float(self.heights_mm[index - 1]), False
        lowest = start + min(0.0, self.lean_mm * (self.rows - 1))
        highest = end + max(0.0, self.lean_mm * (self.rows - 1))
        low = max(0, math.floor(lowest / self.slice_spacing_mm))
        high = min(self.plane_count - 1, math.ceil(highest / self.slice_spacing_mm))
        for plane in range(low, high + 1):
            if self.lean_mm == 0 and self.source_of_plane[plane] is not None:
                if self.source_of_plane[plane] == index:
                    yield Share(plane, slice(0, self.rows), np.ones((self.rows, 1), dtype=np.float32))
                continue
            height = plane * self.slice_spacing_mm - self.lean_mm * np.arange(self.rows)
            inside = (height == end) if first else (height > start) & (height <= end)
            within = np.nonzero(inside)[0]
            if len(within):
                rows = slice(int(within[0]), int(within[-1]) + 1)
                weight = np.ones(len(within)) if first else (height[rows] - start) / (end - start)
                yield Share(plane, rows, weight.astype(np.float32)[:, None])


def plan_stack(slices: tuple[Slice, ...], *, side: Side, settings: InputSettings) -> Stack:
    """Lay the grid for ``slices``, sorted by position along their normal. Raises :class:`InvalidContent`."""
    first = slices[0]
    _check_count(len(slices), side=side, settings=settings)
    along = np.array([(part.position_mm - first.position_mm) @ first.normal for part in slices])
    if along[-1] < settings.minimum_extent_mm:
        raise InvalidContent(
            f"{side}: the slices cover {along[-1]:.1f} mm, at least {settings.minimum_extent_mm:g} mm are needed"
        )
    offsets_px = np.array([_lateral_px(part, first) for part in slices])
    warnings = _check_axial(slices, offsets_px, along, side=side, settings=settings)
    if np.ptp(offsets_px, axis=0).max() <= settings.lateral_tolerance_px:
        offsets_px = np.zeros_like(offsets_px)
    elif _leans_about_x(slices):
        return _axial_stack(slices, warnings, side=side, settings=settings)
    corner = np.floor(offsets_px.min(axis=0))
    extra = np.ceil(offsets_px.max(axis=0) - corner).astype(int)
    spacing = plan_spacing(along, [part.name for part in slices], side=side, settings=settings)
    return Stack(
        slices=slices,
        heights_mm=along,
        lean_mm=0.0,
        source_of_plane=spacing.slice_of_plane,
        gaps_mm=spacing.gaps_mm,
        offsets_px=offsets_px - corner,
        rows=first.shape[0] + int(extra[1]),
        columns=first.shape[1] + int(extra[0]),
        row_spacing_mm=first.row_spacing_mm,
        origin_mm=first.position_mm
        + corner[0] * first.column_spacing_mm * first.row_direction
        + corner[1] * first.row_spacing_mm * first.column_direction,
        direction=np.stack([first.row_direction, first.column_direction, first.normal], axis=1),
        slice_spacing_mm=spacing.spacing_mm,
        warnings=(*warnings, *spacing.warnings),
    )


def _axial_stack(slices: tuple[Slice, ...], warnings: list[str], *, side: Side, settings: InputSettings) -> Stack:
    """Slices of a tilted gantry on planes across the table: every row is sheared to its own height."""
    first = slices[0]
    up = math.copysign(1.0, first.normal[2])
    heights = np.array([up * (part.position_mm - first.position_mm)[2] for part in slices])
    lean_mm = up * float(first.column_direction[2]) * first.row_spacing_mm
    spacing = plan_spacing(heights, [part.name for part in slices], side=side, settings=settings)
    reach_mm = lean_mm * (first.shape[0] - 1)
    below = math.ceil(max(0.0, -reach_mm) / spacing.spacing_mm)
    count = below + math.ceil((heights[-1] + max(0.0, reach_mm)) / spacing.spacing_mm) + 1
    lowest_mm = below * spacing.spacing_mm
    across = math.hypot(float(first.column_direction[0]), float(first.column_direction[1]))
    normal = np.array([0.0, 0.0, up])
    down = np.array([0.0, math.copysign(1.0, float(first.column_direction[1])), 0.0])
    return Stack(
        slices=slices,
        heights_mm=heights + lowest_mm,
        lean_mm=lean_mm,
        source_of_plane=(None,) * count,
        gaps_mm=tuple((low + lowest_mm, high + lowest_mm) for low, high in spacing.gaps_mm),
        offsets_px=np.zeros((len(slices), 2)),
        rows=first.shape[0],
        columns=first.shape[1],
        row_spacing_mm=first.row_spacing_mm * across,
        origin_mm=first.position_mm - lowest_mm * normal,
        direction=np.stack([np.array([math.copysign(1.0, float(first.row_direction[0])), 0, 0]), down, normal], axis=1),
        slice_spacing_mm=spacing.spacing_mm,
        warnings=(*warnings, *spacing.warnings),
    )


def _check_count(count: int, *, side: Side, settings: InputSettings) -> None:
    if count < settings.minimum_slices:
        raise InvalidContent(f"{side}: {count} slices given, at least {settings.minimum_slices} are needed")
    if count > settings.maximum_slices:
        raise InvalidContent(f"{side}: {count} slices given, at most {settings.maximum_slices} are accepted")


def _lateral_px(part: Slice, first: Slice) -> NDArray[np.float64]:
    """(column, row) offset of a slice's corner from the first slice's, within the slice plane."""
    step = part.position_mm - first.position_mm
    return np.array(
        [step @ first.row_direction / first.column_spacing_mm, step @ first.column_direction / first.row_spacing_mm]
    )


def _leans_about_x(slices: tuple[Slice, ...]) -> bool:
    """Whether rows run across the patient and the slices step along the table, as under a tilted gantry."""
    step = slices[-1].position_mm - slices[0].position_mm
    return abs(float(slices[0].row_direction[0])) > 1 - 1e-4 and abs(float(step[2])) > (1 - 1e-4) * float(
        np.linalg.norm(step)
    )


def _angle_to_body_axis_deg(direction: Vector) -> float:
    return float(np.degrees(np.arccos(min(1.0, abs(float(direction[2] / np.linalg.norm(direction)))))))


def _check_axial(
    slices: tuple[Slice, ...], offsets_px: NDArray[np.float64], along: Vector, *, side: Side, settings: InputSettings
) -> list[str]:
    """Warnings about shear; raises :class:`InvalidContent` for slices that are not axial or do not line up."""
    tilt_deg = _angle_to_body_axis_deg(slices[0].normal)
    step = slices[-1].position_mm - slices[0].position_mm
    sheared = float(np.ptp(offsets_px, axis=0).max()) > settings.lateral_tolerance_px
    steps_along_body = _angle_to_body_axis_deg(step) <= settings.maximum_tilt_deg
    if tilt_deg > settings.maximum_gantry_tilt_deg or (
        tilt_deg > settings.maximum_tilt_deg and not (sheared and steps_along_body)
    ):
        raise InvalidContent(
            f"{side}: the slices are tilted by {tilt_deg:.0f} degrees, axial slices within "
            f"{settings.maximum_tilt_deg:g} are needed"
        )
    if not sheared:
        return []
    straight = along[:, None] * offsets_px[-1] / along[-1]
    stray = np.abs(offsets_px - straight).max(axis=1)
    if stray.max() > 0.5:
        raise InvalidContent(f"{slices[int(stray.argmax())].name} lies beside the other slices")
    slope_deg = math.degrees(math.atan2(float(np.linalg.norm(np.cross(step, slices[0].normal))), abs(float(along[-1]))))
    return [f"{side}: the stack leans by {slope_deg:.1f} degrees (gantry tilt) and was straightened"]
