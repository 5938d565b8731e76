"""What every object made from another one carries: the source's patient, study and place, and our equipment.

One module for all of them, so that whatever is derived from a study is filed with it in the same way.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Final, TypedDict

from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from ophtha_core import __version__
from ophtha_core.dicom.reading import PARSE_ERRORS, value_of

MANUFACTURER: Final = "Ophtha"
SERIAL_NUMBER: Final = "1"
SOFTWARE_VERSION: Final = __version__

MAY_BE_EMPTY: Final = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "ReferringPhysicianName",
    "StudyID",
    "AccessionNumber",
)
"""Attributes of type 2: always there, maybe without a value."""

_OPTIONAL: Final = (
    "SpecificCharacterSet",
    "TimezoneOffsetFromUTC",
    "IssuerOfPatientID",
    "OtherPatientIDsSequence",
    "PatientAge",
    "PatientSize",
    "PatientWeight",
    "PatientIdentityRemoved",
    "DeidentificationMethod",
    "DeidentificationMethodCodeSequence",
    "LongitudinalTemporalInformationModified",
    "StudyDescription",
    # Clinical Trial Subject and Study (PS3.3 C.7.1.3 and C.7.2.3): what is derived belongs to the trial as well.
    "ClinicalTrialSponsorName",
    "ClinicalTrialProtocolID",
    "IssuerOfClinicalTrialProtocolID",
    "OtherClinicalTrialProtocolIDsSequence",
    "ClinicalTrialProtocolName",
    "ClinicalTrialSiteID",
    "IssuerOfClinicalTrialSiteID",
    "ClinicalTrialSiteName",
    "ClinicalTrialSubjectID",
    "IssuerOfClinicalTrialSubjectID",
    "ClinicalTrialSubjectReadingID",
    "IssuerOfClinicalTrialSubjectReadingID",
    "ClinicalTrialProtocolEthicsCommitteeName",
    "ClinicalTrialProtocolEthicsCommitteeApprovalNumber",
    "ClinicalTrialTimePointID",
    "IssuerOfClinicalTrialTimePointID",
    "ClinicalTrialTimePointDescription",
    "ClinicalTrialTimePointTypeCodeSequence",
    "LongitudinalTemporalOffsetFromEvent",
    "LongitudinalTemporalEventType",
    "ConsentForClinicalTrialUseSequence",
)
_NAMESPACE: Final = uuid.UUID("6f0c7f3a-2c0e-5b0a-9a56-4c1f0b6f2d11")
_UTF_8: Final = "ISO_IR 192"


class Equipment(TypedDict):
    """The device that made an object, in the terms of highdicom's constructors."""

    manufacturer: str
    manufacturer_model_name: str
    device_serial_number: str
    software_versions: str


def equipment(model_name: str) -> Equipment:
    """The part of this product that is called ``model_name``."""
    return Equipment(
        manufacturer=MANUFACTURER,
        manufacturer_model_name=model_name,
        device_serial_number=SERIAL_NUMBER,
        software_versions=SOFTWARE_VERSION,
    )


def derived_uid(text: str) -> UID:
    """A UID that follows from ``text`` alone: a UUID as a decimal number under 2.25 (PS3.5 B.2)."""
    return UID(f"2.25.{uuid.uuid5(_NAMESPACE, text).int}")


def frame_of_reference_of(source: Dataset) -> UID:
    """The source's frame of reference; of a series that states none, a UID that follows from the series'."""
    stated = value_of(source, "FrameOfReferenceUID")
    return UID(str(stated)) if stated else derived_uid(f"frame of reference {source.SeriesInstanceUID}")


def patient_and_study(source: Dataset) -> Dataset:
    """The source's patient and study; what must be present and is not stays empty.

    An attribute that cannot be read is as good as none: it describes the source, and no result depends on it.
    """
    header = Dataset()
    for keyword in MAY_BE_EMPTY:
        setattr(header, keyword, None)
    for element in copied(source, (*MAY_BE_EMPTY, *_OPTIONAL)):
        header[element.tag] = element
    header.StudyInstanceUID = source.StudyInstanceUID
    return header


def add_patient_and_study(dataset: Dataset, source: Dataset) -> None:
    """Add to an object what its maker left out of the source's patient and study."""
    for element in patient_and_study(source):
        if element.tag not in dataset:
            dataset[element.tag] = element
    # Its texts are the source's and our own: one set of characters holds them all.
    dataset.SpecificCharacterSet = _UTF_8


def new_object(
    source: Dataset,
    *,
    sop_class: UID,
    sop_instance: UID,
    modality: str,
    series_instance: UID,
    series_number: int,
    instance_number: int,
    model_name: str,
    created: datetime,
) -> Dataset:
    """An object of the source's study with its patient, study, series, equipment and SOP common modules.

    Times are those of the source's time zone where it states one and ``created`` has one.
    """
    dataset = patient_and_study(source)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = sop_class
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = sop_instance
    dataset.Modality = modality
    dataset.SeriesInstanceUID = series_instance
    dataset.SeriesNumber = series_number
    dataset.InstanceNumber = instance_number
    dataset.Manufacturer = MANUFACTURER
    dataset.ManufacturerModelName = model_name
    dataset.DeviceSerialNumber = SERIAL_NUMBER
    dataset.SoftwareVersions = SOFTWARE_VERSION
    if created.tzinfo is not None and (zone := _time_zone(dataset)) is not None:
        created = created.astimezone(zone)
    dataset.InstanceCreationDate = dataset.ContentDate = created.strftime("%Y%m%d")
    dataset.InstanceCreationTime = dataset.ContentTime = created.strftime("%H%M%S")
    return dataset


def copied(source: Dataset, keywords: Iterable[str]) -> Iterable[DataElement]:
    """The elements that hold a value which can be written again."""
    for keyword in keywords:
        try:
            element = source[keyword]
            for item in element.value if element.VR == "SQ" else ():
                for _ in item.iterall():
                    pass
        except PARSE_ERRORS:
            continue
        if dictionary_VR(keyword) == element.VR and not element.is_empty:
            yield element


def _time_zone(header: Dataset) -> tzinfo | None:
    try:
        return datetime.strptime(str(header.get("TimezoneOffsetFromUTC")).strip(), "%z").tzinfo
    except ValueError:
        return None
