"""Two checked volumes in, the registration out."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from registration.affine import Affine, identity
from registration.chest import align, map_chest, working_grid
from registration.differences import acquisition_differences
from registration.errors import RegistrationFailed
from registration.grids import Grid, Mask
from registration.mapping import field_image, warp_floating
from registration.prepared import prepare
from registration.progress import Stage
from registration.quality import Judgement, Quality, Verdict, measure
from registration.settings import Settings
from registration.threads import one_blas_thread
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
    judgement: Judgement
    warnings: tuple[str, ...]


@one_blas_thread()
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
    fixed = prepare(reference, settings=settings)
    stage.reached(0.03)
    moving = prepare(floating, settings=settings)
    stage.reached(0.06)
    grid = working_grid(reference.image, settings=settings.deformation)
    if _are_identical(reference.image, floating.image):
        affine = identity()
        field_mm = np.zeros((3, *grid.shape), dtype=np.float32)
        warnings.append("both series show the same image: the mapping is the identity")
    else:
        linear = align(fixed, moving, settings=settings, stage=stage.part(0.06, 0.2))
        affine = linear.lungs
        field_mm = map_chest(fixed, moving, linear, grid, settings=settings, stage=stage.part(0.2, 0.85))
    warped = warp_floating(
        floating.image,
        reference.image,
        field_mm,
        grid,
        air_hu=settings.input.air_hu,
        threads=settings.threads,
        stage=stage.part(0.85, 0.97),
    )
    quality = measure(fixed, moving, field_mm, grid, settings=settings, started=started)
    judgement = quality.judged(settings.quality).with_differences(
        [*quality.differences, *acquisition_differences(reference, floating)]
    )
    if judgement.verdict is Verdict.FAILED:
        raise RegistrationFailed("; ".join(judgement.reasons))
    warnings += judgement.reasons
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
        judgement=judgement,
        warnings=tuple(warnings),
    )


def _are_identical(reference: sitk.Image, floating: sitk.Image) -> bool:
    def geometry(image: sitk.Image) -> tuple[tuple[float, ...], ...]:
        return image.GetSize(), image.GetSpacing(), image.GetOrigin(), image.GetDirection()

    return geometry(reference) == geometry(floating) and bool(
        np.array_equal(sitk.GetArrayViewFromImage(reference), sitk.GetArrayViewFromImage(floating))
    )
