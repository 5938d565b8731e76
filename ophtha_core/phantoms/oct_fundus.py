"""The fundus photograph of a phantom eye, on which the frames of its OCT volume are located."""

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.sr.coding import Code
from pydicom.tag import Tag
from pydicom.uid import OphthalmicPhotography8BitImageStorage

from ophtha_core.phantoms.oct import OctPhantom
from ophtha_core.phantoms.oct_header import codes, header, set_pixels, uid

LOCALIZER_SPACING_MM = (0.02, 0.025)
"""Row and column spacing differ on purpose: swapping them must show."""

_LOCALIZER_MARGIN_MM = 0.5


def localizer_image(phantom: OctPhantom, *, seed: str, spacing: bool, laterality: bool, patient_id: str) -> Dataset:
    image = header(OphthalmicPhotography8BitImageStorage, seed=seed, series="localizer", patient_id=patient_id)
    image.Modality = "OP"
    image.ImageType = ["ORIGINAL", "PRIMARY"]
    image.AcquisitionDateTime = "20250102101500"
    image.BurnedInAnnotation = "NO"
    image.LossyImageCompression = "00"
    image.PresentationLUTShape = "IDENTITY"
    image.NumberOfFrames = 1
    image.FrameIncrementPointer = Tag(0x00181063)
    image.FrameTime = 1.0
    image.SynchronizationFrameOfReferenceUID = uid(seed, "synchronization")
    image.SynchronizationTrigger = "NO TRIGGER"
    image.AcquisitionTimeSynchronized = "N"
    image.PatientEyeMovementCommanded = ""
    image.EmmetropicMagnification = None
    image.IntraOcularPressure = None
    image.HorizontalFieldOfView = None
    image.PupilDilated = None
    image.DetectorType = ""
    for empty in ("RefractiveState", "IlluminationTypeCode", "LightPathFilterTypeStackCode"):
        setattr(image, f"{empty}Sequence", DicomSequence())
    image.ImagePathFilterTypeStackCodeSequence = DicomSequence()
    image.LensesCodeSequence = DicomSequence()
    image.AcquisitionDeviceTypeCodeSequence = codes(Code("392004000", "SCT", "Confocal Scanning Laser Ophthalmoscope"))
    image.PatientOrientation = ["L", "F"]
    image.AnatomicRegionSequence = codes(Code("5665001", "SCT", "Retina"))
    image.ImageLaterality = phantom.laterality.value if laterality else ""
    if spacing:
        image.PixelSpacing = list(LOCALIZER_SPACING_MM)
    set_pixels(image, fundus_image(phantom))
    return image


def _field_mm(phantom: OctPhantom) -> tuple[float, float]:
    slices_mm = phantom.num_slices * phantom.slice_spacing_mm
    columns_mm = phantom.columns * phantom.pixel_spacing_column_mm
    return (columns_mm, slices_mm) if phantom.horizontal else (slices_mm, columns_mm)


def localizer_origin_mm(phantom: OctPhantom) -> tuple[float, float]:
    centre_x, centre_y = phantom.scan_centre_mm()
    width, height = _field_mm(phantom)
    return centre_x - width / 2 - _LOCALIZER_MARGIN_MM, centre_y - height / 2 - _LOCALIZER_MARGIN_MM


def fundus_image(phantom: OctPhantom) -> NDArray[np.uint8]:
    """The localizer's pixels: background, bright disc, dark vessels and fovea."""
    width, height = (size + 2 * _LOCALIZER_MARGIN_MM for size in _field_mm(phantom))
    row_mm, column_mm = LOCALIZER_SPACING_MM
    origin_x, origin_y = localizer_origin_mm(phantom)
    y, x = np.meshgrid(
        origin_y + (np.arange(int(np.ceil(height / row_mm))) + 0.5) * row_mm,
        origin_x + (np.arange(int(np.ceil(width / column_mm))) + 0.5) * column_mm,
        indexing="ij",
    )
    radius = phantom.anatomy.disc_radius(x, y)
    image = 120.0 - 45.0 * np.exp(-((np.hypot(x, y) / 0.7) ** 2))
    image = np.where(radius < 1.0, 190.0, image)
    image = np.where(radius < phantom.anatomy.disc.cup_ratio, 235.0, image)
    image = np.where(phantom.anatomy.vessel_mask(x, y), image * 0.55, image)
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)
