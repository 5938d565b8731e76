"""CT of a head with a face, axial slices in Hounsfield units."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import FileDataset
from pydicom.uid import CTImageStorage

from ophtha_core.phantoms.demo_study import new_object, uid_of
from ophtha_core.phantoms.head_anatomy import Tissue, tissue_at

STUDY: Final = "Head CT phantom"
SERIES: Final = "Axial head"

_HOUNSFIELD: Final = {
    Tissue.AIR: -1000,
    Tissue.SOFT: 40,
    Tissue.FAT: -90,
    Tissue.BONE: 950,
    Tissue.CSF: 6,
    Tissue.GREY_MATTER: 38,
    Tissue.WHITE_MATTER: 28,
    Tissue.EYE: 12,
    Tissue.LENS: 75,
    Tissue.TEETH: 2100,
}
_NOISE_HU: Final = 6.0
_TABLE_HU: Final = -250


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadCt:
    """Size of the series: a square field of view of ``field_mm`` and slices upwards from ``lowest_z_mm``."""

    pixels: int = 256
    field_mm: float = 256.0
    slices: int = 80
    slice_spacing_mm: float = 2.5
    lowest_z_mm: float = -90.0

    @property
    def pixel_spacing_mm(self) -> float:
        return self.field_mm / self.pixels

    @property
    def first_pixel_mm(self) -> float:
        """x and y of the centre of the first pixel."""
        return -self.field_mm / 2 + self.pixel_spacing_mm / 2


FACE_LOW_MM: Final = (-50.0, -128.0, -92.0)
FACE_HIGH_MM: Final = (50.0, -62.0, 12.0)
"""A box around eyes, nose, mouth and chin."""


def head_ct(size: HeadCt | None = None) -> Iterator[FileDataset]:
    """The slices, one at a time."""
    size = size or HeadCt()
    for index in range(size.slices):
        yield _slice(size, index)


def hounsfield_slice(size: HeadCt, z_mm: float) -> NDArray[np.int16]:
    """Rows x columns of HU at height ``z_mm``, with noise that depends on the height only."""
    axis = size.first_pixel_mm + np.arange(size.pixels) * size.pixel_spacing_mm
    x, y = np.meshgrid(axis, axis)
    table = np.zeros(max(Tissue) + 1)
    table[list(_HOUNSFIELD)] = list(_HOUNSFIELD.values())
    hu = table[tissue_at(x, y, np.full_like(x, z_mm))]
    hu[(np.abs(y - 112 - 0.002 * x**2) < 2) & (np.abs(x) < 110)] = _TABLE_HU
    noise = np.random.default_rng(abs(round(z_mm * 100))).normal(0, _NOISE_HU, hu.shape)
    return np.clip(np.rint(hu + noise), -1024, 3071).astype(np.int16)


def _slice(size: HeadCt, index: int) -> FileDataset:
    z_mm = size.lowest_z_mm + index * size.slice_spacing_mm
    dataset = new_object(
        sop_class=CTImageStorage, modality="CT", study=STUDY, series=SERIES, series_number=1, instance_number=index + 1
    )
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.BodyPartExamined = "HEAD"
    dataset.KVP = "120"
    dataset.SliceThickness = str(size.slice_spacing_mm)
    dataset.PatientPosition = "HFS"
    dataset.FrameOfReferenceUID = uid_of(STUDY, "frame of reference")
    dataset.PositionReferenceIndicator = ""
    dataset.AcquisitionNumber = 1
    dataset.ImagePositionPatient = [size.first_pixel_mm, size.first_pixel_mm, z_mm]
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.PixelSpacing = [size.pixel_spacing_mm, size.pixel_spacing_mm]
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows = dataset.Columns = size.pixels
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit = 15
    dataset.PixelRepresentation = 1
    dataset.RescaleIntercept = "0"
    dataset.RescaleSlope = "1"
    dataset.RescaleType = "HU"
    dataset.WindowCenter = "40"
    dataset.WindowWidth = "400"
    dataset.PixelData = hounsfield_slice(size, z_mm).astype("<i2").tobytes()
    return dataset
