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
from registration.deformation import deform, regridded, unfolded
from registration.grids import FloatArray, Grid, box_of, covering
from registration.mapping import whole_mapping
from registration.prepared import Prepared
from registration.progress import Stage
from registration.settings import AlignmentSettings, DeformationSettings, RegionSettings, Settings

Box = tuple[tuple[int, int, int], tuple[int, int, int]]


@dataclass(frozen=True, kw_only=True)
class LinearParts:
    """Reference to floating points, LPS millimetres: what fits the lungs best and what fits the body around them."""

    lungs: Affine
    body: Affine


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
    lungs = _fit(
        fixed,
        moving,
        [_searched(fixed, moving, settings.alignment, settings)],
        settings.alignment,
        settings,
        stage=stage.part(0, 0.5),
    )
    body_settings = settings.body_alignment
    starts = [lungs, _searched(fixed, moving, body_settings, settings)]
    body = _fit(fixed, moving, starts, body_settings, settings, stage=stage.part(0.5, 1))
    return LinearParts(lungs=lungs, body=body)


def _searched(fixed: Prepared, moving: Prepared, alignment: AlignmentSettings, settings: Settings) -> Affine:
    spacing_mm = alignment.search_spacing_mm
    reference = _patch(fixed, spacing_mm, alignment, settings, around_lungs=True)
    floating = _patch(moving, spacing_mm, alignment, settings, around_lungs=False)
    return search_shift(reference, floating, settings=alignment)[0]


def _fit(
    fixed: Prepared,
    moving: Prepared,
    starts: list[Affine],
    alignment: AlignmentSettings,
    settings: Settings,
    *,
    stage: Stage,
) -> Affine:
    """The best of ``starts`` after a coarse fit, fitted finely."""
    best = starts
    for number, spacing_mm in enumerate(alignment.fit_spacings_mm):
        reference = _patch(fixed, spacing_mm, alignment, settings, around_lungs=True)
        floating = _patch(moving, spacing_mm, alignment, settings, around_lungs=False)
        part = stage.part(number / len(alignment.fit_spacings_mm), (number + 1) / len(alignment.fit_spacings_mm))
        fits = [fit_affine(reference, floating, start, settings=alignment, stage=part) for start in best]
        best = [max(fits, key=lambda fit: fit[1])[0]]
    return best[0]


def _patch(
    side: Prepared, spacing_mm: float, alignment: AlignmentSettings, settings: Settings, *, around_lungs: bool
) -> Patch:
    grid = side.grid.coarser(spacing_mm)
    blurred = sitk.SmoothingRecursiveGaussian(side.image, spacing_mm / 2)
    region = np.ones(grid.shape, dtype=bool)
    if around_lungs:
        lungs = _on(side, grid, threads=settings.threads) > 0.5
        away_mm = ndimage.distance_transform_edt(~lungs, sampling=grid.spacing_mm[::-1])
        region = away_mm <= alignment.region_margin_mm
        if not alignment.includes_lungs:
            region &= ~lungs
    return Patch(grid.sample(blurred, threads=settings.threads), grid, region)


def map_chest(
    fixed: Prepared, moving: Prepared, linear: LinearParts, grid: Grid, *, settings: Settings, stage: Stage
) -> FloatArray:
    """The whole mapping ``T(x) - x`` on ``grid`` in millimetres, shape (3, z, y, x)."""
    body_box, body = _region_mapping(
        fixed, moving, linear.body, grid, region=settings.body, settings=settings, stage=stage.part(0, 0.2)
    )
    field_mm = whole_mapping(np.zeros((3, *grid.shape), dtype=np.float32), linear.body, grid)
    _box(field_mm, body_box)[...] = whole_mapping(body, linear.body, grid.part(*body_box))
    lung_box, lungs = _region_mapping(
        fixed, moving, linear.lungs, grid, region=settings.lung, settings=settings, stage=stage.part(0.2, 0.95)
    )
    inner_grid = grid.part(*lung_box)
    inner = _box(field_mm, lung_box)
    share = np.clip(_on(fixed, inner_grid, threads=settings.threads) * 4 - 1.5, 0, 1)
    inner += share * (whole_mapping(lungs, linear.lungs, inner_grid) - inner)
    voxels, _ = unfolded(
        inner / np.float32(grid.spacing_mm[0]), settings=settings.deformation, stage=stage.part(0.95, 1)
    )
    inner[...] = voxels * np.float32(grid.spacing_mm[0])
    return field_mm


def _region_mapping(
    fixed: Prepared,
    moving: Prepared,
    affine: Affine,
    grid: Grid,
    *,
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
    seen = work.seen_in(moving.image, affine)
    displacement = deform(
        reference_hu, floating_hu, seen, work, region=region, settings=settings.deformation, stage=stage
    )
    if work != part:
        displacement = regridded(displacement, work, part)
    if region.fades:
        displacement *= _taper(grid, box, margin_mm=settings.deformation.taper_mm)
    return box, displacement


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
