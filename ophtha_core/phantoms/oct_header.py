"""The frame around the pixels of a phantom eye: patient, study, series, UIDs derived from what is drawn."""

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.sr.coding import Code
from pydicom.uid import UID, generate_uid

from ophtha_core.phantoms.dicom_object import blank_object, item, set_moment, set_patient

_ROOT = "1.2.826.0.1.3680043.10.1494."


def uid(seed: str, part: str) -> UID:
    return generate_uid(prefix=_ROOT, entropy_srcs=[seed, part])


def codes(*codes: Code) -> DicomSequence:
    return DicomSequence(
        [
            item(CodeValue=code.value, CodingSchemeDesignator=code.scheme_designator, CodeMeaning=code.meaning)
            for code in codes
        ]
    )


def header(sop_class: UID, *, seed: str, series: str, patient_id: str, instance: int = 0) -> Dataset:
    image = blank_object(sop_class=sop_class, instance_uid=uid(seed, f"{series}-{instance}"))
    image.SpecificCharacterSet = "ISO_IR 192"
    set_patient(image, name="Phantom^Retina", patient_id=patient_id, birth_date="19600101", sex="O")
    set_moment(image, date="20250102", time="101500")
    image.StudyInstanceUID = uid(patient_id, "study")
    image.AccessionNumber = ""
    image.StudyID = "1"
    image.StudyDescription = "Retina phantom"
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
