"""Annotations as DICOM Microscopy Bulk Simple Annotations: a group for each class and kind of graphic (PS3.3 A.87).

The object knows no holes: of a polygon with holes it keeps the outline, the segmentation keeps the holes.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import highdicom as hd
import numpy as np
import numpy.typing as npt
import shapely
from highdicom.ann import AnnotationGroup, GraphicTypeValues, MicroscopyBulkSimpleAnnotations
from pydicom.dataset import Dataset
from pydicom.uid import UID, generate_uid
from shapely.geometry.base import BaseGeometry

from ophtha_core.annotations.classes import DrawnClass
from ophtha_core.annotations.dicom_objects import (
    CATEGORY,
    MODEL_NAME,
    ObjectIdentity,
    code_of,
    completed,
    label_of,
    needing,
)
from ophtha_core.dicom.derived_header import add_patient_and_study, equipment
from ophtha_core.errors import InvalidInput

_KINDS: Final = {
    "Polygon": GraphicTypeValues.POLYGON,
    "Point": GraphicTypeValues.POINT,
    "LineString": GraphicTypeValues.POLYLINE,
}


@dataclass(frozen=True)
class ClassedGeometry:
    """A geometry in image space and the class it is listed under."""

    geometry: BaseGeometry
    drawn: DrawnClass


def bulk_annotations_of(geometries: Iterable[ClassedGeometry], source: Dataset, identity: ObjectIdentity) -> Dataset:
    """``source`` is the header of the largest level of the slide that the geometries lie on.

    Coordinates are stored in mm of the slide's frame of reference: all levels of the pyramid share it. Raises
    InvalidInput when there is nothing to store or the header lacks what the object must refer to.
    """
    source = completed(source)
    with needing(source):
        to_slide = _slide_coordinates(source)
    collected: dict[tuple[int, GraphicTypeValues], tuple[DrawnClass, list[npt.NDArray[np.float64]]]] = {}
    for each in geometries:
        for part in shapely.get_parts(each.geometry):
            key = each.drawn.value, _KINDS[part.geom_type]
            collected.setdefault(key, (each.drawn, []))[1].append(to_slide(_points(part)))
    if not collected:
        raise InvalidInput("annotations", "are none that a slide could carry")
    groups = [
        _group(number, drawn, kind, graphics, identity.sop_instance_uid)
        for number, ((_, kind), (drawn, graphics)) in enumerate(sorted(collected.items(), key=_order), start=1)
    ]
    with needing(source):
        bulk = MicroscopyBulkSimpleAnnotations(
            source_images=[source],
            annotation_coordinate_type=hd.ann.AnnotationCoordinateTypeValues.SCOORD3D,
            annotation_groups=groups,
            series_instance_uid=identity.series_instance_uid,
            series_number=identity.series_number,
            sop_instance_uid=identity.sop_instance_uid,
            instance_number=1,
            **equipment(MODEL_NAME),
            content_label="ANNOTATIONS",
            content_description="Annotated structures",
        )
    if "ContainerIdentifier" not in bulk:
        # Without the specimen module the object counts as one of a body part that may be paired.
        bulk.Laterality = None
    add_patient_and_study(bulk, source)
    return bulk


def _slide_coordinates(source: Dataset) -> Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]:
    """From pixels of the total pixel matrix (n, 2) to mm of the slide (n, 3)."""
    origin = source.TotalPixelMatrixOriginSequence[0]
    measures = source.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    return hd.spatial.ImageToReferenceTransformer(
        image_position=(
            float(origin.XOffsetInSlideCoordinateSystem),
            float(origin.YOffsetInSlideCoordinateSystem),
            0.0,
        ),
        image_orientation=[float(each) for each in source.ImageOrientationSlide],
        pixel_spacing=[float(each) for each in measures.PixelSpacing],
    )


def _order(
    item: tuple[tuple[int, GraphicTypeValues], tuple[DrawnClass, list[npt.NDArray[np.float64]]]],
) -> tuple[int, str]:
    (value, kind), _ = item
    return value, kind.value


def _points(part: BaseGeometry) -> npt.NDArray[np.float64]:
    if part.geom_type == "Polygon":
        # The outline is closed by definition: the repeated first point is left out.
        return shapely.get_coordinates(shapely.get_exterior_ring(part))[:-1]
    return shapely.get_coordinates(part)


def _group(
    number: int,
    drawn: DrawnClass,
    kind: GraphicTypeValues,
    graphics: Sequence[npt.NDArray[np.float64]],
    object_uid: UID,
) -> AnnotationGroup:
    return AnnotationGroup(
        number=number,
        uid=generate_uid(entropy_srcs=[str(object_uid), str(number)]),
        label=label_of(drawn),
        annotated_property_category=CATEGORY,
        annotated_property_type=code_of(drawn),
        graphic_type=kind,
        graphic_data=[np.asarray(each, dtype=np.float64) for each in graphics],
        algorithm_type=hd.ann.AnnotationGroupGenerationTypeValues.MANUAL,
        display_color=hd.color.CIELabColor.from_string(drawn.color),
    )
