"""Spatial Registration (the affine part) and Deformable Spatial Registration (the whole mapping)."""

from datetime import datetime

import numpy as np
import SimpleITK as sitk
from pydicom import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, DeformableSpatialRegistrationStorage, SpatialRegistrationStorage

from ophtha_core.dicom.derivation import Code
from ophtha_core.dicom.derived_header import frame_of_reference_of
from registration.affine import Affine
from registration.engine import Registration
from registration.results.dicom_object import instance_references, new_object
from registration.results.identifiers import Identifiers
from registration.volume import CheckedVolume

_SERIES_NUMBER = 9002


def spatial_registration(registration: Registration, *, identifiers: Identifiers, created: datetime) -> Dataset:
    """The matrices take points of each frame of reference to the registered one, the reference's (PS3.3 C.20.2)."""
    dataset = _registration_object(
        registration,
        sop_class=SpatialRegistrationStorage,
        sop_instance=identifiers.spatial_registration,
        instance_number=1,
        identifiers=identifiers,
        created=created,
    )
    dataset.ContentDescription = "Affine part of the registration"
    dataset.RegistrationSequence = Sequence(
        [
            _matrix_item(registration.reference, Affine(np.eye(3), np.zeros(3)), "RIGID"),
            _matrix_item(registration.floating, registration.affine.inverse(), "AFFINE"),
        ]
    )
    return dataset


def deformable_registration(registration: Registration, *, identifiers: Identifiers, created: datetime) -> Dataset:
    """The field takes points of the reference to points of the floating image (PS3.3 C.20.3.1.1), without matrices."""
    dataset = _registration_object(
        registration,
        sop_class=DeformableSpatialRegistrationStorage,
        sop_instance=identifiers.deformable_registration,
        instance_number=2,
        identifiers=identifiers,
        created=created,
    )
    dataset.ContentDescription = "Whole mapping of the registration"
    field = registration.field
    grid = Dataset()
    grid.ImagePositionPatient = [round(value, 6) for value in field.GetOrigin()]
    grid.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    grid.GridDimensions = list(field.GetSize())
    grid.GridResolution = list(field.GetSpacing())
    grid.VectorGridData = sitk.GetArrayViewFromImage(field).astype("<f4").tobytes()
    item = Dataset()
    item.SourceFrameOfReferenceUID = frame_of_reference_of(registration.floating.header)
    item.ReferencedImageSequence = instance_references(registration.floating)
    item.RegistrationTypeCodeSequence = Sequence([_method()])
    item.DeformableRegistrationGridSequence = Sequence([grid])
    dataset.DeformableRegistrationSequence = Sequence([item])
    return dataset


def _registration_object(
    registration: Registration,
    *,
    sop_class: UID,
    sop_instance: UID,
    instance_number: int,
    identifiers: Identifiers,
    created: datetime,
) -> Dataset:
    dataset = new_object(
        registration.floating,
        sop_class=sop_class,
        sop_instance=sop_instance,
        modality="REG",
        series_instance=identifiers.registration_series,
        series_number=_SERIES_NUMBER,
        instance_number=instance_number,
        created=created,
    )
    dataset.SeriesDescription = "CT registration"
    dataset.BodyPartExamined = "CHEST"
    dataset.FrameOfReferenceUID = frame_of_reference_of(registration.reference.header)
    dataset.PositionReferenceIndicator = ""
    dataset.ContentLabel = "CTREGISTRATION"
    dataset.ContentCreatorName = ""
    _add_instance_references(dataset, registration)
    return dataset


def _matrix_item(volume: CheckedVolume, affine: Affine, kind: str) -> Dataset:
    matrix = np.eye(4)
    matrix[:3, :3] = affine.matrix
    matrix[:3, 3] = affine.offset_mm
    transformation = Dataset()
    transformation.FrameOfReferenceTransformationMatrix = [f"{value:.10g}" for value in matrix.ravel()]
    transformation.FrameOfReferenceTransformationMatrixType = kind
    matrices = Dataset()
    matrices.RegistrationTypeCodeSequence = Sequence([_method()])
    matrices.MatrixSequence = Sequence([transformation])
    item = Dataset()
    item.FrameOfReferenceUID = frame_of_reference_of(volume.header)
    item.ReferencedImageSequence = instance_references(volume)
    item.MatrixRegistrationSequence = Sequence([matrices])
    return item


def _method() -> Dataset:
    return Code(value="125024", meaning="Image Content-based Alignment").as_item()


def _add_instance_references(dataset: Dataset, registration: Registration) -> None:
    """Common Instance Reference (PS3.3 C.12.2): series of this study, and those of other studies."""
    same_study: list[Dataset] = []
    other_studies: dict[str, list[Dataset]] = {}
    seen: set[str] = set()
    for volume in (registration.reference, registration.floating):
        series_uid = volume.series_instance_uid
        if series_uid in seen:
            continue
        seen.add(series_uid)
        series = Dataset()
        series.SeriesInstanceUID = series_uid
        series.ReferencedInstanceSequence = instance_references(volume)
        study_uid = volume.study_instance_uid
        if study_uid == dataset.StudyInstanceUID:
            same_study.append(series)
        else:
            other_studies.setdefault(study_uid, []).append(series)
    if same_study:
        dataset.ReferencedSeriesSequence = Sequence(same_study)
    if other_studies:
        dataset.StudiesContainingOtherReferencedInstancesSequence = Sequence(
            [_study_item(uid, series) for uid, series in other_studies.items()]
        )


def _study_item(study_uid: str, series: list[Dataset]) -> Dataset:
    item = Dataset()
    item.StudyInstanceUID = study_uid
    item.ReferencedSeriesSequence = Sequence(series)
    return item
