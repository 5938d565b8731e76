"""One side of a registration, made small enough to work with."""

from dataclasses import dataclass, replace

import numpy as np
import SimpleITK as sitk

from registration.affine import Affine, identity
from registration.grids import FloatArray, Grid, Mask, box_of, covering, shrunk
from registration.lungs import find_lungs
from registration.settings import Settings
from registration.volume import CheckedVolume

_SEEN_SHARE = 0.99
"""A voxel that is partly padding is none."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """``image`` averaged to about the working spacing; ``hu`` and ``lungs`` (z, y, x) on ``grid``, the lung grid.

    ``measured`` is the share (0 to 1) of each voxel of ``image`` that the scanner saw; ``None`` where it saw all.
    """

    image: sitk.Image
    measured: sitk.Image | None
    hu: FloatArray
    lungs: Mask
    grid: Grid

    def seen_on(self, grid: Grid, *, affine: Affine | None = None) -> Mask:
        """Which points of ``grid``, taken through ``affine``, lie in the image where the scanner saw something."""
        seen = grid.seen_in(self.image, affine or identity())
        if self.measured is not None:
            transform = affine.transform() if affine else None
            seen &= grid.sample(self.measured, threads=1, transform=transform) > _SEEN_SHARE
        return seen


def prepare(volume: CheckedVolume, *, settings: Settings) -> Prepared:
    """Raises :class:`InvalidContent` where there are no lungs."""
    image = shrunk(volume.image, spacing_mm=settings.deformation.spacing_mm, threads=settings.threads)
    low_mm, high_mm = box_of(volume.image)
    grid = covering(low_mm, high_mm, spacing_mm=settings.lungs.spacing_mm)
    hu = grid.sample(image, threads=settings.threads)
    measured = None
    if volume.measured is not None:
        measured = shrunk(volume.measured, spacing_mm=settings.deformation.spacing_mm, threads=settings.threads)
    prepared = Prepared(image=image, measured=measured, hu=hu, lungs=np.zeros(grid.shape, dtype=bool), grid=grid)
    lungs = find_lungs(hu, prepared.seen_on(grid), grid, side=volume.side, settings=settings.lungs)
    return replace(prepared, lungs=lungs)
