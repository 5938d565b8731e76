"""Pathologies on B-scans as a DICOM Segmentation: one segment for each class, placed in the patient."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from highdicom import AlgorithmIdentificationSequence
from highdicom.seg import (
    SegmentAlgorithmTypeValues,
    Segmentation,
    SegmentationTypeValues,
    SegmentDescription,
)
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sr.coding import Code

from ophtha_core.dicom.derived_header import add_patient_and_study, equipment
from ophtha_core.errors import InvalidInput
from ophtha_core.oct.dicom.codes import ABNORMAL_STRUCTURE, EYE, SIDES, pathology_code
from ophtha_core.oct.dicom.header import (
    MODEL_NAME,
    codes,
    derived_identity,
)
from ophtha_core.oct.dicom.planes import placed_sources, volume_planes
from ophtha_core.oct.dicom.volume import OctVolume
from ophtha_core.oct.enface import Laterality

SEG_SERIES_NUMBER: Final = 9103
_ALGORITHM_FAMILY: Final = Code("123110", "DCM", "Artificial Intelligence")


def write_segmentation(
    volume: OctVolume,
    masks: Mapping[str, NDArray[np.bool_]],
    *,
    laterality: Laterality | None,
    instance_number: int = 1,
) -> Dataset:
    """Binary masks (slices, rows, columns) by class, in stored order, as one object in the study of the volume.

    Raises InvalidInput (`pathologies`) when no mask has a pixel, because a segmentation is never empty.
    """
    shown = {name: mask for name, mask in masks.items() if mask.any()}
    if not shown:
        raise InvalidInput("pathologies", "no class has a pixel: there is nothing to store")
    content = [part for name, mask in shown.items() for part in (name.encode(), np.packbits(mask).tobytes())]
    identity = derived_identity(
        volume,
        kind="SEG",
        content=[repr(laterality).encode(), *content],
        series_number=SEG_SERIES_NUMBER,
        instance_number=instance_number,
    )
    segmentation = Segmentation(
        source_images=placed_sources(volume, volume_planes(volume)),
        pixel_array=np.stack(list(shown.values()), axis=-1).astype(np.uint8),
        segmentation_type=SegmentationTypeValues.BINARY,
        segment_descriptions=[_description(number, name, laterality) for number, name in enumerate(shown, start=1)],
        series_instance_uid=identity.series_uid,
        series_number=identity.series_number,
        sop_instance_uid=identity.instance_uid,
        instance_number=identity.instance_number,
        **equipment(MODEL_NAME),
        content_label="PATHOLOGIES",
        content_description="Pathologies on B-scans (research)",
        series_description="OCT pathologies (research)",
        omit_empty_frames=True,
    )
    assert isinstance(segmentation, Dataset)
    add_patient_and_study(segmentation, volume.source)
    return segmentation


def _description(number: int, name: str, laterality: Laterality | None) -> SegmentDescription:
    description = SegmentDescription(
        segment_number=number,
        segment_label=name[:64],
        segmented_property_category=ABNORMAL_STRUCTURE,
        segmented_property_type=pathology_code(name),
        algorithm_type=SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=AlgorithmIdentificationSequence(
            name="Segmentation given by the caller", family=_ALGORITHM_FAMILY, version="unknown"
        ),
        anatomic_regions=[EYE],
    )
    if laterality is not None:
        region = description.AnatomicRegionSequence[0]
        region.AnatomicRegionModifierSequence = codes(SIDES[laterality])
    return description
