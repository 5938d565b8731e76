"""Screens with text burned in, and their place in Orthanc."""

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import SecondaryCaptureImageStorage

from tests.kit.product import Product
from tests.kit.written import SANS, Hand, WrittenLine, write
from tests.plugin.service.pixels_masker.phantoms import StudyIds, base, to_bytes

NAME = Hand(font=SANS, size_px=20, at=(16, 10), colour=(255, 255, 255))
DEPTH = Hand(font=SANS, size_px=18, at=(16, 150), colour=(255, 255, 255))


def capture(ids: StudyIds, *, photometric: str = "MONOCHROME2", number: int = 1) -> tuple[Dataset, list[WrittenLine]]:
    """A screen with the patient's name and a depth, in 8 bits of grey."""
    picture, name = write(np.zeros((200, 320, 3), np.uint8), "Müller, Jörg", NAME)
    picture, depth = write(picture, "Depth 16.0 cm", DEPTH)
    dataset = base(ids, sop_class=SecondaryCaptureImageStorage, series_uid="2.25.7", number=number, modality="OT")
    dataset.Rows, dataset.Columns = 200, 320
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, photometric
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation = 7, 0
    grey = picture[:, :, 0] if photometric == "MONOCHROME2" else 255 - picture[:, :, 0]
    dataset.PixelData = grey.tobytes()
    dataset["PixelData"].VR = "OB"
    return dataset, [name, depth]


def stored(product: Product, *datasets: Dataset) -> tuple[str, list[str]]:
    """Orthanc's identifiers of the study and its instances."""
    instances = product.upload(to_bytes(each) for each in datasets)
    return product.get(f"/instances/{instances[0]}/study").json()["ID"], list(instances)
