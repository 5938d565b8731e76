"""Pairs of phantom volumes, how far a registration is from their truth, and settings that keep tests short."""

from dataclasses import dataclass, replace

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from ophtha_core.phantoms.chest_ct import (
    Chest,
    Geometry,
    Motion,
    Points,
    Scan,
    SeriesIdentity,
    lung_landmarks,
    wall_landmarks,
)
from registration.engine import Registration
from registration.settings import Settings
from registration.slices import Side
from registration.volume import CheckedVolume, read_series
from tests.kit.ct_files import files, instances

CHEST = Geometry(columns=128, rows=92, slices=82, pixel_spacing_mm=2.8, slice_spacing_mm=3.5)


def quick_settings() -> Settings:
    """A coarser working grid than the product's: the same code in a third of the time."""
    settings = Settings()
    return replace(settings, deformation=replace(settings.deformation, spacing_mm=3.0))


@dataclass(frozen=True, kw_only=True)
class PhantomPair:
    """Two dates of the phantom chest and the motion between them."""

    motion: Motion
    reference: CheckedVolume
    floating: CheckedVolume

    def lung_errors_mm(self, registration: Registration, *, count: int = 300, left_only: bool = False) -> Points:
        """Distances between where the field puts lung points and where they are."""
        points = lung_landmarks(Chest(), count=count)
        return self._errors_mm(registration, points[points[:, 0] > 0] if left_only else points)

    def wall_errors_mm(self, registration: Registration, *, count: int = 200) -> Points:
        """The same for points of the wall, 3 to 15 mm outside the pleura."""
        return self._errors_mm(registration, wall_landmarks(count=count))

    def _errors_mm(self, registration: Registration, points: Points) -> Points:
        reached = points + displacement_at(registration.field, points)
        return np.asarray(np.linalg.norm(reached - self.motion.to_floating(points), axis=1))


def phantom_pair(
    motion: Motion,
    *,
    geometry: Geometry = CHEST,
    reference_scan: Scan | None = None,
    floating_scan: Scan | None = None,
    floating_geometry: Geometry | None = None,
) -> PhantomPair:
    """Both series written as DICOM and read back."""
    reference = instances(geometry, scan=reference_scan or Scan(noise_hu=12, seed=1))
    floating = instances(
        floating_geometry or geometry,
        identity=SeriesIdentity(study="follow-up"),
        motion=motion,
        scan=floating_scan or Scan(noise_hu=12, seed=2),
    )
    return PhantomPair(
        motion=motion,
        reference=read_series(files(reference), side=Side.REFERENCE),
        floating=read_series(files(floating), side=Side.FLOATING),
    )


def displacement_at(field: sitk.Image, points: Points) -> NDArray[np.float64]:
    """Linear interpolation of a vector image at LPS ``points``, as a reader of the field does it."""
    values = sitk.GetArrayViewFromImage(field)
    index = ((points - np.array(field.GetOrigin())) / np.array(field.GetSpacing())).T[::-1]
    return np.stack(
        [ndimage.map_coordinates(values[..., axis], index, order=1, mode="nearest") for axis in range(3)], axis=-1
    )
