"""CT slices of a body whose HU rise evenly along every axis: whatever is read of them can be checked at every voxel.

Linear interpolation of such values is exact, so positions, order, shear and gaps show in the last digit.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.uid import CTImageStorage, generate_uid

from ophtha_core.phantoms.dicom_object import blank_object, set_moment, set_patient

ROWS, COLUMNS, PIXEL_MM = 12, 10, 4.0
_SLOPES = np.array([2.0, 3.0, 4.0])
"""HU per millimetre along x, y and z."""


def slope_hu(points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """HU at LPS ``points_mm`` (..., 3)."""
    return np.asarray(points_mm @ _SLOPES + 300, dtype=np.float64)


@dataclass(frozen=True, kw_only=True)
class SlopeScan:
    """Slices at ``heights_mm`` (z of the first row), the rows leaning by ``tilt_deg``; what is added marks the scan."""

    heights_mm: tuple[float, ...]
    tilt_deg: float = 0.0
    added_hu: int = 0
    acquisition: int = 1
    kernel: str = "B30f"
    first_number: int = 1
    series: str = "slope"

    def slices(self) -> list[Dataset]:
        return [self._slice(index, height) for index, height in enumerate(self.heights_mm)]

    def _slice(self, index: int, height_mm: float) -> Dataset:
        name = f"{self.series} {self.acquisition} {self.kernel} {index}"
        dataset = blank_object(sop_class=CTImageStorage, instance_uid=generate_uid(entropy_srcs=[name]))
        set_moment(dataset, date="20260101", time=f"12{self.acquisition:02d}00")
        set_patient(dataset, name="Phantom^Slope", patient_id="SLOPE-1")
        dataset.StudyInstanceUID = generate_uid(entropy_srcs=["slope study"])
        dataset.SeriesInstanceUID = generate_uid(entropy_srcs=[self.series])
        dataset.FrameOfReferenceUID = generate_uid(entropy_srcs=["slope frame"])
        dataset.Modality, dataset.SeriesNumber, dataset.ImageType = "CT", 1, ["ORIGINAL", "PRIMARY", "AXIAL"]
        dataset.AcquisitionNumber, dataset.ConvolutionKernel = self.acquisition, self.kernel
        dataset.InstanceNumber = self.first_number + index
        down = np.array([0, np.cos(np.radians(self.tilt_deg)), np.sin(np.radians(self.tilt_deg))])
        corner = np.array([-20.0, -30.0, height_mm])
        dataset.ImageOrientationPatient = [1, 0, 0, 0, round(float(down[1]), 8), round(float(down[2]), 8)]
        dataset.ImagePositionPatient = [round(float(value), 4) for value in corner]
        dataset.PixelSpacing = [PIXEL_MM, PIXEL_MM]
        row, column = np.mgrid[:ROWS, :COLUMNS]
        points = corner + PIXEL_MM * (column[..., None] * np.array([1, 0, 0]) + row[..., None] * down)
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
        dataset.Rows, dataset.Columns = ROWS, COLUMNS
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 1
        dataset.RescaleSlope, dataset.RescaleIntercept = 1, 0
        dataset.PixelData = np.rint(slope_hu(points) + self.added_hu).astype("<i2").tobytes()
        return dataset


def heights(gaps_mm: Iterable[float], *, start_mm: float = 0.0) -> tuple[float, ...]:
    """Positions with these distances between them."""
    return tuple(float(value) for value in start_mm + np.concatenate([[0.0], np.cumsum(list(gaps_mm))]))


def excess_hu(image: sitk.Image) -> NDArray[np.float64]:
    """What each voxel of ``image`` has more than the slope at its place, shape (z, y, x)."""
    size = image.GetSize()
    k, j, i = np.mgrid[: size[2], : size[1], : size[0]]
    direction = np.array(image.GetDirection()).reshape(3, 3)
    points = (np.stack([i, j, k], axis=-1) * np.array(image.GetSpacing())) @ direction.T + np.array(image.GetOrigin())
    return np.asarray(sitk.GetArrayViewFromImage(image) - slope_hu(points), dtype=np.float64)
