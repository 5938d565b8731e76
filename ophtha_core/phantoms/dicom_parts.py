"""The frame around a phantom's pixels: patient, study, series, UIDs derived from what is drawn."""

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.sr.coding import Code
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

_ROOT = "1.2.826.0.1.3680043.10.1494."


def uid(seed: str, part: str) -> UID:
    return generate_uid(prefix=_ROOT, entropy_srcs=[seed, part])


def item(**values: object) -> Dataset:
    item = Dataset()
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return item


def codes(*codes: Code) -> DicomSequence:
    return DicomSequence(
        [
            item(CodeValue=code.value, CodingSchemeDesignator=code.scheme_designator, CodeMeaning=code.meaning)
            for code in codes
        ]
    )


def header(sop_class: UID, *, seed: str, series: str, patient_id: str, instance: int = 0) -> Dataset:
    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image.file_meta.MediaStorageSOPClassUID = sop_class
    image.SOPClassUID = sop_class
    image.SOPInstanceUID = uid(seed, f"{series}-{instance}")
    image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    image.SpecificCharacterSet = "ISO_IR 192"
    image.PatientName = "Phantom^Retina"
    image.PatientID = patient_id
    image.PatientBirthDate = "19600101"
    image.PatientSex = "O"
    image.StudyInstanceUID = uid(patient_id, "study")
    image.StudyDate = image.SeriesDate = image.ContentDate = "20250102"
    image.StudyTime = image.SeriesTime = image.ContentTime = "101500"
    image.AccessionNumber = ""
    image.StudyID = "1"
    image.ReferringPhysicianName = ""
    image.SeriesInstanceUID = uid(seed, series)
    image.SeriesNumber = 1 if series != "localizer" else 2
    image.InstanceNumber = 1
    image.Manufacturer = "Ophtha"
    image.ManufacturerModelName = "Retina phantom"
    image.DeviceSerialNumber = "0"
    image.SoftwareVersions = "1"
    return image


def set_pixels(image: Dataset, pixels: NDArray[np.uint8]) -> None:
    image.SamplesPerPixel = 1
    image.PhotometricInterpretation = "MONOCHROME2"
    image.BitsAllocated = image.BitsStored = 8
    image.HighBit = 7
    image.PixelRepresentation = 0
    if pixels.ndim == 3:
        image.NumberOfFrames = pixels.shape[0]
    image.Rows, image.Columns = pixels.shape[-2:]
    data = pixels.tobytes()
    image.PixelData = data + b"\0" * (len(data) % 2)
