"""What is made hostile: a small sound image of each kind that some route reads."""

import copy
import random
from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
from pydicom.dataset import Dataset

from ophtha_core.phantoms.oct import OctPhantom
from ophtha_core.phantoms.oct_anatomy import RetinaAnatomy
from ophtha_core.phantoms.oct_dicom import opt_study
from ophtha_core.phantoms.slide import SlidePhantom, slide_files
from ophtha_core.phantoms.ultrasound import ultrasound

PATIENT_NAME = "Hostile^Marker"
WRONG_NUMBER = "A1,75"
"""Nothing of a patient may reach a log: these are looked for."""
SIDE = 32


def ct(chance: random.Random) -> Dataset:
    """A CT slice of 32 x 32."""
    dataset = _sound(_blank("1.2.840.10008.5.1.4.1.1.2", "CT"), chance)
    dataset.Rows = dataset.Columns = SIDE
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 1
    dataset.RescaleIntercept, dataset.RescaleSlope = "-1024", "1"
    dataset.PixelSpacing, dataset.SliceThickness = ["1", "1"], "1"
    dataset.ImagePositionPatient, dataset.ImageOrientationPatient = ["0", "0", "0"], ["1", "0", "0", "0", "1", "0"]
    dataset.PixelData = np.arange(SIDE * SIDE, dtype="<i2").tobytes()
    dataset["PixelData"].VR = "OW"
    return dataset


def oct_volume(chance: random.Random) -> Dataset:
    """An ophthalmic tomography of a few B-scans."""
    return _sound(copy.deepcopy(_drawn_oct()), chance)


@cache
def _drawn_oct() -> Dataset:
    phantom = OctPhantom(
        anatomy=RetinaAnatomy(right_eye=True),
        num_slices=4,
        columns=32,
        rows=40,
        slice_spacing_mm=1.5,
        pixel_spacing_column_mm=0.2,
        pixel_spacing_row_mm=0.03,
    )
    return opt_study(phantom).volume


def slide(chance: random.Random) -> Dataset:
    """A whole-slide image of one level."""
    phantom = SlidePhantom(width_px=96, height_px=64, tile_px=32, levels=1, seed=3)
    return _sound(slide_files(phantom)[0], chance)


def loop(chance: random.Random) -> Dataset:
    """An ultrasound loop in colour."""
    return _sound(ultrasound(rows=32, columns=48, frames=2), chance)


VICTIMS: Mapping[str, Callable[[random.Random], Dataset]] = {
    "ct": ct,
    "oct": oct_volume,
    "slide": slide,
    "loop": loop,
}


def uid(chance: random.Random) -> str:
    """A UID of its own, the same for the same seed."""
    return f"2.25.{chance.getrandbits(120)}"


def _blank(sop_class: str, modality: str) -> Dataset:
    dataset = Dataset()
    dataset.SOPClassUID, dataset.Modality = sop_class, modality
    dataset.StudyDate, dataset.StudyTime = "20240102", "101112"
    dataset.PatientBirthDate, dataset.PatientSex, dataset.PatientAge, dataset.PatientSize = (
        "19600304",
        "M",
        "063Y",
        "1.8",
    )
    dataset.StudyID, dataset.AccessionNumber, dataset.SeriesNumber, dataset.InstanceNumber = "1", "A1", "1", "1"
    return dataset


def _sound(dataset: Dataset, chance: random.Random) -> Dataset:
    """A patient, study and series of its own: every file is judged alone."""
    dataset.PatientID = f"H{chance.getrandbits(40):010x}"
    dataset.PatientName = PATIENT_NAME
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.SOPInstanceUID = uid(chance), uid(chance), uid(chance)
    return dataset
