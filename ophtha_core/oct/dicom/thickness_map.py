"""Ophthalmic Thickness Map (PS3.3 A.67): a canonical thickness map as an image whose pixels are micrometres.

Stored value 0 is a cell without tissue or outside the field; 1 and above are ``(value - 1) * step`` micrometres, as the
Real World Value Mapping says.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import OphthalmicThicknessMapStorage

from ophtha_core.dicom.reading import items_of, numbers_of, value_of
from ophtha_core.errors import InvalidInput, UnreadableImage
from ophtha_core.oct.dicom.codes import (
    ABSOLUTE_THICKNESS,
    FOVEA,
    LOCALIZER,
    MICROMETER,
    RETINA,
    SIDES,
    SOURCE_IMAGE,
    SPECTRAL_DOMAIN,
    RetinalThickness,
)
from ophtha_core.oct.dicom.header import codes, derived_identity, derived_object
from ophtha_core.oct.dicom.volume import OctVolume
from ophtha_core.oct.enface import EnFaceGrid, EnFacePoint, Laterality
from ophtha_core.oct.thickness import ThicknessMap, ThicknessUnit

FINEST_STEP_UM: Final = 0.01
_LARGEST: Final = 65535
_ACQUISITION: Final = ("EmmetropicMagnification", "IntraOcularPressure", "HorizontalFieldOfView", "PupilDilated")


def write_thickness_map(
    volume: OctVolume, thickness: ThicknessMap, *, measured: RetinalThickness, instance_number: int = 1
) -> Dataset:
    """One map as an image in the study of its volume.

    ``thickness`` is in µm on the volume's canonical grid. Raises InvalidInput (`laterality`) when the eye is unknown,
    because the object cannot leave it open.
    """
    laterality = thickness.grid.laterality
    if laterality is None:
        raise InvalidInput("laterality", "a thickness map says which eye it shows")
    if thickness.unit is not ThicknessUnit.UM:
        raise InvalidInput("thickness_maps", "a thickness map is stored in µm")
    stored, step_um = _encode(thickness.values)
    centre = thickness.grid.centre_point
    identity = derived_identity(
        volume,
        kind="OPM",
        content=[
            measured.value.value.encode(),
            laterality.encode(),
            repr((step_um, centre)).encode(),
            stored.tobytes(),
        ],
        series_number=9101,
        instance_number=instance_number,
    )
    image = derived_object(volume, sop_class=OphthalmicThicknessMapStorage, modality="OPM", identity=identity)
    image.SeriesDescription = "Retinal thickness maps (research)"
    _thickness_module(image, volume, measured=measured, laterality=laterality)
    image.PixelSpacing = [
        round(value, 9) for value in (thickness.grid.row_spacing_mm, thickness.grid.column_spacing_mm)
    ]
    image.PixelAspectRatio = [max(1, round(spacing_mm * 1e6)) for spacing_mm in image.PixelSpacing]
    if thickness.grid.centre is not None:
        image.PrimaryAnatomicStructureSequence = codes(FOVEA)
        # column\row with the origin at the corner of the first pixel (PS3.3 C.8.28.2).
        image.AnatomicStructureReferencePoint = [centre.column + 0.5, centre.row + 0.5]
    image.RealWorldValueMappingSequence = DicomSequence([_value_mapping(step_um)])
    _pixel_module(image, stored)
    return image


def read_thickness_map(image: Dataset) -> ThicknessMap:
    """The map of a stored object: µm, canonical orientation, NaN where it has no value."""
    spacing = numbers_of(image, "PixelSpacing", count=2)
    mappings = items_of(image, "RealWorldValueMappingSequence")
    if spacing is None or not mappings:
        raise UnreadableImage("the thickness map has no PixelSpacing or no RealWorldValueMappingSequence")
    slope = numbers_of(mappings[0], "RealWorldValueSlope", count=1)
    intercept = numbers_of(mappings[0], "RealWorldValueIntercept", count=1)
    first = numbers_of(mappings[0], "RealWorldValueFirstValueMapped", count=1)
    if slope is None or intercept is None or first is None:
        raise UnreadableImage("the thickness map does not say what its pixels are worth")
    stored = np.frombuffer(image.PixelData, dtype="<u2", count=image.Rows * image.Columns).reshape(
        image.Rows, image.Columns
    )
    values = np.where(stored < first[0], np.nan, stored * slope[0] + intercept[0])
    letter = value_of(image, "ImageLaterality")
    place = numbers_of(image, "AnatomicStructureReferencePoint", count=2)
    grid = EnFaceGrid(
        rows=image.Rows,
        columns=image.Columns,
        row_spacing_mm=spacing[0],
        column_spacing_mm=spacing[1],
        laterality=Laterality(str(letter)) if letter in list(Laterality) else None,
        centre=None if place is None else EnFacePoint(column=place[0] - 0.5, row=place[1] - 0.5),
    )
    return ThicknessMap(grid=grid, values=values)


def measured_thickness(image: Dataset) -> RetinalThickness:
    """What a stored map measures. Raises UnreadableImage for a definition this library does not know."""
    for item in items_of(image, "RetinalThicknessDefinitionCodeSequence"):
        for measured in RetinalThickness:
            if measured.value.value == value_of(item, "CodeValue"):
                return measured
    raise UnreadableImage("the thickness map measures something else than retina, nerve fibres or ganglion cells")


def _encode(values_um: NDArray[np.float64]) -> tuple[NDArray[np.uint16], float]:
    present = np.isfinite(values_um)
    largest = float(values_um[present].max()) if present.any() else 0.0
    step_um = max(FINEST_STEP_UM, float(np.ceil(largest / (_LARGEST - 1) * 1000) / 1000))
    stored = np.rint(np.where(present, np.clip(values_um, 0.0, None), 0.0) / step_um) + 1
    return np.where(present, stored, 0).astype("<u2"), step_um


def _value_mapping(step_um: float) -> Dataset:
    mapping = Dataset()
    mapping.LUTExplanation = "Thickness"
    mapping.LUTLabel = "THICKNESS"
    mapping.MeasurementUnitsCodeSequence = codes(MICROMETER)
    mapping.add_new("RealWorldValueFirstValueMapped", "US", 1)
    mapping.add_new("RealWorldValueLastValueMapped", "US", _LARGEST)
    mapping.RealWorldValueIntercept = -step_um
    mapping.RealWorldValueSlope = step_um
    return mapping


def _thickness_module(image: Dataset, volume: OctVolume, *, measured: RetinalThickness, laterality: Laterality) -> None:
    source = volume.source
    image.ImageType = ["DERIVED", "PRIMARY"]
    image.AcquisitionDateTime = value_of(source, "AcquisitionDateTime") or f"{image.ContentDate}{image.ContentTime}"
    image.OphthalmicMappingDeviceType = "OCT"
    image.AcquisitionMethodCodeSequence = codes(SPECTRAL_DOMAIN)
    image.OphthalmicThicknessMapTypeCodeSequence = codes(ABSOLUTE_THICKNESS)
    image.RetinalThicknessDefinitionCodeSequence = codes(measured.value)
    image.AnatomicRegionSequence = codes(RETINA)
    image.AnatomicRegionSequence[0].AnatomicRegionModifierSequence = codes(SIDES[laterality])
    image.ImageLaterality = image.Laterality = laterality.value
    image.PatientOrientation = ["L", "F"]
    image.RelevantOPTAttributesSequence = DicomSequence([_resolution(volume)])
    image.SourceImageSequence = DicomSequence(_source_references(volume))
    localizers = [_reference(volume, uid) for uid in volume.localizer_uids[:1]]
    if localizers:
        image.ReferencedInstanceSequence = DicomSequence(localizers)
    image.PatientEyeMovementCommanded = ""
    for keyword in _ACQUISITION:
        setattr(image, keyword, value_of(source, keyword))
    image.RefractiveStateSequence = DicomSequence(items_of(source, "RefractiveStateSequence"))
    image.AcquisitionContextSequence = DicomSequence()
    image.BurnedInAnnotation = image.RecognizableVisualFeatures = "NO"
    image.LossyImageCompression = "01" if source.get("LossyImageCompression") == "01" else "00"
    if image.LossyImageCompression == "01":
        image.LossyImageCompressionRatio = source.get("LossyImageCompressionRatio") or 1
        image.LossyImageCompressionMethod = source.get("LossyImageCompressionMethod") or "ISO_10918_1"


def _resolution(volume: OctVolume) -> Dataset:
    """Depth resolution of the device; a legacy image states none, so the pixel's height stands for it."""
    source, item = volume.source, Dataset()
    resolution_um = numbers_of(source, "DepthSpatialResolution", count=1)
    distortion = numbers_of(source, "MaximumDepthDistortion", count=1)
    item.DepthSpatialResolution = resolution_um[0] if resolution_um else volume.geometry.pixel_spacing_row_mm * 1000
    item.MaximumDepthDistortion = distortion[0] if distortion else 0.0
    return item


def _source_references(volume: OctVolume) -> list[Dataset]:
    sources = {bscan.source.SOPInstanceUID: bscan.source for bscan in volume.bscans}
    references = []
    for source in sources.values():
        reference = Dataset()
        reference.ReferencedSOPClassUID = source.SOPClassUID
        reference.ReferencedSOPInstanceUID = source.SOPInstanceUID
        reference.PurposeOfReferenceCodeSequence = codes(SOURCE_IMAGE)
        references.append(reference)
    return references


def _reference(volume: OctVolume, localizer_uid: str) -> Dataset:
    place = next(place for bscan in volume.bscans for place in bscan.locations if place.localizer_uid == localizer_uid)
    reference = Dataset()
    reference.ReferencedSOPClassUID = place.localizer_class
    reference.ReferencedSOPInstanceUID = place.localizer_uid
    reference.PurposeOfReferenceCodeSequence = codes(LOCALIZER)
    return reference


def _pixel_module(image: Dataset, stored: NDArray[np.uint16]) -> None:
    image.PixelPresentation = "MONOCHROME"
    image.SamplesPerPixel = 1
    image.PhotometricInterpretation = "MONOCHROME2"
    image.Rows, image.Columns = stored.shape
    image.BitsAllocated = image.BitsStored = 16
    image.HighBit = 15
    image.PixelRepresentation = 0
    image.add_new("PixelPaddingValue", "US", 0)
    image.PixelData = stored.tobytes()
    image["PixelData"].VR = "OW"
