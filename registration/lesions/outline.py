"""Tells a nodule from the lung, the vessels and the wall around a point.

Its border lies half between its own density and that of the lung beside it, where a blurred step has its place. The
lung's outline is carried on behind what protrudes into the lung; vessels are cut off by the largest ball that fits.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from scipy import ndimage

from registration.grids import Mask, Millimetres
from registration.lesions.blur import middle_share
from registration.lesions.patch import Patch, box_around
from registration.lesions.settings import OutlineSettings

_NECK_VOXELS = 0.5
_CORE_MM = 0.9
_GLASS_SMOOTHING_MM = 0.8
_ENOUGH_MM3 = 5.0


class LesionKind(StrEnum):
    """By density."""

    SOLID = "solid"
    PART_SOLID = "part-solid"
    GROUND_GLASS = "ground-glass"


@dataclass(frozen=True, kw_only=True)
class Part:
    """A region, what else is dense around it, and the densities on both sides of its border, in HU."""

    mask: Mask
    others: Mask
    wall: Mask
    """Of the others, what lies outside of the lung."""
    inner_hu: float
    outer_hu: float

    @property
    def border_hu(self) -> float:
        return (self.inner_hu + self.outer_hu) / 2


@dataclass(frozen=True, kw_only=True)
class Outline:
    """A lesion in ``patch``; ``solid`` is the whole of a solid one, and None of ground glass."""

    patch: Patch
    kind: LesionKind
    whole: Part
    solid: Part | None


def outline(patch: Patch, point_mm: Millimetres, *, settings: OutlineSettings | None = None) -> Outline | None:
    """The lesion at ``point_mm``; None where nothing stands out of inflated lung there."""
    settings = settings or OutlineSettings()
    lung_hu = _lung_hu(patch, settings)
    if lung_hu is None:
        return None
    peak = patch.smoothed(settings.smoothing_mm)
    peak[patch.from_mm(point_mm) > settings.seed_mm] = -np.inf
    highest = float(peak.max())
    if highest < lung_hu + settings.least_contrast_hu:
        return None
    if highest < settings.solid_hu:
        whole = _glass(patch, point_mm, highest, lung_hu, settings)
        return None if whole is None else Outline(patch=patch, kind=LesionKind.GROUND_GLASS, whole=whole, solid=None)
    solid = _solid(patch, point_mm, highest, lung_hu, settings)
    if solid is None:
        return None
    whole = _glass(patch, point_mm, lung_hu + 2 * settings.least_contrast_hu, lung_hu, settings, solid=solid)
    glass_rim_mm = max(settings.glass_rim_mm, settings.glass_rim_slices * patch.slice_mm)
    if whole is not None and _radius_mm(patch, whole.mask) - _radius_mm(patch, solid.mask) > glass_rim_mm:
        inner = replace(solid, outer_hu=whole.inner_hu)
        return Outline(patch=patch, kind=LesionKind.PART_SOLID, whole=whole, solid=inner)
    return Outline(patch=patch, kind=LesionKind.SOLID, whole=solid, solid=solid)


def _lung_hu(patch: Patch, settings: OutlineSettings) -> float | None:
    lung = patch.hu[patch.hu < settings.highest_lung_hu]
    return float(np.median(lung)) if lung.size else None


def _solid(
    patch: Patch, point_mm: Millimetres, own_hu: float, lung_hu: float, settings: OutlineSettings
) -> Part | None:
    smooth = patch.smoothed(settings.smoothing_mm)
    lung = _lung_outline(patch, smooth <= (own_hu + lung_hu) / 2, point_mm, settings)
    part = None
    for _ in range(2):  # the first gives the density that the second is cut at
        dense = smooth > (own_hu + lung_hu) / 2
        mask = _detached(patch, dense & lung, point_mm, settings)
        if mask is None:
            return part
        own_hu = _own_hu(patch, mask, lung_hu, settings)
        part = Part(mask=mask, others=dense & ~mask, wall=dense & ~lung & ~mask, inner_hu=own_hu, outer_hu=lung_hu)
    return part


def _glass(
    patch: Patch,
    point_mm: Millimetres,
    own_hu: float,
    lung_hu: float,
    settings: OutlineSettings,
    *,
    solid: Part | None = None,
) -> Part | None:
    smooth = patch.smoothed(_GLASS_SMOOTHING_MM)
    vessels = smooth > settings.solid_hu
    core = np.zeros(smooth.shape, dtype=bool) if solid is None else solid.mask
    lung = _lung_outline(patch, smooth <= (own_hu + lung_hu) / 2, point_mm, settings)
    part = None
    for _ in range(2):
        dense = smooth > (own_hu + lung_hu) / 2
        mask = _detached(patch, (dense & lung) | core, point_mm, settings)
        if mask is None:
            return part
        mask |= core
        own_hu = _glass_hu(patch, mask & ~vessels, core, settings) or own_hu
        part = Part(mask=mask, others=dense & ~mask, wall=dense & ~lung & ~mask, inner_hu=own_hu, outer_hu=lung_hu)
    return part


def _lung_outline(patch: Patch, air: Mask, point_mm: Millimetres, settings: OutlineSettings) -> Mask:
    """The lung with what protrudes into it; room air behind a thin wall is no lung."""
    labels, count = ndimage.label(air)
    if not count:
        return air
    away = patch.from_mm(point_mm)
    sizes = np.bincount(labels.ravel())
    nearest = ndimage.minimum(away, labels, np.arange(1, count + 1))
    large = sizes[1:] >= 0.02 * air.sum()
    label = 1 + int(np.argmin(np.where(large, nearest, np.inf)))
    grown = patch.away_mm(labels == label) <= settings.closing_mm
    closed = patch.depth_mm(grown) > settings.closing_mm
    return np.asarray(ndimage.binary_fill_holes(closed), dtype=np.bool_)


def _detached(patch: Patch, dense: Mask, point_mm: Millimetres, settings: OutlineSettings) -> Mask | None:
    """What of ``dense`` belongs to the lesion at a point: without vessels, which are thinner than it."""
    away = patch.from_mm(point_mm)
    if not dense.any() or float(away[dense].min()) > settings.seed_mm:
        return None
    start = np.unravel_index(int(np.argmin(np.where(dense, away, np.inf))), dense.shape)
    labels, _ = ndimage.label(dense)
    whole = labels == labels[start]
    box = box_around(whole, margin=1)
    own, from_start = whole[box], patch.from_mm(patch.point_of(np.array(start)))[box]
    depth = np.where(own, patch.depth_mm(own), 0)
    reachable = from_start <= np.maximum(depth, 2.0)
    centre = np.unravel_index(int(np.argmax(np.where(reachable, depth, 0))), depth.shape)
    ball_mm = min(settings.opening * float(depth[centre]), settings.largest_opening_mm)
    cores, _ = ndimage.label(depth > ball_mm)
    opened = own & (patch.away_mm(cores == cores[centre]) <= ball_mm + _NECK_VOXELS * patch.step_mm)
    if not _is_compact(patch, opened, float(depth[centre]), settings):
        return None
    mask = np.zeros(dense.shape, dtype=bool)
    mask[box] = opened
    return mask


def _is_compact(patch: Patch, mask: Mask, inner_radius_mm: float, settings: OutlineSettings) -> bool:
    """No piece of a vessel, whose volume is many times that of the largest ball within."""
    return _radius_mm(patch, mask) <= settings.slenderness * (inner_radius_mm + patch.step_mm / 2)


def _own_hu(patch: Patch, mask: Mask, lung_hu: float, settings: OutlineSettings) -> float:
    """Density where the blur of the border does not reach, or what the blur has left in the middle, made good for."""
    box = box_around(mask, margin=1)
    depth = np.zeros(mask.shape, dtype=np.float32)
    depth[box] = patch.depth_mm(mask[box])
    deep = depth > rim_mm(patch, settings)
    if deep.sum() * patch.step_mm**3 >= _ENOUGH_MM3:
        return float(np.mean(patch.hu[deep]))
    centre = patch.point_of(np.array(np.unravel_index(int(np.argmax(depth)), mask.shape)))
    middle = float(np.mean(patch.hu[patch.from_mm(centre) <= _CORE_MM]))
    return lung_hu + (middle - lung_hu) / middle_share(2 * _radius_mm(patch, mask), slice_mm=patch.slice_mm)


def _glass_hu(patch: Patch, mask: Mask, core: Mask, settings: OutlineSettings) -> float | None:
    """Median density of ground glass, where neither the lung nor the solid part blurs into it, as far as can be."""
    if not mask.any():
        return None
    box = box_around(mask, margin=1)
    depth, away = patch.depth_mm(mask[box]), patch.away_mm(core[box])
    for margin in (settings.rim_mm, settings.rim_mm / 2):
        glass = mask[box] & (depth > margin) & (away > margin)
        if glass.sum() * patch.step_mm**3 >= _ENOUGH_MM3:
            return float(np.median(patch.hu[box][glass]))
    return None


def _radius_mm(patch: Patch, mask: Mask) -> float:
    """Of a sphere of the same volume."""
    return float(np.cbrt(mask.sum() * patch.step_mm**3 * 3 / (4 * np.pi)))


def rim_mm(patch: Patch, settings: OutlineSettings) -> float:
    """How far from the border its blur reaches."""
    return max(settings.rim_mm, patch.slice_mm)
