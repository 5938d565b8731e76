"""What all DICOM results share: patient, study, equipment, references."""

from datetime import datetime
from io import BytesIO

from pydicom import Dataset, FileMetaDataset, dcmwrite
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian

from registration.slices import Slice
from registration.volume import CheckedVolume

MANUFACTURER = "Ophtha"
MODEL_NAME = "Ophtha registration"
SOFTWARE_VERSION = "0.1.0"

_PATIENT_AND_STUDY = (
    "SpecificCharacterSet",
    "PatientName",
    "PatientID",
    "IssuerOfPatientID",
    "PatientBirthDate",
    "PatientSex",
    "PatientAge",
    "PatientSize",
    "PatientWeight",
    "PatientIdentityRemoved",
    "DeidentificationMethod",
    "DeidentificationMethodCodeSequence",
    "StudyInstanceUID",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "StudyDescription",
    "AccessionNumber",
    "ReferringPhysicianName",
)
_MAY_BE_EMPTY = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "AccessionNumber",
    "ReferringPhysicianName",
)


def new_object(floating: CheckedVolume, *, sop_class: UID, sop_instance: UID, created: datetime) -> Dataset:
    """A dataset with the floating image's patient and study and with our equipment; nothing else is taken over."""
    dataset = Dataset()
    for keyword in _PATIENT_AND_STUDY:
        element = floating.header.get(keyword)
        if element is not None and element != "":
            setattr(dataset, keyword, element)
        elif keyword in _MAY_BE_EMPTY:
            setattr(dataset, keyword, "")
    dataset.SOPClassUID = sop_class
    dataset.SOPInstanceUID = sop_instance
    dataset.InstanceCreationDate = dataset.SeriesDate = dataset.ContentDate = created.strftime("%Y%m%d")
    dataset.InstanceCreationTime = dataset.SeriesTime = dataset.ContentTime = created.strftime("%H%M%S")
    dataset.Manufacturer = MANUFACTURER
    dataset.ManufacturerModelName = MODEL_NAME
    dataset.DeviceSerialNumber = "1"
    dataset.SoftwareVersions = SOFTWARE_VERSION
    return dataset


def code(value: str, meaning: str) -> Dataset:
    """An item of a code sequence in the scheme DCM."""
    item = Dataset()
    item.CodeValue = value
    item.CodingSchemeDesignator = "DCM"
    item.CodeMeaning = meaning
    return item


def image_reference(source: Slice) -> Dataset:
    """An item that names the instance (and frame) of ``source``."""
    item = Dataset()
    item.ReferencedSOPClassUID = source.header.SOPClassUID
    item.ReferencedSOPInstanceUID = source.header.SOPInstanceUID
    if source.is_multi_frame:
        item.ReferencedFrameNumber = source.frame + 1
    return item


def instance_references(volume: CheckedVolume) -> Sequence:
    """One item per instance of ``volume``, however many of its frames were used."""
    items: dict[str, Dataset] = {}
    for source in volume.files:
        item = Dataset()
        item.ReferencedSOPClassUID = source.header.SOPClassUID
        item.ReferencedSOPInstanceUID = source.header.SOPInstanceUID
        items.setdefault(str(source.header.SOPInstanceUID), item)
    return Sequence(items.values())


def encoded(dataset: Dataset) -> bytes:
    """The DICOM file, Explicit VR Little Endian."""
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    buffer = BytesIO()
    dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()
