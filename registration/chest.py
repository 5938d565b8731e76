"""The mapping of a chest: lungs and body move on their own and are joined at the pleura.

The lungs slide along the wall when a patient breathes. One smooth field cannot do that: it drags ribs along or holds
vessels back. So the lungs get a field that sees nothing of the wall but its surface, the body one that sees nothing of
the vessels, and the reference's lungs decide which of them a point follows.
"""

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from registration.affine import Affine
from registration.alignment import Patch, fit_affine, search_shift
from registration.deformation import deform, in_voxels_of, unfolded
from registration.grids import FloatArray, Grid, Mask, box_of, covering
from registration.mapping import at_points, whole_mapping
from registration.pleura import share_of_lungs
from registration.prepared import Prepared
from registration.progress import Stage
from registration.settings import AlignmentSettings, DeformationSettings, RegionSettings, Settings

Box = tuple[tuple[int, int, int], tuple[int, int, int]]


@dataclass(frozen=True, kw_only=True)
class LinearParts:
    """Reference to floating points, LPS millimetres: what fits the lungs best and what fits the body around them."""

    lungs: Affine
    body: Affine
    lungs_differ: bool
    """Whether a part of the lungs has no counterpart: one of them was removed, collapsed, or is full of fluid."""


def working_grid(reference: sitk.Image, *, settings: DeformationSettings) -> Grid:
    """Over the whole reference volume, coarser for a volume too large to hold finely."""
    low_mm, high_mm = box_of(reference)
    spacing_mm = settings.spacing_mm
    points = float(np.prod((high_mm - low_mm) / spacing_mm + 1))
    if points > settings.maximum_points:
        spacing_mm *= (points / settings.maximum_points) ** (1 / 3)
    return covering(low_mm, high_mm, spacing_mm=spacing_mm)


def align(fixed: Prepared, moving: Prepared, *, settings: Settings, stage: Stage) -> LinearParts:
    """The linear part for the lungs, then for the body, which starts from it or from a search of its own."""
    both = (settings.alignment, settings.body_alignment)
    spacings = {mm for one in both for mm in (one.search_spacing_mm, *one.fit_spacings_mm)}
    scales = {spacing_mm: _scale(fixed, moving, spacing_mm, threads=settings.threads) for spacing_mm in spacings}
    lungs = _fit(scales, [_searched(scales, settings.alignment)], settings.alignment, stage=stage.part(0, 0.5))
    body_settings = settings.body_alignment
    starts = [lungs, _searched(scales, body_settings)]
    body = _fit(scales, starts, body_settings, stage=stage.part(0.5, 1))
    overlap = {affine: _lung_overlap(fixed, moving, part) for affine, part in (("lungs", lungs), ("body", body))}
    if overlap["lungs"] >= settings.alignment.least_lung_overlap:
        return LinearParts(lungs=lungs, body=body, lungs_differ=False)
    # A lung that is gone pulls the other one to its place; the bones do not know of it.
    return LinearParts(lungs=body if overlap["body"] > overlap["lungs"] else lungs, body=body, lungs_differ=True)


def _lung_overlap(fixed: Prepared, moving: Prepared, affine: Affine) -> float:
    """Share of the smaller lungs that lie in the others, after ``affine``, of what both scans see."""
    seen = fixed.seen_on(fixed.grid) & moving.seen_on(fixed.grid, affine=affine)
    lungs = fixed.lungs & seen
    others = (_on(moving, fixed.grid, threads=1, affine=affine) > 0.5) & seen
    total = int(lungs.sum()) + int(others.sum())
    return 2 * int((lungs & others).sum()) / max(total, 1)


@dataclass(frozen=True, kw_only=True)
class _Scale:
    """Both sides at one spacing, and how far each reference point is from the lungs."""

    fixed_hu: FloatArray
    fixed_grid: Grid
    from_lungs_mm: FloatArray
    fixed_seen: Mask
    moving_hu: FloatArray
    moving_grid: Grid
    moving_seen: Mask

    def patches(self, alignment: AlignmentSettings, *, margin_mm: float) -> tuple[Patch, Patch]:
        """Reference and floating, compared up to ``margin_mm`` from the lungs."""
        region = self.from_lungs_mm <= margin_mm
        if not alignment.includes_lungs:
            region &= self.from_lungs_mm > 0
        fixed = Patch(self.fixed_hu, self.fixed_grid, region & self.fixed_seen)
        return fixed, Patch(self.moving_hu, self.moving_grid, self.moving_seen)


def _scale(fixed: Prepared, moving: Prepared, spacing_mm: float, *, threads: int) -> _Scale:
    fixed_grid, moving_grid = fixed.grid.coarser(spacing_mm), moving.grid.coarser(spacing_mm)
    lungs = _on(fixed, fixed_grid, threads=threads) > 0.5
    from_lungs_mm = ndimage.distance_transform_edt(~lungs, sampling=fixed_grid.spacing_mm[::-1])
    return _Scale(
        fixed_hu=fixed_grid.sample(_blurred(fixed, spacing_mm), threads=threads),
        fixed_grid=fixed_grid,
        from_lungs_mm=np.asarray(from_lungs_mm, dtype=np.float32),
        fixed_seen=fixed.seen_on(fixed_grid),
        moving_hu=moving_grid.sample(_blurred(moving, spacing_mm), threads=threads),
        moving_grid=moving_grid,
        moving_seen=moving.seen_on(moving_grid),
    )


def _blurred(side: Prepared, spacing_mm: float) -> sitk.Image:
    blurred: sitk.Image = sitk.SmoothingRecursiveGaussian(side.image, spacing_mm / 2)
    return blurred


def _searched(scales: dict[float, _Scale], alignment: AlignmentSettings) -> Affine:
    reference, floating = scales[alignment.search_spacing_mm].patches(alignment, margin_mm=alignment.search_margin_mm)
    return search_shift(reference, floating, settings=alignment)[0]


def _fit(scales: dict[float, _Scale], starts: list[Affine], alignment: AlignmentSettings, *, stage: Stage) -> Affine:
    """The best of ``starts`` after a coarse fit, fitted finely."""
    best = starts
    count = len(alignment.fit_spacings_mm)
    for number, spacing_mm in enumerate(alignment.fit_spacings_mm):
        reference, floating = scales[spacing_mm].patches(alignment, margin_mm=alignment.region_margin_mm)
        fits = []
        for index, start in enumerate(best):
            share = (number + index / len(best)) / count
            part = stage.part(share, share + 1 / (count * len(best)))
            fits.append(fit_affine(reference, floating, start, settings=alignment, stage=part))
        best = [max(fits, key=lambda fit: fit[1])[0]]
    return best[0]


def map_chest(
    fixed: Prepared, moving: Prepared, linear: LinearParts, grid: Grid, *, settings: Settings, stage: Stage
) -> FloatArray:
    """The whole mapping ``T(x) - x`` on ``grid`` in millimetres, shape (3, z, y, x)."""
    body_box, body = _region_mapping(
        fixed,
        moving,
        linear.body,
        grid,
        lungs_differ=linear.lungs_differ,
        region=settings.body,
        settings=settings,
        stage=stage.part(0, 0.2),
    )
    field_mm = whole_mapping(np.zeros((3, *grid.shape), dtype=np.float32), linear.body, grid)
    _box(field_mm, body_box)[...] = whole_mapping(body, linear.body, grid.part(*body_box))
    lung_box, lungs = _region_mapping(
        fixed,
        moving,
        linear.lungs,
        grid,
        lungs_differ=linear.lungs_differ,
        region=settings.lung,
        settings=settings,
        stage=stage.part(0.2, 0.95),
    )
    inner_grid = grid.part(*lung_box)
    inner = _box(field_mm, lung_box)
    with_lungs = whole_mapping(lungs, linear.lungs, inner_grid)
    lungs_share = share_of_lungs(
        _on(fixed, inner_grid, threads=settings.threads),
        _misfit(fixed, moving, with_lungs, inner_grid, settings=settings),
        _misfit(fixed, moving, inner, inner_grid, settings=settings),
        spacing_mm=grid.spacing_mm[0],
        settings=settings.pleura,
    )
    inner += lungs_share * (with_lungs - inner)
    voxels, _ = unfolded(
        inner / np.float32(grid.spacing_mm[0]), settings=settings.deformation, stage=stage.part(0.95, 1)
    )
    inner[...] = voxels * np.float32(grid.spacing_mm[0])
    return field_mm


def _misfit(fixed: Prepared, moving: Prepared, field_mm: FloatArray, grid: Grid, *, settings: Settings) -> FloatArray:
    """Squared difference in HU of the reference and the floating image taken through ``field_mm``."""
    low, high = settings.pleura.lowest_hu, settings.pleura.highest_hu
    reference = np.clip(grid.sample(fixed.image, threads=settings.threads), low, high)
    floating = at_points(moving.image, [a + u for a, u in zip(grid.axes_mm(), field_mm, strict=True)])
    return np.asarray((reference - np.clip(floating, low, high)) ** 2, dtype=np.float32)


def _region_mapping(
    fixed: Prepared,
    moving: Prepared,
    affine: Affine,
    grid: Grid,
    *,
    lungs_differ: bool,
    region: RegionSettings,
    settings: Settings,
    stage: Stage,
) -> tuple[Box, FloatArray]:
    """Box of ``grid`` around the lungs and the non-linear displacement on it, in its voxels."""
    box = _lung_box(fixed, grid, margin_mm=region.margin_mm)
    part = grid.part(*box)
    work = part if region.spacing_mm is None else part.coarser(region.spacing_mm)
    threads = settings.threads
    reference_hu = work.sample(fixed.image, threads=threads)
    floating_hu = work.sample(moving.image, threads=threads, transform=affine.transform())
    if region.hides_lungs:
        reference_hu[_on(fixed, work, threads=threads) > 0.5] = region.lowest_hu
        floating_hu[_on(moving, work, threads=threads, affine=affine) > 0.5] = region.lowest_hu
    seen = fixed.seen_on(work) & moving.seen_on(work, affine=affine)
    if lungs_differ:
        seen &= ~_without_counterpart(fixed, moving, affine, work, settings=settings)
    displacement = deform(
        reference_hu, floating_hu, seen, work, region=region, settings=settings.deformation, stage=stage
    )
    if work != part:
        displacement = in_voxels_of(part, displacement, work)
    lungs = _on(fixed, part, threads=threads) > 0.5
    where = ndimage.binary_dilation(lungs, iterations=5) & ~lungs if region.hides_lungs else lungs
    if _largest(displacement, where) < settings.deformation.negligible_voxels:
        displacement[...] = 0
    if region.fades:
        displacement *= _taper(grid, box, margin_mm=settings.deformation.taper_mm)
    return box, displacement


def _without_counterpart(fixed: Prepared, moving: Prepared, affine: Affine, grid: Grid, *, settings: Settings) -> Mask:
    """Where one scan shows lung and the other none, deeper than breathing moves the wall of the lungs."""
    depth_mm = settings.lungs.lost_depth_mm
    sampling = grid.spacing_mm[::-1]
    here = _on(fixed, grid, threads=settings.threads) > 0.5
    there = _on(moving, grid, threads=settings.threads, affine=affine) > 0.5
    core = ndimage.distance_transform_edt(here ^ there, sampling=sampling) > depth_mm
    if not core.any():
        return core
    return np.asarray(ndimage.distance_transform_edt(~core, sampling=sampling) <= 1.5 * depth_mm, dtype=np.bool_)


def _largest(displacement: FloatArray, where: Mask) -> float:
    """Length that one displacement in a hundred exceeds."""
    squares = (displacement**2).sum(axis=0)[where]
    return float(np.sqrt(np.percentile(squares, 99))) if squares.size else 0.0


def _on(side: Prepared, grid: Grid, *, threads: int, affine: Affine | None = None) -> FloatArray:
    """Share of lung (0 to 1) at the points of ``grid``, taken through ``affine``."""
    mask = side.grid.image(side.lungs.astype(np.float32))
    return grid.sample(mask, threads=threads, transform=affine.transform() if affine else None)


def _box(field: FloatArray, box: Box) -> FloatArray:
    """View of the part of ``field`` (3, z, y, x) inside ``box``."""
    (x0, y0, z0), (x1, y1, z1) = box
    return field[:, z0 : z1 + 1, y0 : y1 + 1, x0 : x1 + 1]


def _lung_box(side: Prepared, grid: Grid, *, margin_mm: float) -> Box:
    first: list[int] = []
    last: list[int] = []
    for axis, present in enumerate(np.nonzero(side.lungs)[::-1]):
        ends_mm = np.array([present.min(), present.max()]) * side.grid.spacing_mm[axis] + side.grid.origin_mm[axis]
        index = (ends_mm + np.array([-margin_mm, margin_mm]) - grid.origin_mm[axis]) / grid.spacing_mm[axis]
        first.append(max(0, int(np.floor(index[0]))))
        last.append(min(grid.size[axis] - 1, int(np.ceil(index[1]))))
    return (first[0], first[1], first[2]), (last[0], last[1], last[2])


def _taper(grid: Grid, box: Box, *, margin_mm: float) -> FloatArray:
    """1 inside, fading to 0 at the sides of the box that do not end with the volume; shape (z, y, x)."""
    first, last = box
    weights = []
    for axis in range(3):
        index = np.arange(first[axis], last[axis] + 1)
        depth = np.full(len(index), np.inf)
        if first[axis] > 0:
            depth = np.minimum(depth, index - first[axis])
        if last[axis] < grid.size[axis] - 1:
            depth = np.minimum(depth, last[axis] - index)
        share = np.minimum(1, depth * grid.spacing_mm[axis] / margin_mm)
        weights.append(((1 - np.cos(np.pi * share)) / 2).astype(np.float32))
    return weights[2][:, None, None] * weights[1][None, :, None] * weights[0][None, None, :]
