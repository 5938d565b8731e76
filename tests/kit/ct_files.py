"""DICOM files of the chest phantom, small, and ways to change them."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from io import BytesIO

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread, dcmwrite
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import UID, EnhancedCTImageStorage, ExplicitVRLittleEndian, RLELossless

from ophtha_core.phantoms.chest_ct import (
    Chest,
    Geometry,
    Motion,
    Scan,
    SeriesIdentity,
    ct_instances,
    render,
)

SMALL = Geometry(columns=64, rows=48, slices=20, pixel_spacing_mm=6.0, slice_spacing_mm=10.0)
"""Enough to find lungs in, read in a tenth of a second."""


def instances(
    geometry: Geometry = SMALL,
    *,
    identity: SeriesIdentity | None = None,
    motion: Motion | None = None,
    scan: Scan | None = None,
) -> list[Dataset]:
    """CT Images of the phantom from foot to head."""
    return ct_instances(render(Chest(), geometry, motion=motion, scan=scan), geometry, identity)


def files(datasets: Iterable[Dataset]) -> list[bytes]:
    return [encoded(dataset) for dataset in datasets]


def encoded(dataset: Dataset) -> bytes:
    buffer = BytesIO()
    dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()


def stored(dataset: Dataset) -> NDArray[np.uint16]:
    """Stored values of an uncompressed instance."""
    return np.frombuffer(dataset.PixelData, "<u2").reshape(dataset.Rows, dataset.Columns)


def with_stored(dataset: Dataset, values: NDArray[np.integer]) -> Dataset:
    dataset.PixelData = values.astype("<u2").tobytes()
    return dataset


def compressed(dataset: Dataset, transfer_syntax: UID, encode: Callable[[NDArray[np.uint16]], bytes]) -> Dataset:
    """``dataset`` with its frame encoded by ``encode``."""
    dataset.PixelData = encapsulate([encode(stored(dataset))])
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = transfer_syntax
    return dataset


def rle(dataset: Dataset) -> Dataset:
    """By pydicom's own encoder."""
    dataset = dcmread(BytesIO(encoded(dataset)))
    dataset.compress(RLELossless, generate_instance_uid=False)
    return dataset


def jpeg_lossless(values: NDArray[np.uint16]) -> bytes:
    return bytes(imagecodecs.jpeg_encode(values, lossless=True, bitspersample=12))


def jpeg_ls(values: NDArray[np.uint16]) -> bytes:
    return bytes(imagecodecs.jpegls_encode(values))


def jpeg_2000(values: NDArray[np.uint16]) -> bytes:
    return bytes(imagecodecs.jpeg2k_encode(values, codecformat="j2k", reversible=True, level=0, bitspersample=12))


def high_throughput_jpeg_2000(values: NDArray[np.uint16]) -> bytes:
    return bytes(imagecodecs.htj2k_encode(values, reversible=True))


def enhanced(singles: list[Dataset]) -> Dataset:
    """One Enhanced CT Image that holds all of ``singles``."""
    first = singles[0]
    dataset = Dataset()
    dataset.file_meta = first.file_meta
    for keyword in (
        "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyInstanceUID", "SeriesInstanceUID",
        "StudyDate", "StudyTime", "StudyID", "AccessionNumber", "ReferringPhysicianName", "FrameOfReferenceUID",
        "Modality", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation",
        "SamplesPerPixel", "PhotometricInterpretation", "PatientPosition",
    ):  # fmt: skip
        setattr(dataset, keyword, first[keyword].value)
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = EnhancedCTImageStorage
    dataset.SOPInstanceUID = first.SOPInstanceUID
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    dataset.NumberOfFrames = len(singles)
    shared = Dataset()
    shared.PixelMeasuresSequence = Sequence([_item(PixelSpacing=first.PixelSpacing)])
    shared.PlaneOrientationSequence = Sequence([_item(ImageOrientationPatient=first.ImageOrientationPatient)])
    shared.PixelValueTransformationSequence = Sequence(
        [_item(RescaleSlope=1, RescaleIntercept=-1024, RescaleType="HU")]
    )
    dataset.SharedFunctionalGroupsSequence = Sequence([shared])
    dataset.PerFrameFunctionalGroupsSequence = Sequence(
        [
            _item(PlanePositionSequence=Sequence([_item(ImagePositionPatient=one.ImagePositionPatient)]))
            for one in singles
        ]
    )
    dataset.PixelData = b"".join(one.PixelData for one in singles)
    return dataset


def _item(**values: object) -> Dataset:
    item = Dataset()
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return item


def thinner(geometry: Geometry, *, slices: int, slice_spacing_mm: float) -> Geometry:
    return replace(geometry, slices=slices, slice_spacing_mm=slice_spacing_mm)
