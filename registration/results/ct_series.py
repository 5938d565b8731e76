"""The registered image as a CT series: one instance per slice of the reference."""

import tarfile
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage
from pydicom.valuerep import DSfloat

from ophtha_core.dicom.derivation import Code
from ophtha_core.dicom.derived_header import frame_of_reference_of
from ophtha_core.dicom.reading import value_of
from ophtha_core.dicom.writing import new_file_bytes
from registration.engine import Registration
from registration.progress import Stage
from registration.results.dicom_object import image_reference, new_object
from registration.results.identifiers import Identifiers
from registration.results.source_history import carry_history
from registration.slices import Slice

_DESCRIPTION = "Floating CT resampled onto the reference CT by deformable registration"
_SERIES_NUMBER = 9001
_PURPOSE = Code(value="121322", meaning="Source image for image processing operation")


def write_archive(
    path: Path, registration: Registration, *, identifiers: Identifiers, created: datetime, stage: Stage
) -> None:
    """``0001.dcm`` … in order of position along the slice normal, in a gzip compressed tar."""
    count = registration.warped.GetDepth()
    with path.open("wb") as raw, tarfile.open(fileobj=raw, mode="w:gz", compresslevel=1) as archive:
        instances = ct_instances(registration, identifiers=identifiers, created=created)
        for number, instance in enumerate(instances, start=1):
            stage.reached((number - 1) / count)
            _add(archive, f"{number:04d}.dcm", new_file_bytes(instance), created=created)


def _add(archive: tarfile.TarFile, name: str, content: bytes, *, created: datetime) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    entry.mtime = int(created.timestamp())
    archive.addfile(entry, BytesIO(content))


def ct_instances(registration: Registration, *, identifiers: Identifiers, created: datetime) -> Iterator[Dataset]:
    """The instances in order of position."""
    voxels = sitk.GetArrayViewFromImage(registration.warped)
    sources = _floating_slices_seen(registration)
    for index, plane in enumerate(voxels):
        yield _instance(
            registration, plane, index=index, sources=sources[index], identifiers=identifiers, created=created
        )


def _instance(
    registration: Registration,
    plane: NDArray[np.int16],
    *,
    index: int,
    sources: tuple[Slice, ...],
    identifiers: Identifiers,
    created: datetime,
) -> Dataset:
    reference = registration.reference
    image = reference.image
    dataset = new_object(
        registration.floating,
        sop_class=CTImageStorage,
        sop_instance=identifiers.slice(index + 1),
        modality="CT",
        series_instance=identifiers.series,
        series_number=_SERIES_NUMBER,
        instance_number=index + 1,
        created=created,
    )
    dataset.ImageType = ["DERIVED", "SECONDARY", "AXIAL"]
    dataset.SeriesDescription = "Registered CT"
    carry_history(dataset, registration.floating.files)
    dataset.PatientPosition = value_of(reference.header, "PatientPosition") or "HFS"
    dataset.FrameOfReferenceUID = frame_of_reference_of(reference.header)
    dataset.PositionReferenceIndicator = ""
    dataset.AcquisitionNumber = None
    dataset.KVP = None
    direction = np.array(image.GetDirection()).reshape(3, 3)
    columns_mm, rows_mm, slices_mm = image.GetSpacing()
    dataset.PixelSpacing = [_decimal(rows_mm), _decimal(columns_mm)]
    dataset.SliceThickness = _decimal(slices_mm)
    dataset.SpacingBetweenSlices = _decimal(slices_mm)
    dataset.ImageOrientationPatient = [_decimal(value) for value in (*direction[:, 0], *direction[:, 1])]
    dataset.ImagePositionPatient = [_decimal(v) for v in image.TransformIndexToPhysicalPoint((0, 0, index))]
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = plane.shape
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit = 15
    dataset.PixelRepresentation = 1
    dataset.RescaleIntercept = 0
    dataset.RescaleSlope = 1
    dataset.RescaleType = "HU"
    dataset.WindowCenter = -600
    dataset.WindowWidth = 1500
    dataset.DerivationDescription = _DESCRIPTION
    dataset.DerivationCodeSequence = Sequence([Code(value="113085", meaning="Spatial resampling").as_item()])
    dataset.SourceImageSequence = Sequence([_source_reference(source) for source in sources])
    counterpart = reference.sources[index]
    if counterpart is not None:
        dataset.ReferencedImageSequence = Sequence([image_reference(counterpart)])
    dataset.PixelData = plane.astype("<i2").tobytes()
    return dataset


def _source_reference(source: Slice) -> Dataset:
    item = image_reference(source)
    item.SpatialLocationsPreserved = "NO"
    item.PurposeOfReferenceCodeSequence = Sequence([_PURPOSE.as_item()])
    return item


def _decimal(value: float) -> DSfloat:
    return DSfloat(float(value), auto_format=True)


def _floating_slices_seen(registration: Registration) -> list[tuple[Slice, ...]]:
    """Per slice of the result, the floating slices its voxels were interpolated from."""
    floating = registration.floating
    field = registration.field
    field_mm = sitk.GetArrayViewFromImage(field)
    first = np.array(field.GetOrigin())
    normal = np.array(floating.image.GetDirection()).reshape(3, 3)[:, 2] / floating.image.GetSpacing()[2]
    x, y, z = (
        np.arange(count) * spacing + start
        for count, spacing, start in zip(field.GetSize(), field.GetSpacing(), first, strict=True)
    )
    height = field_mm @ normal + (
        normal[0] * x[None, None, :] + normal[1] * y[None, :, None] + normal[2] * z[:, None, None]
    )
    height -= normal @ np.array(floating.image.GetOrigin())
    low, high = height.min(axis=(1, 2)), height.max(axis=(1, 2))
    result = []
    for index in range(registration.warped.GetDepth()):
        ends = [registration.warped.TransformIndexToPhysicalPoint((i, j, index))[2] for i, j in _corners(registration)]
        bounds = (np.array([min(ends), max(ends)]) - first[2]) / field.GetSpacing()[2]
        k0 = int(np.clip(np.floor(bounds[0]), 0, len(low) - 1))
        k1 = int(np.clip(np.ceil(bounds[1]), 0, len(low) - 1))
        from_plane = max(0, int(np.floor(low[k0 : k1 + 1].min())))
        to_plane = min(len(floating.sources) - 1, int(np.ceil(high[k0 : k1 + 1].max())))
        seen = [source for source in floating.sources[from_plane : to_plane + 1] if source is not None]
        # Planes across a tilted stack lie on no slice of their own.
        result.append(tuple(seen or floating.files))
    return result


def _corners(registration: Registration) -> list[tuple[int, int]]:
    columns, rows, _ = registration.warped.GetSize()
    return [(0, 0), (columns - 1, 0), (0, rows - 1), (columns - 1, rows - 1)]
