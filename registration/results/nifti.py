"""Images of a registration as NIfTI files."""

from pathlib import Path

import numpy as np
import SimpleITK as sitk

from ophtha_core.nifti import VoxelGrid, write_vectors, write_volume
from registration.progress import Stage


def write_scalar(path: Path, image: sitk.Image, *, stage: Stage) -> None:
    """``image`` as a three-dimensional file."""
    with path.open("wb") as file:
        write_volume(file, sitk.GetArrayViewFromImage(image), _grid(image), reached=stage.reached)


def write_field(path: Path, field: sitk.Image, *, stage: Stage) -> None:
    """``field`` (three components, LPS millimetres) as a file of vectors."""
    with path.open("wb") as file:
        write_vectors(file, sitk.GetArrayViewFromImage(field), _grid(field), reached=stage.reached)


def _grid(image: sitk.Image) -> VoxelGrid:
    affine = np.eye(4)
    affine[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    columns, rows, slices = image.GetSize()
    return VoxelGrid(size=(columns, rows, slices), affine=affine)
