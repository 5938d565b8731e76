"""Small CT series of a chest drawn from formulas, for tests that need a whole registration in a second or two."""

from dataclasses import dataclass, replace
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, FileMetaDataset, dcmwrite
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, generate_uid

Volume = NDArray[np.int16]

_SIZE = 80
_PIXEL_MM = 3.0


@dataclass(frozen=True, kw_only=True)
class ChestSeries:
    """One acquisition; everything but the anatomy is chosen here. Coordinates are LPS millimetres."""

    name: str
    slices: int = 20
    slice_spacing_mm: float = 7.5
    shift_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """How far the patient lies away from the place of the formulas."""
    patient_id: str = "CHEST-1"
    has_lungs: bool = True
    is_coronal: bool = False
    is_lung_inverted: bool = False
    """Dark where it should be bright: nothing can be matched."""

    @property
    def series_uid(self) -> UID:
        return generate_uid(entropy_srcs=["chest", self.name, "series"])

    def voxels(self) -> Volume:
        """HU, shape (slices, rows, columns)."""
        in_plane_mm = (np.arange(_SIZE) - (_SIZE - 1) / 2) * _PIXEL_MM
        along_mm = (np.arange(self.slices) - (self.slices - 1) / 2) * self.slice_spacing_mm
        z, y, x = np.meshgrid(along_mm, in_plane_mm, in_plane_mm, indexing="ij")
        x, y, z = (axis - shift for axis, shift in zip((x, y, z), self.shift_mm, strict=True))
        hu = np.full(x.shape, -1000.0)
        hu[_inside(x, y, 0, 0, 105, 78)] = 40.0
        if self.has_lungs:
            for centre in (-46.0, 46.0):
                lung = _inside(x, y, centre, -5, 36, 52) & (np.abs(z) < 62 - 0.005 * (x - centre) ** 2)
                vessels = _vessels(x, y, z)[lung]
                hu[lung] = -550.0 - 0.6 * vessels if self.is_lung_inverted else -850.0 + vessels
        hu[_inside(x, y, 0, 58, 12, 12)] = 500.0
        return np.clip(np.rint(hu), -1024, 3000).astype(np.int16)

    def files(self) -> list[bytes]:
        """One CT Image each, in order of position."""
        return [_encoded(self._instance(number, plane)) for number, plane in enumerate(self.voxels())]

    def _instance(self, number: int, plane: NDArray[np.int16]) -> Dataset:
        edge_mm = -(_SIZE - 1) / 2 * _PIXEL_MM
        along_mm = (number - (self.slices - 1) / 2) * self.slice_spacing_mm
        dataset = Dataset()
        dataset.SOPClassUID = CTImageStorage
        dataset.SOPInstanceUID = generate_uid(entropy_srcs=["chest", self.name, str(number)])
        dataset.StudyInstanceUID = generate_uid(entropy_srcs=["chest", self.name, "study"])
        dataset.SeriesInstanceUID = self.series_uid
        dataset.FrameOfReferenceUID = generate_uid(entropy_srcs=["chest", self.name, "frame"])
        dataset.Modality = "CT"
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        dataset.PatientID = self.patient_id
        dataset.PatientName = "Chest^Drawn"
        dataset.PatientBirthDate = dataset.PatientSex = dataset.StudyID = dataset.AccessionNumber = ""
        dataset.ReferringPhysicianName = ""
        dataset.StudyDate = "20250101"
        dataset.StudyTime = "120000"
        dataset.SeriesNumber = 1
        dataset.InstanceNumber = self.slices - number
        dataset.ImageOrientationPatient = [1, 0, 0, 0, 0, -1] if self.is_coronal else [1, 0, 0, 0, 1, 0]
        place = [edge_mm, along_mm, -edge_mm] if self.is_coronal else [edge_mm, edge_mm, along_mm]
        dataset.ImagePositionPatient = place
        dataset.PixelSpacing = [_PIXEL_MM, _PIXEL_MM]
        dataset.SliceThickness = self.slice_spacing_mm
        dataset.SamplesPerPixel = 1
        dataset.PhotometricInterpretation = "MONOCHROME2"
        dataset.Rows = dataset.Columns = _SIZE
        dataset.BitsAllocated = dataset.BitsStored = 16
        dataset.HighBit = 15
        dataset.PixelRepresentation = 1
        dataset.RescaleIntercept = 0
        dataset.RescaleSlope = 1
        dataset.KVP = 120
        dataset.PixelData = plane.astype("<i2").tobytes()
        return dataset


REFERENCE = ChestSeries(name="reference")
FLOATING = replace(REFERENCE, name="floating", shift_mm=(6.0, -4.0, 9.0))


def _inside(
    x: NDArray[np.float64], y: NDArray[np.float64], x0: float, y0: float, a: float, b: float
) -> NDArray[np.bool_]:
    return ((x - x0) / a) ** 2 + ((y - y0) / b) ** 2 < 1


def _vessels(x: NDArray[np.float64], y: NDArray[np.float64], z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Blobs at fixed places, up to 500 HU above lung."""
    random = np.random.default_rng(7)
    total = np.zeros(x.shape)
    for centre in random.uniform((-80, -52, -60), (80, 52, 60), (60, 3)):
        radius_mm = random.uniform(6, 11)
        distance2 = (x - centre[0]) ** 2 + (y - centre[1]) ** 2 + (z - centre[2]) ** 2
        total += 500 * np.exp(-distance2 / (2 * radius_mm**2))
    return np.minimum(total, 600)


def _encoded(dataset: Dataset) -> bytes:
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    buffer = BytesIO()
    dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()
