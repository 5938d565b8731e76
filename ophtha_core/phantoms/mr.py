"""MR of the head in three planes: one study, one frame of reference, a series for each orientation."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import FileDataset
from pydicom.uid import MRImageStorage

from ophtha_core.phantoms.demo_study import new_object, uid_of
from ophtha_core.phantoms.head_anatomy import Tissue, tissue_at

STUDY: Final = "Head MR phantom"

_T1_SIGNAL: Final = {
    Tissue.AIR: 8,
    Tissue.SOFT: 420,
    Tissue.FAT: 900,
    Tissue.BONE: 60,
    Tissue.CSF: 110,
    Tissue.GREY_MATTER: 430,
    Tissue.WHITE_MATTER: 640,
    Tissue.EYE: 150,
    Tissue.LENS: 380,
    Tissue.TEETH: 15,
}
_NOISE: Final = 14.0


class Orientation(Enum):
    """Direction of a row of pixels and of a column of pixels (LPS)."""

    AXIAL = ((1, 0, 0), (0, 1, 0))
    CORONAL = ((1, 0, 0), (0, 0, -1))
    SAGITTAL = ((0, 1, 0), (0, 0, -1))


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadMr:
    """Size of each series: a square field of view of ``field_mm``; rows and columns may have different spacings."""

    rows: int = 192
    columns: int = 256
    field_mm: float = 250.0
    slices: int = 24
    slice_spacing_mm: float = 6.5

    @property
    def spacing_mm(self) -> tuple[float, float]:
        """Distance between rows, between columns."""
        return self.field_mm / self.rows, self.field_mm / self.columns


def head_mr(size: HeadMr | None = None) -> Iterator[FileDataset]:
    """The slices of all three series, one at a time."""
    size = size or HeadMr()
    for number, orientation in enumerate(Orientation, start=1):
        for index in range(size.slices):
            yield _slice(size, orientation, number, index)


def _slice(size: HeadMr, orientation: Orientation, series_number: int, index: int) -> FileDataset:
    along_row, along_column = (np.array(v, float) for v in orientation.value)
    normal = np.cross(along_row, along_column)
    row_spacing_mm, column_spacing_mm = size.spacing_mm
    offset_mm = (index - (size.slices - 1) / 2) * size.slice_spacing_mm
    centre = np.array([0.0, -5.0, -5.0]) + normal * offset_mm
    origin = (
        centre
        - along_row * column_spacing_mm * (size.columns - 1) / 2
        - along_column * row_spacing_mm * (size.rows - 1) / 2
    )
    dataset = new_object(
        sop_class=MRImageStorage,
        modality="MR",
        study=STUDY,
        series=f"T1 {orientation.name.lower()}",
        series_number=series_number,
        instance_number=index + 1,
    )
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "M", "SE"]
    dataset.BodyPartExamined = "HEAD"
    dataset.ScanningSequence = "SE"
    dataset.SequenceVariant = "NONE"
    dataset.ScanOptions = ""
    dataset.MRAcquisitionType = "2D"
    dataset.SliceThickness = str(size.slice_spacing_mm)
    dataset.SpacingBetweenSlices = str(size.slice_spacing_mm)
    dataset.RepetitionTime = "500"
    dataset.EchoTime = "12"
    dataset.EchoTrainLength = "1"
    dataset.PatientPosition = "HFS"
    dataset.FrameOfReferenceUID = uid_of(STUDY, "frame of reference")
    dataset.PositionReferenceIndicator = ""
    dataset.ImagePositionPatient = [round(float(v), 6) for v in origin]
    dataset.ImageOrientationPatient = [*orientation.value[0], *orientation.value[1]]
    dataset.PixelSpacing = [round(row_spacing_mm, 8), round(column_spacing_mm, 8)]
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = size.rows, size.columns
    dataset.BitsAllocated = 16
    dataset.BitsStored = 12
    dataset.HighBit = 11
    dataset.PixelRepresentation = 0
    dataset.WindowCenter = "400"
    dataset.WindowWidth = "800"
    dataset.PixelData = _signal(size, origin, along_row, along_column, seed=1000 * series_number + index).tobytes()
    return dataset


def _signal(
    size: HeadMr,
    origin: NDArray[np.float64],
    along_row: NDArray[np.float64],
    along_column: NDArray[np.float64],
    *,
    seed: int,
) -> NDArray[np.uint16]:
    row_spacing_mm, column_spacing_mm = size.spacing_mm
    column = (np.arange(size.columns) * column_spacing_mm)[None, :, None] * along_row
    row = (np.arange(size.rows) * row_spacing_mm)[:, None, None] * along_column
    x, y, z = np.moveaxis(origin + column + row, 2, 0)
    table = np.zeros(max(Tissue) + 1)
    table[list(_T1_SIGNAL)] = list(_T1_SIGNAL.values())
    rng = np.random.default_rng(seed)
    # Magnitude of a complex signal: noise is never negative in air.
    real = table[tissue_at(x, y, z)] + rng.normal(0, _NOISE, x.shape)
    magnitude = np.hypot(real, rng.normal(0, _NOISE, x.shape))
    stored: NDArray[np.uint16] = np.clip(np.rint(magnitude), 0, 4095).astype("<u2")
    return stored
