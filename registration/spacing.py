"""Planes of a uniform grid for slices whose positions may be uneven: zones, gaps, missing slices."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from registration.errors import InvalidContent
from registration.settings import InputSettings
from registration.slices import Side, Vector

Gap = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Spacing:
    """A uniform grid from the first slice to the last, in millimetres from the first.

    ``slice_of_plane`` is, per plane, the slice that lies on it or ``None``; ``gaps_mm`` are the ends of the stretches
    in which slices are missing.
    """

    spacing_mm: float
    slice_of_plane: tuple[int | None, ...]
    gaps_mm: tuple[Gap, ...]
    warnings: tuple[str, ...]


def plan_spacing(positions_mm: Vector, names: list[str], *, side: Side, settings: InputSettings) -> Spacing:
    """Planes for slices at rising ``positions_mm``, the first at 0; ``names`` are what messages call them.

    Raises :class:`InvalidContent` where too much is missing.
    """
    gaps = np.diff(positions_mm)
    local = local_spacing_mm(gaps, settings=settings)
    is_gap = gaps > settings.gap_ratio * local
    missing = int(np.maximum(0, np.rint(gaps / local) - 1)[is_gap].sum())
    warnings = []
    if is_gap.any():
        _check_gaps(gaps, is_gap, missing, names, side=side, settings=settings)
        plural = "s are" if missing > 1 else " is"
        warnings.append(f"{side}: {max(1, missing)} slice{plural} missing, interpolated")
    spacing_mm = _uniform_spacing_mm(positions_mm, settings=settings)
    if spacing_mm is None:
        regular = gaps[~is_gap]
        spacing_mm = _resampled_spacing_mm(positions_mm, regular, settings=settings)
        warnings.append(
            f"{side}: slice spacing varies from {regular.min():.2f} to {regular.max():.2f} mm, "
            f"resampled to {spacing_mm:.2f} mm"
        )
        on_plane = _slices_on_planes(positions_mm, spacing_mm, within_mm=settings.duplicate_tolerance_mm)
    else:
        on_plane = _slices_on_planes(positions_mm, spacing_mm, within_mm=spacing_mm / 2)
    return Spacing(
        spacing_mm=spacing_mm,
        slice_of_plane=on_plane,
        gaps_mm=tuple((float(positions_mm[i]), float(positions_mm[i + 1])) for i in np.nonzero(is_gap)[0]),
        warnings=tuple(warnings),
    )


def local_spacing_mm(gaps: Vector, *, settings: InputSettings) -> Vector:
    """Spacing that holds around each gap: that of the zone it is in, or of the finer of the zones beside it.

    A zone is a run of equal gaps; where there is none at all, the mean of all is what holds.
    """
    local = np.full(len(gaps), np.inf)
    zones = [run for run in _runs(gaps, settings.zone_tolerance) if len(run) >= settings.zone_gaps]
    if not zones:
        return np.full(len(gaps), float(gaps.mean()))
    middles = np.arange(len(gaps))
    for before, after in zip([zones[0], *zones], [*zones, zones[-1]], strict=True):
        between = (middles > before.stop - 1) & (middles < after.start)
        local[between] = min(float(np.median(gaps[zone.start : zone.stop])) for zone in (before, after))
    for zone in zones:
        local[zone.start : zone.stop] = np.median(gaps[zone.start : zone.stop])
    local[: zones[0].start] = local[zones[0].start]
    local[zones[-1].stop :] = local[zones[-1].stop - 1]
    return local


def _runs(gaps: Vector, tolerance: float) -> list[range]:
    """Gaps in a row that differ from the first of them by less than ``tolerance`` of it."""
    runs: list[range] = []
    start = 0
    for index in range(1, len(gaps) + 1):
        if index == len(gaps) or abs(gaps[index] - gaps[start]) > tolerance * gaps[start]:
            runs.append(range(start, index))
            start = index
    return runs


def _check_gaps(
    gaps: Vector, is_gap: NDArray[np.bool_], missing: int, names: list[str], *, side: Side, settings: InputSettings
) -> None:
    widest = int(np.where(is_gap, gaps, 0).argmax())
    share = missing / (missing + len(gaps) + 1)
    if gaps[widest] > settings.maximum_gap_mm or share > settings.maximum_missing_share:
        raise InvalidContent(
            f"{side}: about {max(1, missing)} of {missing + len(gaps) + 1} slices are missing, the largest gap of "
            f"{gaps[widest]:.1f} mm after {names[widest]}; gaps of at most {settings.maximum_gap_mm:g} mm and "
            f"{settings.maximum_missing_share:.0%} of the slices are interpolated"
        )


def _uniform_spacing_mm(positions_mm: Vector, *, settings: InputSettings) -> float | None:
    """Spacing of a grid on which every slice lies, whatever is missing; ``None`` if there is none."""
    gaps = np.diff(positions_mm)
    planes = np.cumsum(np.maximum(1, np.rint(gaps / np.median(gaps))))
    spacing_mm = float(positions_mm[-1] / planes[-1])
    off_mm = float(np.abs(positions_mm[1:] - planes * spacing_mm).max())
    if off_mm > min(settings.spacing_tolerance_mm, 0.1 * spacing_mm):
        return None
    local = local_spacing_mm(gaps, settings=settings)
    # A zone of twice the spacing lies on the grid of the finer one, but nothing is missing there.
    return spacing_mm if (local < settings.gap_ratio * spacing_mm).all() else None


def _resampled_spacing_mm(positions_mm: Vector, regular: Vector, *, settings: InputSettings) -> float:
    """Mean spacing, or that of the finest zone; divides the whole way."""
    way_mm = float(positions_mm[-1])
    finest_mm = float(_means_mm(regular, count=settings.zone_gaps).min())
    steps = len(positions_mm) - 1
    if finest_mm < settings.zone_ratio * regular.mean() and way_mm / finest_mm < settings.maximum_slices:
        steps = round(way_mm / finest_mm)
    return way_mm / steps


def _means_mm(gaps: Vector, *, count: int) -> Vector:
    """Means of every ``count`` gaps in a row."""
    count = min(count, len(gaps))
    return np.asarray(np.convolve(gaps, np.ones(count) / count, mode="valid"), dtype=np.float64)


def _slices_on_planes(positions_mm: Vector, spacing_mm: float, *, within_mm: float) -> tuple[int | None, ...]:
    planes = np.rint(positions_mm / spacing_mm).astype(int)
    on_plane: list[int | None] = [None] * (int(planes[-1]) + 1)
    for index, plane in enumerate(planes):
        if abs(positions_mm[index] - plane * spacing_mm) <= within_mm:
            on_plane[int(plane)] = index
    return tuple(on_plane)
