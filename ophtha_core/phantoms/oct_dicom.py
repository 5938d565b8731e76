"""Writes an ``OctPhantom`` as DICOM: Ophthalmic Tomography with its fundus localizer, or a legacy series of B-scans.

What a file proves about its directions differs between vendors; the writers take that as arguments. PS3.3 A.52 and
C.8.17; coordinates of the Ophthalmic Frame Location are row and column of the localizer, 0 at the pixel's corner.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.sr.coding import Code
from pydicom.uid import (
    OphthalmicTomographyImageStorage,
    SecondaryCaptureImageStorage,
)

from ophtha_core.phantoms.dicom_object import item
from ophtha_core.phantoms.oct import OctPhantom
from ophtha_core.phantoms.oct_fundus import LOCALIZER_SPACING_MM, localizer_image, localizer_origin_mm
from ophtha_core.phantoms.oct_header import codes, header, set_pixels, uid


class Planes(StrEnum):
    """What Plane Position and Plane Orientation say."""

    TRUE = "true"
    PLACEHOLDER = "placeholder"
    """Axial axes and positions ``[0, 0, i * spacing]``, which several vendors write for every scan."""
    ABSENT = "absent"


class ScanPattern(StrEnum):
    """How the B-scans of a volume lie on the fundus (CID 4272)."""

    CUBE = "128279"
    RADIAL = "128282"
    CIRCLE = "128284"


@dataclass(frozen=True, kw_only=True)
class OptStudy:
    """An Ophthalmic Tomography image and the fundus photograph its frames are located on."""

    volume: Dataset
    localizer: Dataset


def opt_study(
    phantom: OctPhantom,
    *,
    frame_locations: bool = True,
    planes: Planes = Planes.TRUE,
    localizer_spacing: bool = True,
    laterality: bool = True,
    spacing_between_slices: bool = False,
    slice_thickness: bool = True,
    pattern: ScanPattern = ScanPattern.CUBE,
    patient_id: str = "PHANTOM-OCT",
) -> OptStudy:
    """One volume as a multi-frame image, with its localizer in a series of its own."""
    seed = f"{phantom!r}{frame_locations}{planes}{localizer_spacing}{laterality}{pattern}{patient_id}"
    localizer = localizer_image(
        phantom, seed=seed, spacing=localizer_spacing, laterality=laterality, patient_id=patient_id
    )
    volume = header(OphthalmicTomographyImageStorage, seed=seed, series="volume", patient_id=patient_id)
    _tomography_modules(volume, phantom, laterality=laterality)
    volume.FrameOfReferenceUID = uid(seed, "frame-of-reference")
    volume.PositionReferenceIndicator = ""
    volume.SynchronizationFrameOfReferenceUID = uid(seed, "synchronization")
    volume.SynchronizationTrigger = "NO TRIGGER"
    volume.AcquisitionTimeSynchronized = "N"
    volume.ScanPatternTypeCodeSequence = codes(Code(pattern.value, "DCM", _PATTERN_MEANING[pattern]))
    volume.SharedFunctionalGroupsSequence = DicomSequence(
        [_shared_groups(phantom, spacing_between_slices=spacing_between_slices, slice_thickness=slice_thickness)]
    )
    if planes is not Planes.ABSENT:
        volume.SharedFunctionalGroupsSequence[0].PlaneOrientationSequence = DicomSequence(
            [item(ImageOrientationPatient=plane_orientation(phantom, planes))]
        )
    volume.PerFrameFunctionalGroupsSequence = DicomSequence(
        [
            _frame_groups(
                phantom, index, localizer=localizer if frame_locations else None, planes=planes, pattern=pattern
            )
            for index in range(phantom.num_slices)
        ]
    )
    _dimensions(volume, seed)
    set_pixels(volume, np.stack(list(phantom.frames())))
    return OptStudy(volume=volume, localizer=localizer)


def bscan_series(
    phantom: OctPhantom, *, planes: Planes = Planes.TRUE, laterality: bool = True, patient_id: str = "PHANTOM-OCT"
) -> list[Dataset]:
    """The same scan as single-frame images, as devices wrote it before Ophthalmic Tomography existed."""
    seed = f"{phantom!r}{planes}{laterality}{patient_id}-legacy"
    images = []
    for index, frame in enumerate(phantom.frames()):
        image = header(SecondaryCaptureImageStorage, seed=seed, series="b-scans", instance=index, patient_id=patient_id)
        image.Modality = "OPT"
        image.ConversionType = "WSD"
        image.PatientOrientation = []
        image.InstanceNumber = index + 1
        image.Laterality = phantom.laterality.value if laterality else ""
        image.PixelSpacing = [phantom.pixel_spacing_row_mm, phantom.pixel_spacing_column_mm]
        image.SliceThickness = phantom.slice_spacing_mm
        if planes is not Planes.ABSENT:
            image.ImageOrientationPatient = plane_orientation(phantom, planes)
            image.ImagePositionPatient = plane_position(phantom, index, planes)
        set_pixels(image, frame)
        images.append(image)
    return images


def plane_orientation(phantom: OctPhantom, planes: Planes = Planes.TRUE) -> list[float]:
    """Image Orientation (Patient): the image's right is the patient's left, depth is posterior."""
    if planes is Planes.PLACEHOLDER:
        return [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]
    x, y = phantom.retina_mm(np.zeros(2), np.array([0.0, 1.0]))
    along = np.array([x[1] - x[0], y[0] - y[1]]) / phantom.pixel_spacing_column_mm
    right, head = (round(float(each), 9) + 0.0 for each in along)
    return [right, 0.0, head, 0.0, 1.0, 0.0]


def plane_position(phantom: OctPhantom, index: int, planes: Planes = Planes.TRUE) -> list[float]:
    """Image Position (Patient) of slice ``index``: the centre of its first pixel."""
    if planes is Planes.PLACEHOLDER:
        return [0.0, 0.0, round(index * phantom.slice_spacing_mm, 6)]
    x, y = phantom.retina_mm(np.array([float(index)]), np.array([0.0]))
    return [round(float(x[0]), 6), 0.0, round(-float(y[0]), 6)]


def frame_coordinates(phantom: OctPhantom, index: int, pattern: ScanPattern = ScanPattern.CUBE) -> list[float]:
    """Reference Coordinates of one frame on the localizer: its first and last A-scan, or a whole circle."""
    origin_x, origin_y = localizer_origin_mm(phantom)
    row_mm, column_mm = LOCALIZER_SPACING_MM
    centre_x, centre_y = phantom.scan_centre_mm()
    if pattern is ScanPattern.CUBE:
        x, y = phantom.retina_mm(np.full(2, float(index)), np.array([0.0, phantom.columns - 1.0]))
    else:
        half_mm = phantom.columns * phantom.pixel_spacing_column_mm / 2
        turns = index / phantom.num_slices * np.pi
        angles = np.array([turns + np.pi, turns])
        if pattern is ScanPattern.CIRCLE:
            angles, half_mm = np.linspace(0, 2 * np.pi, phantom.columns), 1.7
        x, y = centre_x + half_mm * np.cos(angles), centre_y + half_mm * np.sin(angles)
    pairs = np.column_stack([(y - origin_y) / row_mm, (x - origin_x) / column_mm])
    return [float(value) for value in pairs.astype(np.float32).ravel()]


_PATTERN_MEANING = {
    ScanPattern.CUBE: "Cube B-scan pattern",
    ScanPattern.RADIAL: "Radial B-scan pattern",
    ScanPattern.CIRCLE: "Circle B-scan pattern",
}


def _tomography_modules(image: Dataset, phantom: OctPhantom, *, laterality: bool) -> None:
    image.Modality = "OPT"
    image.ImageType = ["ORIGINAL", "PRIMARY"]
    image.AcquisitionDateTime = "20250102101500"
    image.AcquisitionNumber = 1
    image.AcquisitionDuration = 1.0
    image.InConcatenationNumber = image.InConcatenationTotalNumber = 1
    image.ConcatenationFrameOffsetNumber = 0
    image.BurnedInAnnotation = "NO"
    image.LossyImageCompression = "00"
    image.PresentationLUTShape = "IDENTITY"
    image.EmmetropicMagnification = None
    image.IntraOcularPressure = None
    image.HorizontalFieldOfView = None
    image.PupilDilated = None
    image.RefractiveStateSequence = DicomSequence()
    image.AxialLengthOfTheEye = None
    image.AcquisitionContextSequence = DicomSequence()
    image.AcquisitionDeviceTypeCodeSequence = codes(Code("392012008", "SCT", "Optical Coherence Tomography Scanner"))
    image.LightPathFilterTypeStackCodeSequence = DicomSequence()
    image.DetectorType = "CCD"
    image.IlluminationWaveLength = 840.0
    image.IlluminationPower = 700.0
    image.IlluminationBandwidth = 50.0
    image.DepthSpatialResolution = 7.0
    image.MaximumDepthDistortion = 0.5
    image.AlongScanSpatialResolution = 14.0
    image.MaximumAlongScanDistortion = 0.5
    image.AcrossScanSpatialResolution = 14.0
    image.MaximumAcrossScanDistortion = 0.5
    image.AnatomicRegionSequence = codes(Code("5665001", "SCT", "Retina"))
    image.ImageLaterality = phantom.laterality.value if laterality else ""


def _shared_groups(phantom: OctPhantom, *, spacing_between_slices: bool, slice_thickness: bool) -> Dataset:
    measures = item(PixelSpacing=[phantom.pixel_spacing_row_mm, phantom.pixel_spacing_column_mm])
    if slice_thickness:
        measures.SliceThickness = phantom.slice_spacing_mm
    if spacing_between_slices:
        measures.SpacingBetweenSlices = phantom.slice_spacing_mm
    anatomy = item(
        AnatomicRegionSequence=codes(Code("5665001", "SCT", "Retina")), FrameLaterality=phantom.laterality.value
    )
    return item(
        PixelMeasuresSequence=DicomSequence([measures]),
        FrameAnatomySequence=DicomSequence([anatomy]),
    )


def _frame_groups(
    phantom: OctPhantom, index: int, *, localizer: Dataset | None, planes: Planes, pattern: ScanPattern
) -> Dataset:
    content = item(
        FrameAcquisitionDateTime="20250102101500",
        FrameReferenceDateTime="20250102101500",
        FrameAcquisitionDuration=10.0,
        StackID="1",
        InStackPositionNumber=index + 1,
        DimensionIndexValues=[1, index + 1],
    )
    groups = item(FrameContentSequence=DicomSequence([content]))
    if planes is not Planes.ABSENT:
        position = item(ImagePositionPatient=plane_position(phantom, index, planes))
        groups.PlanePositionSequence = DicomSequence([position])
    if localizer is not None:
        location = _reference(localizer)
        location.ReferenceCoordinates = frame_coordinates(phantom, index, pattern)
        location.OphthalmicImageOrientation = "NONLINEAR" if pattern is ScanPattern.CIRCLE else "LINEAR"
        groups.OphthalmicFrameLocationSequence = DicomSequence([location])
        groups.ReferencedImageSequence = DicomSequence([_reference(localizer)])
    return groups


def _reference(image: Dataset) -> Dataset:
    return item(
        ReferencedSOPClassUID=image.SOPClassUID,
        ReferencedSOPInstanceUID=image.SOPInstanceUID,
        PurposeOfReferenceCodeSequence=codes(Code("121311", "DCM", "Localizer")),
    )


def _dimensions(image: Dataset, seed: str) -> None:
    organization = uid(seed, "dimensions")
    image.DimensionOrganizationSequence = DicomSequence([item(DimensionOrganizationUID=organization)])
    image.DimensionIndexSequence = DicomSequence(
        [
            item(
                DimensionOrganizationUID=organization, DimensionIndexPointer=pointer, FunctionalGroupPointer=0x00209111
            )
            for pointer in (0x00209056, 0x00209057)
        ]
    )
