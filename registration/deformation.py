"""The non-linear part of the mapping: locally normalised demons.

A displacement ``u`` has shape (3, z, y, x), components x, y, z in voxels of its grid. It says that the reference point
at index ``i`` is found in the (already linearly aligned) floating image at ``i + u(i)``.
"""

import numpy as np

from registration.grids import FloatArray, Grid, Mask
from registration.interpolation import at_indices, regridded
from registration.progress import Stage
from registration.settings import DeformationSettings, Level, RegionSettings
from registration.smoothing import smoothed

_SLAB_PLANES = 15


def deform(
    reference_hu: FloatArray,
    floating_hu: FloatArray,
    seen: Mask,
    grid: Grid,
    *,
    region: RegionSettings,
    settings: DeformationSettings,
    stage: Stage,
) -> FloatArray:
    """Displacement on ``grid``, both images given on it. Coarse levels first.

    Nothing pulls where the floating image does not reach (``seen`` is false); the field is continued smoothly.
    """
    levels = region.levels
    costs = np.array([level.iterations * float(np.prod(_level_grid(grid, level).shape)) for level in levels])
    ends = np.cumsum(costs) / costs.sum()
    starts = np.concatenate([[0.0], ends[:-1]])
    displacement: FloatArray | None = None
    previous = grid
    for level, start, end in zip(levels, starts, ends, strict=True):
        current = _level_grid(grid, level)
        displacement = (
            np.zeros((3, *current.shape), dtype=np.float32)
            if displacement is None
            else in_voxels_of(current, displacement, previous)
        )
        iterate_demons(
            _features(reference_hu, grid, current, level, region, settings),
            _features(floating_hu, grid, current, level, region, settings),
            displacement,
            _level_weight(seen, grid, current),
            iterations=level.iterations,
            settings=settings,
            stage=stage.part(float(start), float(end)),
        )
        previous = current
    if displacement is None:
        raise ValueError("settings without levels")
    return displacement if previous == grid else in_voxels_of(grid, displacement, previous)


def _level_grid(grid: Grid, level: Level) -> Grid:
    return grid if level.spacing_mm <= grid.spacing_mm[0] else grid.coarser(level.spacing_mm)


def _level_weight(seen: Mask, grid: Grid, current: Grid) -> FloatArray | None:
    if seen.all():
        return None
    return current.sample(grid.image(seen.astype(np.float32)), threads=1)


def iterate_demons(
    fixed: FloatArray,
    moving: FloatArray,
    displacement: FloatArray,
    weight: FloatArray | None,
    *,
    iterations: int,
    settings: DeformationSettings,
    stage: Stage,
) -> None:
    """Symmetric-force demons (Vercauteren et al., NeuroImage 2009), changing ``displacement`` in place."""
    z, y, x = (
        np.arange(n, dtype=np.float32).reshape([-1 if axis == own else 1 for axis in range(3)])
        for own, n in enumerate(fixed.shape)
    )
    step_squared = np.float32(settings.maximum_step_voxels**2)
    where = np.empty((3, *fixed.shape), dtype=np.float32)
    for iteration in range(iterations):
        stage.reached(iteration / iterations)
        np.add(z, displacement[2], out=where[0])
        np.add(y, displacement[1], out=where[1])
        np.add(x, displacement[0], out=where[2])
        warped = at_indices(moving, where)
        difference = fixed - warped
        warped += fixed
        gradient = np.gradient(warped)  # of both images at once: twice their mean
        norm = difference**2
        norm /= step_squared
        for slope in gradient:
            norm += slope**2
        np.maximum(norm, np.float32(1e-9), out=norm)
        force = np.divide(difference, norm, out=difference)
        force *= 2 if weight is None else 2 * weight
        for part, slope in zip(displacement, reversed(gradient), strict=True):
            slope *= force
            slope += part
            part[...] = smoothed(slope, settings.field_sigma_voxels)


def _features(
    hu: FloatArray, grid: Grid, current: Grid, level: Level, region: RegionSettings, settings: DeformationSettings
) -> FloatArray:
    """What the demons compare: clipped HU, or HU with local mean and contrast taken out."""
    spacing_mm = current.spacing_mm[0]
    if current != grid:
        blurred = smoothed(hu, settings.pyramid_sigma * spacing_mm / grid.spacing_mm[0])
        hu = current.sample(grid.image(blurred), threads=1)
    clipped = np.clip(hu, region.lowest_hu, region.highest_hu)
    if not level.normalised:
        return np.asarray(clipped / np.float32(1000), dtype=np.float32)
    sigma = settings.normalisation_sigma_mm / spacing_mm
    contrast = clipped - smoothed(clipped, sigma)
    spread = np.sqrt(smoothed(contrast**2, sigma) + np.float32(settings.normalisation_noise_hu**2))
    return np.asarray(contrast / spread, dtype=np.float32)


def in_voxels_of(target: Grid, displacement: FloatArray, source: Grid) -> FloatArray:
    """``displacement``, in voxels of ``source`` and on it, in voxels of ``target`` and on that."""
    return regridded(displacement, source, target) * np.float32(source.spacing_mm[0] / target.spacing_mm[0])


def jacobian_determinant(displacement: FloatArray) -> FloatArray:
    """Local volume change (1 = none, <= 0 = folded) of ``i -> i + u(i)``, shape (z, y, x); ``u`` in voxels."""
    determinant = np.empty(displacement.shape[1:], dtype=np.float32)
    for first in range(0, len(determinant), _SLAB_PLANES):
        # A slab and its neighbours at a time: the nine derivatives of a whole volume would be the peak of memory.
        low = max(0, first - 1)
        slab = displacement[:, low : first + _SLAB_PLANES + 1]
        determinant[first : first + _SLAB_PLANES] = _slab_determinant(slab)[first - low :][:_SLAB_PLANES]
    return determinant


def _slab_determinant(displacement: FloatArray) -> FloatArray:
    rows = [list(np.gradient(part)[::-1]) for part in displacement]
    for axis in range(3):
        rows[axis][axis] += 1
    a, b, c = rows
    return np.asarray(
        a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0]),
        dtype=np.float32,
    )


def unfolded(displacement: FloatArray, *, settings: DeformationSettings, stage: Stage) -> tuple[FloatArray, bool]:
    """``displacement`` smoothed again around folds until there are none, and whether that worked."""
    for done in range(settings.unfolding_rounds):
        stage.reached(done / settings.unfolding_rounds)
        folded = jacobian_determinant(displacement) <= settings.smallest_jacobian
        if not folded.any():
            return displacement, True
        # Wider with every round: what a little smoothing has not mended needs more.
        reach = settings.unfolding_sigma_voxels * (1 + done / 10)
        weight = np.minimum(1, smoothed(folded.astype(np.float32), reach) * np.float32(20 * reach))
        displacement = np.stack([part + weight * (smoothed(part, reach) - part) for part in displacement])
    return displacement, not bool((jacobian_determinant(displacement) <= 0).any())
