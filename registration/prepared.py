"""One side of a registration, made small enough to work with."""

from dataclasses import dataclass

import SimpleITK as sitk

from registration.grids import FloatArray, Grid, Mask, box_of, covering, shrunk
from registration.lungs import find_lungs
from registration.settings import Settings
from registration.volume import CheckedVolume


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """``image`` averaged to about the working spacing; ``hu`` and ``lungs`` (z, y, x) on ``grid``, the lung grid."""

    image: sitk.Image
    hu: FloatArray
    lungs: Mask
    grid: Grid


def prepare(volume: CheckedVolume, *, settings: Settings) -> Prepared:
    """Raises :class:`InvalidContent` where there are no lungs."""
    image = shrunk(volume.image, spacing_mm=settings.deformation.spacing_mm, threads=settings.threads)
    low_mm, high_mm = box_of(volume.image)
    grid = covering(low_mm, high_mm, spacing_mm=settings.lungs.spacing_mm)
    hu = grid.sample(image, threads=settings.threads)
    lungs = find_lungs(hu, grid, side=volume.side, settings=settings.lungs)
    return Prepared(image=image, hu=hu, lungs=lungs, grid=grid)
