"""Two checked volumes in, the registration out."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from registration import quality as measures
from registration.affine import Affine, identity
from registration.alignment import Patch, fit_affine, search_shift
from registration.deformation import deform, jacobian_determinant, regridded, unfolded
from registration.errors import RegistrationFailed
from registration.grids import FloatArray, Grid, Mask, box_of, covering, shrunk
from registration.lungs import find_lungs
from registration.mapping import field_image, warp_floating, whole_mapping
from registration.progress import Stage
from registration.quality import Change, Quality
from registration.settings import Settings
from registration.volume import CheckedVolume, check_same_patient


@dataclass(frozen=True, kw_only=True)
class Lungs:
    """Lungs of one side, shape (z, y, x), on an axis-aligned grid over the whole volume."""

    mask: Mask
    grid: Grid


@dataclass(frozen=True, kw_only=True)
class Registration:
    """The floating image brought onto the reference.

    ``affine`` and ``field`` take points of the reference to points of the floating image, LPS millimetres: ``field`` is
    the whole mapping ``T(x) = x + u(x)``, affine part included, a vector image over the whole reference volume.
    ``warped`` is the floating image on the voxels of the reference, int16 HU.
    """

    reference: CheckedVolume
    floating: CheckedVolume
    settings: Settings
    affine: Affine
    field: sitk.Image
    warped: sitk.Image
    reference_lungs: Lungs
    floating_lungs: Lungs
    quality: Quality
    warnings: tuple[str, ...]


def register(
    reference: CheckedVolume,
    floating: CheckedVolume,
    *,
    settings: Settings | None = None,
    progress: Callable[[float], None] = lambda _share: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Registration:
    """Register ``floating`` to ``reference``.

    ``progress`` gets shares from 0 to 1 and ``cancelled`` is asked at every iteration. The same volumes and settings
    give the same result. Raises :class:`InvalidContent` (other patient, no lungs),
    :class:`RegistrationFailed` where the quality check fails and :class:`RegistrationCancelled`.
    """
    started = time.monotonic()
    settings = settings or Settings()
    stage = Stage(progress, cancelled)
    stage.reached(0)
    warnings = [*reference.warnings, *floating.warnings]
    warnings += check_same_patient(reference, floating, allow_different=settings.allow_different_patients)
    fixed = _prepare(reference, settings=settings)
    stage.reached(0.03)
    moving = _prepare(floating, settings=settings)
    stage.reached(0.06)
    low_mm, high_mm = box_of(reference.image)
    grid = covering(low_mm, high_mm, spacing_mm=settings.deformation.spacing_mm)
    if _are_identical(reference.image, floating.image):
        affine = identity()
        displacement = np.zeros((3, *grid.shape), dtype=np.float32)
        warnings.append("both series show the same image: the mapping is the identity")
    else:
        affine = _align(fixed, moving, settings=settings, stage=stage.part(0.06, 0.2))
        displacement = _deform(fixed, moving, affine, grid, settings=settings, stage=stage.part(0.2, 0.85))
    field_mm = whole_mapping(displacement, affine, grid)
    warped = warp_floating(
        floating.image,
        reference.image,
        field_mm,
        grid,
        air_hu=settings.input.air_hu,
        threads=settings.threads,
        stage=stage.part(0.85, 0.97),
    )
    quality = _measure(fixed, moving, displacement, affine, grid, settings=settings, started=started)
    failure = quality.failure(settings.quality)
    if failure is not None:
        raise RegistrationFailed(failure)
    stage.reached(1)
    return Registration(
        reference=reference,
        floating=floating,
        settings=settings,
        affine=affine,
        field=field_image(field_mm, grid),
        warped=warped,
        reference_lungs=Lungs(mask=fixed.lungs, grid=fixed.grid),
        floating_lungs=Lungs(mask=moving.lungs, grid=moving.grid),
        quality=quality,
        warnings=tuple(warnings),
    )


@dataclass(frozen=True, kw_only=True)
class _Prepared:
    """One side, averaged to about the working spacing, and its lungs on the lung grid."""

    image: sitk.Image
    hu: FloatArray
    lungs: Mask
    grid: Grid


def _prepare(volume: CheckedVolume, *, settings: Settings) -> _Prepared:
    image = shrunk(volume.image, spacing_mm=settings.deformation.spacing_mm, threads=settings.threads)
    low_mm, high_mm = box_of(volume.image)
    grid = covering(low_mm, high_mm, spacing_mm=settings.lungs.spacing_mm)
    hu = grid.sample(image, threads=settings.threads)
    return _Prepared(
        image=image, hu=hu, lungs=find_lungs(hu, grid, side=volume.side, settings=settings.lungs), grid=grid
    )


def _are_identical(reference: sitk.Image, floating: sitk.Image) -> bool:
    def geometry(image: sitk.Image) -> tuple[tuple[float, ...], ...]:
        return image.GetSize(), image.GetSpacing(), image.GetOrigin(), image.GetDirection()

    return geometry(reference) == geometry(floating) and bool(
        np.array_equal(sitk.GetArrayViewFromImage(reference), sitk.GetArrayViewFromImage(floating))
    )


def _align(fixed: _Prepared, moving: _Prepared, *, settings: Settings, stage: Stage) -> Affine:
    alignment = settings.alignment
    spacing_mm = alignment.search_spacing_mm
    affine, _ = search_shift(
        _patch(fixed, spacing_mm, settings=settings, around_lungs=True),
        _patch(moving, spacing_mm, settings=settings, around_lungs=False),
        settings=alignment,
    )
    for number, spacing_mm in enumerate(alignment.fit_spacings_mm):
        part = stage.part(number / len(alignment.fit_spacings_mm), (number + 1) / len(alignment.fit_spacings_mm))
        affine, _ = fit_affine(
            _patch(fixed, spacing_mm, settings=settings, around_lungs=True),
            _patch(moving, spacing_mm, settings=settings, around_lungs=False),
            affine,
            settings=alignment,
            stage=part,
        )
    return affine


def _patch(side: _Prepared, spacing_mm: float, *, settings: Settings, around_lungs: bool) -> Patch:
    grid = side.grid.coarser(spacing_mm)
    blurred = sitk.SmoothingRecursiveGaussian(side.image, spacing_mm / 2)
    region = np.ones(grid.shape, dtype=bool)
    if around_lungs:
        lungs = grid.sample(side.grid.image(side.lungs.astype(np.float32)), threads=settings.threads) > 0.5
        away_mm = ndimage.distance_transform_edt(~lungs, sampling=grid.spacing_mm[::-1])
        region = away_mm <= settings.alignment.region_margin_mm
    return Patch(grid.sample(blurred, threads=settings.threads), grid, region)


def _deform(
    fixed: _Prepared, moving: _Prepared, affine: Affine, grid: Grid, *, settings: Settings, stage: Stage
) -> FloatArray:
    """Non-linear displacement on the whole working grid, in voxels."""
    deformation = settings.deformation
    first, last = _lung_box(fixed, grid, margin_mm=deformation.margin_mm)
    box = grid.part(first, last)
    reference_hu = box.sample(fixed.image, threads=settings.threads)
    floating_hu = box.sample(moving.image, threads=settings.threads, transform=affine.transform())
    seen = box.seen_in(moving.image, affine)
    inner = deform(reference_hu, floating_hu, seen, box, settings=deformation, stage=stage)
    inner *= _taper(grid, first, last, margin_mm=deformation.margin_mm)
    inner, _ = unfolded(inner, settings=deformation, stage=stage.part(1, 1))
    whole = np.zeros((3, *grid.shape), dtype=np.float32)
    whole[:, first[2] : last[2] + 1, first[1] : last[1] + 1, first[0] : last[0] + 1] = inner
    return whole


def _lung_box(side: _Prepared, grid: Grid, *, margin_mm: float) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    first: list[int] = []
    last: list[int] = []
    for axis, present in enumerate(np.nonzero(side.lungs)[::-1]):
        ends_mm = np.array([present.min(), present.max()]) * side.grid.spacing_mm[axis] + side.grid.origin_mm[axis]
        index = (ends_mm + np.array([-margin_mm, margin_mm]) - grid.origin_mm[axis]) / grid.spacing_mm[axis]
        first.append(max(0, int(np.floor(index[0]))))
        last.append(min(grid.size[axis] - 1, int(np.ceil(index[1]))))
    return (first[0], first[1], first[2]), (last[0], last[1], last[2])


def _taper(grid: Grid, first: tuple[int, int, int], last: tuple[int, int, int], *, margin_mm: float) -> FloatArray:
    """1 inside, fading to 0 at the sides of the box that do not end with the volume; shape (z, y, x)."""
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


def _measure(
    fixed: _Prepared,
    moving: _Prepared,
    displacement: FloatArray,
    affine: Affine,
    grid: Grid,
    *,
    settings: Settings,
    started: float,
) -> Quality:
    field_mm = whole_mapping(regridded(displacement, grid, fixed.grid), affine, fixed.grid)
    before = measures.look_through(None, fixed.grid, moving.hu, moving.lungs, moving.grid)
    after = measures.look_through(field_mm, fixed.grid, moving.hu, moving.lungs, moving.grid)

    def change(measure: Callable[[measures.View], float | None]) -> Change:
        return Change(before=measure(before), after=measure(after))

    volume_change = np.float32(np.linalg.det(affine.matrix)) * jacobian_determinant(displacement)
    lungs = regridded_mask(fixed.lungs, fixed.grid, grid)
    body = regridded_mask(fixed.hu > settings.lungs.threshold_hu, fixed.grid, grid) | lungs
    length_mm = np.sqrt((field_mm**2).sum(axis=0))[fixed.lungs]
    return Quality(
        correlation=change(
            lambda view: measures.correlation(fixed.hu[fixed.lungs & view.seen], view.hu[fixed.lungs & view.seen])
        ),
        mutual_information_bits=change(
            lambda view: measures.mutual_information_bits(
                fixed.hu[fixed.lungs & view.seen], view.hu[fixed.lungs & view.seen], bins=settings.quality.bins
            )
        ),
        lung_dice=change(lambda view: measures.dice(fixed.lungs & view.seen, view.lungs & view.seen)),
        jacobian_lungs=measures.jacobian_range(volume_change, lungs),
        jacobian_body=measures.jacobian_range(volume_change, body),
        mean_displacement_mm=float(length_mm.mean()),
        maximum_displacement_mm=float(length_mm.max()),
        lungs_seen_fraction=float(after.seen[fixed.lungs].mean()),
        seconds=time.monotonic() - started,
        peak_memory_mb=measures.peak_memory_mb(),
    )


def regridded_mask(mask: Mask, source: Grid, target: Grid) -> Mask:
    """Nearest value of ``mask`` on ``target``."""
    index = [
        np.clip(np.rint((o + np.arange(n) * s - so) / ss).astype(int), 0, sn - 1)
        for o, n, s, so, ss, sn in zip(
            target.origin_mm,
            target.size,
            target.spacing_mm,
            source.origin_mm,
            source.spacing_mm,
            source.size,
            strict=True,
        )
    ]
    return mask[np.ix_(index[2], index[1], index[0])]
