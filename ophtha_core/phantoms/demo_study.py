"""The patient, study and series attributes all phantoms share; identifiers depend on names only, never on chance."""

import hashlib
from typing import Final

from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

_UUID_ROOT: Final = "2.25"

PATIENT_NAME: Final = "DOE^JANE"
PATIENT_ID: Final = "PHANTOM-1"
PATIENT_BIRTH_DATE: Final = "19610317"


def uid_of(*names: str | int) -> UID:
    """A valid UID that is the same for the same names."""
    digest = hashlib.sha256("\0".join(map(str, names)).encode()).digest()
    return UID(f"{_UUID_ROOT}.{int.from_bytes(digest[:16])}")


def new_object(
    *,
    sop_class: str,
    modality: str,
    study: str,
    series: str,
    series_number: int,
    instance_number: int,
    syntax: UID = ExplicitVRLittleEndian,
) -> FileDataset:
    """An object without pixels. ``study`` and ``series`` are descriptions; equal ones give equal identifiers."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(sop_class)
    meta.MediaStorageSOPInstanceUID = uid_of(study, series, series_number, instance_number)
    meta.TransferSyntaxUID = syntax
    dataset = FileDataset(
        "",
        {},
        file_meta=meta,
        preamble=b"\0" * 128,
        is_implicit_VR=syntax.is_implicit_VR,
        is_little_endian=syntax.is_little_endian,
    )
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.ImageType = ["ORIGINAL", "PRIMARY"]
    dataset.SOPClassUID = meta.MediaStorageSOPClassUID
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    dataset.StudyDate = dataset.SeriesDate = dataset.ContentDate = "20240131"
    dataset.StudyTime = dataset.SeriesTime = dataset.ContentTime = "101530"
    dataset.AccessionNumber = "A-1"
    dataset.Modality = modality
    dataset.Manufacturer = "Phantom"
    dataset.ReferringPhysicianName = ""
    dataset.StudyDescription = study
    dataset.SeriesDescription = series
    dataset.PatientName = PATIENT_NAME
    dataset.PatientID = PATIENT_ID
    dataset.PatientBirthDate = PATIENT_BIRTH_DATE
    dataset.PatientSex = "F"
    dataset.StudyInstanceUID = uid_of(study)
    dataset.SeriesInstanceUID = uid_of(study, series, series_number)
    dataset.StudyID = "1"
    dataset.SeriesNumber = series_number
    dataset.InstanceNumber = instance_number
    return dataset
