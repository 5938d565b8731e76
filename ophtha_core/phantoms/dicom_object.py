"""What every phantom's DICOM object begins with, whatever it shows."""

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian


def blank_object(*, sop_class: UID | str, instance_uid: UID, syntax: UID = ExplicitVRLittleEndian) -> FileDataset:
    """An object that can be written as a file and holds its own identifiers, nothing else."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(sop_class)
    meta.MediaStorageSOPInstanceUID = instance_uid
    meta.TransferSyntaxUID = syntax
    dataset = FileDataset(
        "",
        {},
        file_meta=meta,
        preamble=b"\0" * 128,
        is_implicit_VR=syntax.is_implicit_VR,
        is_little_endian=syntax.is_little_endian,
    )
    dataset.SOPClassUID = meta.MediaStorageSOPClassUID
    dataset.SOPInstanceUID = instance_uid
    return dataset


def set_moment(dataset: Dataset, *, date: str, time: str) -> None:
    """Study, series and content are of one moment: ``date`` is YYYYMMDD, ``time`` HHMMSS."""
    dataset.StudyDate = dataset.SeriesDate = dataset.ContentDate = date
    dataset.StudyTime = dataset.SeriesTime = dataset.ContentTime = time


def set_patient(dataset: Dataset, *, name: str, patient_id: str, birth_date: str = "", sex: str = "") -> None:
    """Patient module; empty where a phantom has nothing to say."""
    dataset.PatientName = name
    dataset.PatientID = patient_id
    dataset.PatientBirthDate = birth_date
    dataset.PatientSex = sex


def item(**attributes: object) -> Dataset:
    """Item of a sequence."""
    made = Dataset()
    for keyword, value in attributes.items():
        setattr(made, keyword, value)
    return made
