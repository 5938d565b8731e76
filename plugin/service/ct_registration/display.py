"""Small volumes for the pages."""

import math
from pathlib import Path

import SimpleITK as sitk

from plugin.service.ct_registration.files import DisplayVolume
from registration.engine import Registration
from registration.progress import Stage
from registration.results.nifti import write_scalar

_LONGEST_EDGE = 256
"""Voxels: what a browser draws at once."""


def write_display_volumes(registration: Registration, folder: Path, *, stage: Stage) -> None:
    """Reference, floating and registered image, averaged to at most 256 voxels along each edge."""
    images = {
        DisplayVolume.REFERENCE: registration.reference.image,
        DisplayVolume.FLOATING: registration.floating.image,
        DisplayVolume.REGISTERED: registration.warped,
    }
    for number, (volume, image) in enumerate(images.items()):
        part = stage.part(number / len(images), (number + 1) / len(images))
        write_scalar(folder / volume.file_name, reduced(image), stage=part)


def reduced(image: sitk.Image) -> sitk.Image:
    """``image`` averaged over as few voxels as make every edge short enough."""
    factors = [math.ceil(size / _LONGEST_EDGE) for size in image.GetSize()]
    return image if max(factors) == 1 else sitk.BinShrink(image, factors)
