"""Volume, diameters and density of an outlined lesion."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from registration.grids import Mask, Millimetres
from registration.lesions.outline import LesionKind, Outline, Part, rim_mm
from registration.lesions.patch import Patch, box_around
from registration.lesions.settings import OutlineSettings

_DENSER_THAN_ITSELF = 1.5
"""Share of a voxel beyond which something denser than the region lies in it (calcium, its solid part)."""


@dataclass(frozen=True, kw_only=True)
class LesionSize:
    """One lesion in one scan. ``point_mm`` is the centre of its mass, LPS."""

    point_mm: tuple[float, float, float]
    kind: LesionKind
    volume_mm3: float
    solid_volume_mm3: float
    """0 for ground glass, the whole for a solid one."""
    long_mm: float
    short_mm: float
    """In the axial plane where it is longest; across the long one."""
    mean_hu: float


def measured(outline: Outline, *, settings: OutlineSettings | None = None) -> LesionSize:
    """Sizes of ``outline``."""
    settings = settings or OutlineSettings()
    patch, whole = outline.patch, outline.whole
    volume = _volume_mm3(patch, whole, settings)
    if outline.kind is LesionKind.SOLID:
        solid = volume
    else:
        solid = 0.0 if outline.solid is None else _volume_mm3(patch, outline.solid, settings)
    long_mm, short_mm = _diameters_mm(patch, whole, settings)
    x, y, z = patch.point_of(np.argwhere(whole.mask).mean(axis=0))
    return LesionSize(
        point_mm=(float(x), float(y), float(z)),
        kind=outline.kind,
        volume_mm3=volume,
        solid_volume_mm3=min(solid, volume),
        long_mm=long_mm,
        short_mm=short_mm,
        mean_hu=float(patch.hu[whole.mask].mean()),
    )


def _volume_mm3(patch: Patch, part: Part, settings: OutlineSettings) -> float:
    """Inside whole voxels, along the border the share that their density tells; blur moves it, and loses none."""
    rim = rim_mm(patch, settings)
    box = box_around(part.mask, margin=2 * int(np.ceil(rim / patch.step_mm)))
    mask = part.mask[box]
    away, depth = patch.away_mm(mask), patch.depth_mm(mask)
    share = (patch.hu[box] - part.outer_hu) / (part.inner_hu - part.outer_hu)
    share[share > _DENSER_THAN_ITSELF] = 1
    inside = np.where(depth > rim, 1.0, share)[mask].sum()
    outside = ~mask & (away <= rim) & (away < patch.away_mm(part.others[box]))
    return float((inside + share[outside].sum()) * patch.step_mm**3) + _sag_mm3(patch, part, settings)


def _sag_mm3(patch: Patch, part: Part, settings: OutlineSettings) -> float:
    """What lies between the wall as it would go on and the ball that carries the lung's outline on, which sags a little
    behind a broad base: a lens over the area where lesion and wall touch."""
    touching = sum(float((part.mask & np.roll(part.wall, step, axis)).sum()) for axis in range(3) for step in (-1, 1))
    # A face across an axis stands for less than its area where the wall lies askew: 2/3 on the mean.
    area_mm2 = touching * patch.step_mm**2 * 2 / 3
    return float((area_mm2 / np.pi) ** 2 * np.pi / (4 * settings.closing_mm))


def _diameters_mm(patch: Patch, part: Part, settings: OutlineSettings) -> tuple[float, float]:
    """Long axis and its perpendicular of the plane in which the lesion is longest."""
    hu = patch.smoothed(settings.smoothing_mm)
    box = box_around(part.mask, margin=1)
    planes = zip(hu[box], part.mask[box], strict=True)
    return max(_extent_mm(_border_mm(plane, mask, part.border_hu, patch.step_mm)) for plane, mask in planes)


def _extent_mm(points: Millimetres) -> tuple[float, float]:
    """Largest distance between two of ``points`` (n, 2), and the extent across it."""
    if len(points) < 2:
        return 0.0, 0.0
    between = points[:, None] - points[None]
    distance = np.hypot(between[..., 0], between[..., 1])
    first, second = np.unravel_index(int(np.argmax(distance)), distance.shape)
    long_mm = float(distance[first, second])
    if long_mm == 0:
        return 0.0, 0.0
    across = (points - points[first]) @ np.array([-between[first, second, 1], between[first, second, 0]]) / long_mm
    return long_mm, float(across.max() - across.min())


def _border_mm(hu: NDArray[np.float32], mask: Mask, level: float, step_mm: float) -> Millimetres:
    """Where rows and columns cross the border of ``mask``, between two pixels where their values tell it; (n, 2)."""
    rows = _crossings(hu, mask, level)
    columns = _crossings(hu.T, mask.T, level)[:, ::-1]
    return np.concatenate([rows, columns]) * step_mm


def _crossings(hu: NDArray[np.float32], mask: Mask, level: float) -> Millimetres:
    """(row, column) along rows."""
    changes = np.argwhere(mask[:, 1:] != mask[:, :-1])
    low, high = hu[changes[:, 0], changes[:, 1]], hu[changes[:, 0], changes[:, 1] + 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.nan_to_num((level - low) / (high - low), nan=0.5, posinf=0.5, neginf=0.5)
    # At a cut through a vessel or the wall nothing crosses the level.
    share[(share < 0) | (share > 1)] = 0.5
    return np.column_stack([changes[:, 0], changes[:, 1] + share]).astype(np.float64)
