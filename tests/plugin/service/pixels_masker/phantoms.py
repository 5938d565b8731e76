"""A study made by code: CT and MR slices, and everything that refers to them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    UID,
    CTImageStorage,
    EncapsulatedPDFStorage,
    EnhancedSRStorage,
    ExplicitVRLittleEndian,
    GrayscaleSoftcopyPresentationStateStorage,
    MRImageStorage,
    RTStructureSetStorage,
    SecondaryCaptureImageStorage,
    generate_uid,
)

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)
SAGITTAL = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)


@dataclass(frozen=True)
class StudyIds:
    """Identifiers that the objects of one study share."""

    patient_id: str = "P-4711"
    study_uid: str = field(default_factory=generate_uid)
    frame_uid: str = field(default_factory=generate_uid)


def to_bytes(dataset: Dataset, *, syntax: UID = ExplicitVRLittleEndian) -> bytes:
    """The data set as a DICOM file."""
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def base(ids: StudyIds, *, sop_class: UID, series_uid: str, number: int, modality: str) -> Dataset:
    """What every object of the study has, among it all that anonymization should find."""
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID = sop_class
    dataset.SOPInstanceUID = generate_uid()
    dataset.StudyDate = "20240102"
    dataset.StudyTime = "101112"
    dataset.AccessionNumber = "ACC-1"
    dataset.Modality = modality
    dataset.Manufacturer = "Phantom"
    dataset.InstitutionName = "Sankt Göran"
    dataset.ReferringPhysicianName = "Refer^Anna"
    dataset.StudyDescription = "Head"
    dataset.SeriesDescription = f"{modality} series"
    dataset.InstanceCreatorUID = "1.2.826.0.1.3680043.2.1143"
    dataset.PatientName = "Müller^Jörg"
    dataset.PatientID = ids.patient_id
    dataset.PatientBirthDate = "19600304"
    dataset.PatientSex = "M"
    dataset.StudyInstanceUID = ids.study_uid
    dataset.SeriesInstanceUID = series_uid
    dataset.StudyID = "S1"
    dataset.SeriesNumber = 1
    dataset.InstanceNumber = number
    request = Dataset()
    request.StudyInstanceUID = ids.study_uid
    request.RequestedProcedureID = "RP1"
    request.PatientID = ids.patient_id
    dataset.RequestAttributesSequence = Sequence([request])
    related = Dataset()
    related.ReferencedSOPClassUID = "1.2.840.10008.3.1.2.3.1"
    related.ReferencedSOPInstanceUID = "1.2.3.4.5.6.7.8.9"
    dataset.ReferencedStudySequence = Sequence([related])
    private = dataset.private_block(0x0009, "PHANTOM", create=True)
    private.add_new(0x01, "LO", "private text")
    private.add_new(0x02, "UI", "1.2.3.4.5.6.7.77")
    return dataset


def add_pixels(dataset: Dataset, pixels: NDArray[np.generic]) -> None:
    """Pixels of a monochrome image: rows x columns, or frames x rows x columns."""
    dataset.Rows, dataset.Columns = pixels.shape[-2:]
    if pixels.ndim == 3:
        dataset.NumberOfFrames = pixels.shape[0]
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 8 * pixels.dtype.itemsize
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(np.issubdtype(pixels.dtype, np.signedinteger))
    dataset.PixelData = pixels.tobytes()
    dataset["PixelData"].VR = "OW" if pixels.dtype.itemsize > 1 else "OB"


def slices(
    ids: StudyIds,
    count: int,
    *,
    modality: str = "CT",
    orientation: tuple[float, ...] = AXIAL,
    first_position_mm: tuple[float, float, float] = (-10.0, -20.0, 30.0),
    row_spacing_mm: float = 1.25,
    column_spacing_mm: float = 0.75,
    slice_spacing_mm: float = 2.0,
    rows: int = 24,
    columns: int = 32,
    series_uid: str | None = None,
    seed: int = 0,
    change: Callable[[Dataset], None] | None = None,
) -> list[Dataset]:
    """Parallel slices of one series, with pixels that are all different from zero."""
    series_uid = series_uid or generate_uid()
    sop_class = CTImageStorage if modality == "CT" else MRImageStorage
    normal = np.cross(orientation[:3], orientation[3:])
    rng = np.random.default_rng(seed)
    made: list[Dataset] = []
    for index in range(count):
        dataset = base(ids, sop_class=sop_class, series_uid=series_uid, number=index + 1, modality=modality)
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        dataset.FrameOfReferenceUID = ids.frame_uid
        position = np.asarray(first_position_mm) + index * slice_spacing_mm * normal
        dataset.ImagePositionPatient = [round(float(each), 6) for each in position]
        dataset.ImageOrientationPatient = [round(each, 12) for each in orientation]
        dataset.PixelSpacing = [row_spacing_mm, column_spacing_mm]
        dataset.RescaleIntercept, dataset.RescaleSlope = 0, 1
        add_pixels(dataset, rng.integers(100, 1000, (rows, columns), dtype="int16" if modality == "CT" else "uint16"))
        if made:
            dataset.ReferencedImageSequence = Sequence([reference(made[-1])])
        if change is not None:
            change(dataset)
        made.append(dataset)
    return made


def reference(target: Dataset) -> Dataset:
    """Reference to an instance."""
    item = Dataset()
    item.ReferencedSOPClassUID = target.SOPClassUID
    item.ReferencedSOPInstanceUID = target.SOPInstanceUID
    return item


def structure_set(ids: StudyIds, images: list[Dataset]) -> Dataset:
    """RTSTRUCT on a series."""
    dataset = base(ids, sop_class=RTStructureSetStorage, series_uid=generate_uid(), number=1, modality="RTSTRUCT")
    dataset.StructureSetLabel = "S"
    series = Dataset()
    series.SeriesInstanceUID = images[0].SeriesInstanceUID
    series.ContourImageSequence = Sequence([reference(image) for image in images])
    study = Dataset()
    study.ReferencedSOPClassUID = "1.2.840.10008.3.1.2.3.1"
    study.ReferencedSOPInstanceUID = ids.study_uid
    study.RTReferencedSeriesSequence = Sequence([series])
    frame = Dataset()
    frame.FrameOfReferenceUID = ids.frame_uid
    frame.RTReferencedStudySequence = Sequence([study])
    dataset.ReferencedFrameOfReferenceSequence = Sequence([frame])
    roi = Dataset()
    roi.ROINumber, roi.ReferencedFrameOfReferenceUID, roi.ROIName = 1, ids.frame_uid, "eye"
    dataset.StructureSetROISequence = Sequence([roi])
    return dataset


def structured_report(ids: StudyIds, images: list[Dataset]) -> Dataset:
    """SR whose content and evidence name the images."""
    dataset = base(ids, sop_class=EnhancedSRStorage, series_uid=generate_uid(), number=1, modality="SR")
    series = Dataset()
    series.SeriesInstanceUID = images[0].SeriesInstanceUID
    series.ReferencedSOPSequence = Sequence([reference(image) for image in images])
    evidence = Dataset()
    evidence.StudyInstanceUID = ids.study_uid
    evidence.ReferencedSeriesSequence = Sequence([series])
    dataset.CurrentRequestedProcedureEvidenceSequence = Sequence([evidence])
    content = Dataset()
    content.RelationshipType, content.ValueType = "CONTAINS", "IMAGE"
    content.ReferencedSOPSequence = Sequence([reference(images[0])])
    dataset.ContentSequence = Sequence([content])
    return dataset


def presentation_state(ids: StudyIds, images: list[Dataset]) -> Dataset:
    """Grayscale softcopy presentation state."""
    dataset = base(
        ids,
        sop_class=GrayscaleSoftcopyPresentationStateStorage,
        series_uid=generate_uid(),
        number=1,
        modality="PR",
    )
    series = Dataset()
    series.SeriesInstanceUID = images[0].SeriesInstanceUID
    series.ReferencedImageSequence = Sequence([reference(image) for image in images])
    dataset.ReferencedSeriesSequence = Sequence([series])
    return dataset


def document(ids: StudyIds) -> Dataset:
    """Encapsulated PDF."""
    dataset = base(ids, sop_class=EncapsulatedPDFStorage, series_uid=generate_uid(), number=1, modality="DOC")
    dataset.MIMETypeOfEncapsulatedDocument = "application/pdf"
    dataset.EncapsulatedDocument = b"%PDF-1.4\n%%EOF\n\0"
    return dataset


def capture(ids: StudyIds, *, rows: int = 24, columns: int = 32) -> Dataset:
    """Secondary capture."""
    dataset = base(ids, sop_class=SecondaryCaptureImageStorage, series_uid=generate_uid(), number=1, modality="OT")
    add_pixels(dataset, np.full((rows, columns), 200, np.uint8))
    return dataset


def full_study(ids: StudyIds) -> list[Dataset]:
    """Two image series and four objects that refer to them."""
    ct = slices(ids, 3)
    mr = slices(ids, 2, modality="MR", seed=1)
    return [
        *ct,
        *mr,
        structure_set(ids, ct),
        structured_report(ids, [*ct]),
        presentation_state(ids, ct),
        document(ids),
    ]
