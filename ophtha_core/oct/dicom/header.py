"""What every object derived from an OCT volume carries: the source's patient and study, and identities of its own.

Identifiers follow from the source and the content, so that writing the same result twice gives the same object.
"""

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.sr.coding import Code
from pydicom.uid import UID, ExplicitVRLittleEndian

from ophtha_core.oct.dicom.volume import OctVolume

MANUFACTURER: Final = "Ophtha"
MODEL_NAME: Final = "Ophtha OCT analytics"
SOFTWARE_VERSION: Final = "0.1.0"
SERIAL_NUMBER: Final = "0"
DEVICE_UID: Final = UID("2.25.314159001729650481190275402316071849027")

_NAMESPACE: Final = uuid.UUID("6f0c7f3a-2c0e-5b0a-9a56-4c1f0b6f2d11")
_TYPE_2_PATIENT: Final = ("PatientName", "PatientID", "PatientBirthDate", "PatientSex")
_TYPE_2_STUDY: Final = ("StudyDate", "StudyTime", "ReferringPhysicianName", "StudyID", "AccessionNumber")
_OPTIONAL: Final = (
    "SpecificCharacterSet",
    "IssuerOfPatientID",
    "OtherPatientIDsSequence",
    "PatientIdentityRemoved",
    "DeidentificationMethod",
    "DeidentificationMethodCodeSequence",
    "LongitudinalTemporalInformationModified",
    "StudyDescription",
    "PatientAge",
    "TimezoneOffsetFromUTC",
)


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Series and instance of a derived object, and its number in the series."""

    series_uid: UID
    instance_uid: UID
    series_number: int
    instance_number: int


def derived_identity(
    volume: OctVolume, *, kind: str, content: Iterable[bytes], series_number: int, instance_number: int
) -> Identity:
    """Identity of what ``kind`` makes of ``content`` and of the volume; one series per kind and source series."""
    sources = sorted({str(bscan.source.SOPInstanceUID) for bscan in volume.bscans})
    digest = hashlib.sha256("\n".join([kind, *sources]).encode())
    for part in content:
        digest.update(len(part).to_bytes(8, "little") + part)
    return Identity(
        series_uid=derived_uid(f"series {volume.source.SeriesInstanceUID} {kind}"),
        instance_uid=derived_uid(f"instance {digest.hexdigest()}"),
        series_number=series_number,
        instance_number=instance_number,
    )


def derived_uid(text: str) -> UID:
    """A UID that follows from ``text`` alone: a UUID as a decimal number under 2.25 (PS3.5 B.2)."""
    return UID(f"2.25.{uuid.uuid5(_NAMESPACE, text).int}")


def patient_and_study(source: Dataset) -> Dataset:
    """The source's patient and study; what must be present and is not stays empty."""
    header = Dataset()
    for keyword in (*_TYPE_2_PATIENT, *_TYPE_2_STUDY):
        setattr(header, keyword, source.get(keyword))
    for keyword in _OPTIONAL:
        if keyword in source:
            header[keyword] = source[keyword]
    header.StudyInstanceUID = source.StudyInstanceUID
    return header


def derived_object(volume: OctVolume, *, sop_class: UID, modality: str, identity: Identity) -> Dataset:
    """A new object of the volume's study with its patient, study, series, equipment and SOP common modules."""
    now = datetime.now(UTC)
    header = patient_and_study(volume.source)
    header.file_meta = FileMetaDataset()
    header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    header.file_meta.MediaStorageSOPClassUID = header.SOPClassUID = sop_class
    header.file_meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID = identity.instance_uid
    header.Modality = modality
    header.SeriesInstanceUID = identity.series_uid
    header.SeriesNumber = identity.series_number
    header.InstanceNumber = identity.instance_number
    header.Manufacturer = MANUFACTURER
    header.ManufacturerModelName = MODEL_NAME
    header.DeviceSerialNumber = SERIAL_NUMBER
    header.SoftwareVersions = SOFTWARE_VERSION
    header.ContentDate = header.InstanceCreationDate = now.strftime("%Y%m%d")
    header.ContentTime = header.InstanceCreationTime = now.strftime("%H%M%S")
    return header


def codes(*values: Code) -> DicomSequence:
    """A code sequence."""
    items = []
    for value in values:
        item = Dataset()
        item.CodeValue = value.value
        item.CodingSchemeDesignator = value.scheme_designator
        item.CodeMeaning = value.meaning
        items.append(item)
    return DicomSequence(items)
