"""Where the slices of one side lie on one uniform grid: order, spacing, gaps, shear."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from registration.errors import InvalidContent
from registration.settings import InputSettings
from registration.slices import Side, Slice, Vector


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A uniform grid along the slice normal and the slices that fill it.

    ``groups`` are the slices by rising position along the normal, those at one position together.
    ``group_positions_mm`` are counted from the first; ``offsets_px`` are the (column, row) offsets of each group from
    the grid's corner. ``group_of_plane`` is, per plane of the grid, the group that lies on it or ``None``.
    """

    groups: tuple[tuple[Slice, ...], ...]
    group_positions_mm: Vector
    group_of_plane: tuple[int | None, ...]
    offsets_px: NDArray[np.float64]
    rows: int
    columns: int
    origin_mm: Vector
    slice_spacing_mm: float
    warnings: tuple[str, ...]

    @property
    def plane_count(self) -> int:
        return len(self.group_of_plane)

    @property
    def row_spacing_mm(self) -> float:
        return self.groups[0][0].row_spacing_mm

    @property
    def column_spacing_mm(self) -> float:
        return self.groups[0][0].column_spacing_mm

    @property
    def direction(self) -> NDArray[np.float64]:
        """Columns are the grid's axes in LPS: along a row, down a column, along the normal."""
        first = self.groups[0][0]
        return np.stack([first.row_direction, first.column_direction, first.normal], axis=1)

    def placed(self, values: NDArray[np.int16], *, index: int, air_hu: int) -> NDArray[np.int16]:
        """``values`` of group ``index`` moved to where it lies on the grid."""
        column, row = (float(value) for value in self.offsets_px[index])
        if (column, row) == (0.0, 0.0) and values.shape == (self.rows, self.columns):
            return values
        shift = np.array([[1, 0, column], [0, 1, row]])
        moved = cv2.warpAffine(
            values, shift, (self.columns, self.rows), flags=cv2.INTER_LINEAR, borderValue=(float(air_hu),)
        )
        return np.asarray(moved, dtype=np.int16)

    def planes_up_to(self, index: int) -> Iterator[tuple[int, float]]:
        """Planes after group ``index - 1`` up to group ``index``, with the weight (0 to 1) of group ``index``."""
        end = self.group_positions_mm[index]
        start = self.group_positions_mm[index - 1] if index else -math.inf
        for plane, group in enumerate(self.group_of_plane):
            position = plane * self.slice_spacing_mm
            if group == index:
                yield plane, 1.0
            elif group is None and start < position < end:
                yield plane, float((position - start) / (end - start))


def plan_stack(slices: tuple[Slice, ...], *, side: Side, settings: InputSettings) -> Stack:
    """Sort ``slices`` by position and lay the grid. Raises :class:`InvalidContent`."""
    first = slices[0]
    along = np.array([part.position_mm @ first.normal for part in slices])
    order = np.argsort(along, kind="stable")
    groups: list[list[Slice]] = []
    positions: list[float] = []
    for index in order:
        if positions and along[index] - positions[-1] <= settings.duplicate_tolerance_mm:
            groups[-1].append(slices[index])
        else:
            groups.append([slices[index]])
            positions.append(float(along[index]))
    _check_count(len(groups), side=side, settings=settings)
    starts = [group[0] for group in groups]
    offsets_px = _lateral_offsets_px(starts)
    for group, offset in zip(groups, offsets_px, strict=True):
        for part in group[1:]:
            if np.abs(_lateral_px(part, starts[0]) - offset).max() > settings.lateral_tolerance_px:
                raise InvalidContent(f"{part.name} lies at the same height as {group[0].name}, but beside it")
    warnings = _check_axial(starts, offsets_px, side=side, settings=settings)
    if np.ptp(offsets_px, axis=0).max() <= settings.lateral_tolerance_px:
        offsets_px = np.zeros_like(offsets_px)
    corner = np.floor(offsets_px.min(axis=0))
    extra = np.ceil(offsets_px.max(axis=0) - corner).astype(int)
    from_first = np.array(positions) - positions[0]
    spacing_mm, group_of_plane, spacing_warnings = _uniform_planes(from_first, starts, side=side, settings=settings)
    return Stack(
        groups=tuple(tuple(group) for group in groups),
        group_positions_mm=from_first,
        group_of_plane=group_of_plane,
        offsets_px=offsets_px - corner,
        rows=first.shape[0] + int(extra[1]),
        columns=first.shape[1] + int(extra[0]),
        origin_mm=starts[0].position_mm
        + corner[0] * first.column_spacing_mm * first.row_direction
        + corner[1] * first.row_spacing_mm * first.column_direction,
        slice_spacing_mm=spacing_mm,
        warnings=(*warnings, *spacing_warnings),
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


def _lateral_offsets_px(starts: list[Slice]) -> NDArray[np.float64]:
    return np.array([_lateral_px(part, starts[0]) for part in starts])


def _angle_to_body_axis_deg(direction: Vector) -> float:
    return float(np.degrees(np.arccos(min(1.0, abs(float(direction[2] / np.linalg.norm(direction)))))))


def _check_axial(
    starts: list[Slice], offsets_px: NDArray[np.float64], *, side: Side, settings: InputSettings
) -> list[str]:
    """Warnings about shear; raises :class:`InvalidContent` for slices that are not axial or do not line up."""
    tilt_deg = _angle_to_body_axis_deg(starts[0].normal)
    step = starts[-1].position_mm - starts[0].position_mm
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
    along = np.array([(part.position_mm - starts[0].position_mm) @ starts[0].normal for part in starts])
    straight = along[:, None] * offsets_px[-1] / along[-1]
    stray = np.abs(offsets_px - straight).max(axis=1)
    if stray.max() > 0.5:
        raise InvalidContent(f"{starts[int(stray.argmax())].name} lies beside the other slices")
    slope_deg = math.degrees(math.atan2(float(np.linalg.norm(np.cross(step, starts[0].normal))), abs(float(along[-1]))))
    return [f"{side}: the stack leans by {slope_deg:.1f} degrees (gantry tilt) and was straightened"]


def _uniform_planes(
    positions_mm: Vector, starts: list[Slice], *, side: Side, settings: InputSettings
) -> tuple[float, tuple[int | None, ...], list[str]]:
    """Spacing of the grid, the group on each of its planes, warnings."""
    gaps = np.diff(positions_mm)
    typical_mm = float(np.median(gaps))
    steps = np.maximum(1, np.rint(gaps / typical_mm)).astype(int)
    planes = np.concatenate([[0], np.cumsum(steps)])
    spacing_mm = float(positions_mm[-1] / planes[-1])
    on_grid = np.abs(positions_mm - planes * spacing_mm).max() <= min(settings.spacing_tolerance_mm, 0.1 * spacing_mm)
    missing = int((steps - 1).sum())
    if on_grid and (missing == 0 or _longest_run(steps > 1) < settings.uneven_run):
        if missing > settings.maximum_missing_slices:
            after = starts[int(np.argmax(steps > 1))]
            raise InvalidContent(
                f"{side}: {missing} slices are missing, the first after {after.name}; "
                f"at most {settings.maximum_missing_slices} can be interpolated"
            )
        group_of_plane = _groups_on(planes)
        plural = "s are" if missing > 1 else " is"
        return spacing_mm, group_of_plane, [f"{side}: {missing} slice{plural} missing, interpolated"] if missing else []
    if gaps.max() > settings.maximum_gap_ratio * typical_mm:
        after = starts[int(gaps.argmax())]
        raise InvalidContent(f"{side}: a gap of {gaps.max():.1f} mm after {after.name}, slices are missing")
    return _resampled_planes(positions_mm, gaps, side=side, settings=settings)


def _resampled_planes(
    positions_mm: Vector, gaps: Vector, *, side: Side, settings: InputSettings
) -> tuple[float, tuple[int | None, ...], list[str]]:
    count = len(positions_mm)
    spacing_mm = float(positions_mm[-1] / (count - 1))
    group_of_plane: list[int | None] = []
    for plane in range(count):
        nearest = int(np.argmin(np.abs(positions_mm - plane * spacing_mm)))
        close = abs(positions_mm[nearest] - plane * spacing_mm) <= settings.duplicate_tolerance_mm
        group_of_plane.append(nearest if close else None)
    message = (
        f"{side}: slice spacing varies from {gaps.min():.2f} to {gaps.max():.2f} mm, resampled to {spacing_mm:.2f} mm"
    )
    return spacing_mm, tuple(group_of_plane), [message]


def _groups_on(planes: NDArray[np.int64]) -> tuple[int | None, ...]:
    groups: list[int | None] = [None] * (int(planes[-1]) + 1)
    for group, plane in enumerate(planes):
        groups[int(plane)] = group
    return tuple(groups)


def _longest_run(flags: NDArray[np.bool_]) -> int:
    longest = current = 0
    for flag in flags:
        current = current + 1 if flag else 0
        longest = max(longest, current)
    return longest
