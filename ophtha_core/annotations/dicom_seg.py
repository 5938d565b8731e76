"""Label masks as DICOM Segmentations: one segment a class, only tiles that hold something (PS3.3 A.51)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import highdicom as hd
import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from ophtha_core.annotations.classes import ClassOrder, DrawnClass
from ophtha_core.annotations.dicom_objects import (
    CATEGORY,
    MANUFACTURER,
    MODEL_NAME,
    SERIAL_NUMBER,
    ObjectIdentity,
    code_of,
    completed,
    lab_of,
    needing,
)
from ophtha_core.annotations.raster import TILE_PX, LabelMask, LabelTile
from ophtha_core.errors import InvalidInput

MAX_SEGMENTATION_BYTES: Final = 512 * 2**20


def segmentation_of(
    mask: LabelMask, order: ClassOrder, sources: Sequence[Dataset], identity: ObjectIdentity
) -> Dataset:
    """A binary segmentation of the image whose headers ``sources`` are (one level of a slide, or one plane).

    Pixels of no class of ``order`` are left out. Raises InvalidInput when there is nothing to store, too much of it,
    or when the headers lack what a segmentation must refer to.
    """
    tiles = _tiles(mask, len(order.classes))
    present = sorted({int(value) for tile in tiles for value in np.unique(tile.labels) if value})
    if not present:
        raise InvalidInput("annotations", "hold no pixel of a class: there is nothing to segment")
    source = completed(sources[0])
    is_slide = "TotalPixelMatrixColumns" in source
    descriptions = [_segment(number, order.classes[value - 1]) for number, value in enumerate(present, start=1)]
    renumbered = np.zeros(max(present) + 1, dtype=np.uint16)
    renumbered[present] = np.arange(1, len(present) + 1)
    with needing(source):
        placement = _slide_placement(tiles, source) if is_slide else _Placement()
        pixels = _stack(tiles) if is_slide else mask.array()[None]
        segmentation = hd.seg.Segmentation(
            source_images=[source],
            pixel_array=renumbered[np.where(pixels <= max(present), pixels, 0)],
            segmentation_type=hd.seg.SegmentationTypeValues.BINARY,
            segment_descriptions=descriptions,
            series_instance_uid=identity.series_instance_uid,
            series_number=identity.series_number,
            sop_instance_uid=identity.sop_instance_uid,
            instance_number=1,
            manufacturer=MANUFACTURER,
            manufacturer_model_name=MODEL_NAME,
            software_versions=identity.software_version,
            device_serial_number=SERIAL_NUMBER,
            content_label="ANNOTATIONS",
            content_description="Segmentation of annotated classes",
            omit_empty_frames=True,
            plane_positions=placement.positions,
            plane_orientation=placement.orientation,
            pixel_measures=placement.measures,
        )
    if is_slide:
        # The tiles are not all there: what they belong to is still the whole matrix.
        segmentation.TotalPixelMatrixColumns, segmentation.TotalPixelMatrixRows = mask.width_px, mask.height_px
        segmentation.PatientOrientation = None
    return segmentation


def _tiles(mask: LabelMask, classes: int) -> list[LabelTile]:
    tiles: list[LabelTile] = []
    for tile in mask.tiles():
        labels = np.where(tile.labels <= classes, tile.labels, 0)
        if labels.any():
            tiles.append(LabelTile(column=tile.column, row=tile.row, labels=labels.astype(mask.dtype)))
        if len(tiles) * TILE_PX * TILE_PX * mask.dtype.itemsize > MAX_SEGMENTATION_BYTES:
            raise InvalidInput("annotations", "cover too much of the slide for one segmentation")
    return tiles


def _stack(tiles: Sequence[LabelTile]) -> npt.NDArray[np.uint16]:
    stack = np.zeros((len(tiles), TILE_PX, TILE_PX), dtype=np.uint16)
    for number, tile in enumerate(tiles):
        stack[number, : tile.labels.shape[0], : tile.labels.shape[1]] = tile.labels
    return stack


@dataclass(frozen=True)
class _Placement:
    """Where tiles lie; nothing for planes that lie as their source does."""

    positions: list[hd.PlanePositionSequence] | None = None
    orientation: hd.PlaneOrientationSequence | None = None
    measures: hd.PixelMeasuresSequence | None = None


def _slide_placement(tiles: Sequence[LabelTile], source: Dataset) -> _Placement:
    origin = source.TotalPixelMatrixOriginSequence[0]
    measures = source.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    transform = hd.spatial.PixelToReferenceTransformer(
        image_position=(
            float(origin.XOffsetInSlideCoordinateSystem),
            float(origin.YOffsetInSlideCoordinateSystem),
            float(origin.get("ZOffsetInSlideCoordinateSystem", 0) or 0),
        ),
        image_orientation=[float(each) for each in source.ImageOrientationSlide],
        pixel_spacing=[float(each) for each in measures.PixelSpacing],
    )
    corners = np.array([(tile.column, tile.row) for tile in tiles], dtype=np.int64)
    return _Placement(
        positions=[
            hd.PlanePositionSequence(
                coordinate_system=hd.CoordinateSystemNames.SLIDE,
                image_position=position,
                pixel_matrix_position=(int(column) + 1, int(row) + 1),
            )
            for (column, row), position in zip(corners, transform(corners), strict=True)
        ],
        orientation=hd.PlaneOrientationSequence(
            coordinate_system=hd.CoordinateSystemNames.SLIDE, image_orientation=source.ImageOrientationSlide
        ),
        measures=hd.PixelMeasuresSequence(
            pixel_spacing=[float(each) for each in measures.PixelSpacing],
            slice_thickness=float(measures.get("SliceThickness", 0.001) or 0.001),
        ),
    )


def _segment(number: int, drawn: DrawnClass) -> hd.seg.SegmentDescription:
    return hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=drawn.name[:64],
        segmented_property_category=CATEGORY,
        segmented_property_type=code_of(drawn),
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.MANUAL,
        display_color=lab_of(drawn.color),
    )
