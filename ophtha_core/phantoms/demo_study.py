"""The patient, study and series attributes all phantoms share; identifiers depend on names only, never on chance."""

import hashlib
from typing import Final

from pydicom.dataset import FileDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from ophtha_core.phantoms.dicom_object import blank_object, set_moment, set_patient

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
    dataset = blank_object(
        sop_class=sop_class,
        instance_uid=uid_of(study, series, series_number, instance_number),
        syntax=syntax,
    )
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.ImageType = ["ORIGINAL", "PRIMARY"]
    set_moment(dataset, date="20240131", time="101530")
    dataset.AccessionNumber = "A-1"
    dataset.Modality = modality
    dataset.Manufacturer = "Phantom"
    dataset.ReferringPhysicianName = ""
    dataset.StudyDescription = study
    dataset.SeriesDescription = series
    set_patient(dataset, name=PATIENT_NAME, patient_id=PATIENT_ID, birth_date=PATIENT_BIRTH_DATE, sex="F")
    dataset.StudyInstanceUID = uid_of(study)
    dataset.SeriesInstanceUID = uid_of(study, series, series_number)
    dataset.StudyID = "1"
    dataset.SeriesNumber = series_number
    dataset.InstanceNumber = instance_number
    return dataset
