"""Label masks as DICOM Segmentations: one segment a class, only tiles that hold something (PS3.3 A.51)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import highdicom as hd
import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from ophtha_core.annotations.classes import ClassOrder, DrawnClass
from ophtha_core.annotations.dicom_objects import (
    CATEGORY,
    MODEL_NAME,
    ObjectIdentity,
    code_of,
    completed,
    label_of,
    needing,
)
from ophtha_core.annotations.raster import MAX_LABEL, TILE_PX, LabelMask, LabelTile
from ophtha_core.dicom.derived_header import add_patient_and_study, equipment
from ophtha_core.errors import InvalidInput

MAX_SEGMENTATION_BYTES: Final = 512 * 2**20


def segmentation_of(
    masks: Mapping[int, LabelMask], order: ClassOrder, source: Dataset, identity: ObjectIdentity
) -> Dataset:
    """A binary segmentation of the image whose header ``source`` is: the largest level of a slide, or any other.

    ``masks`` are those of its frames, from 0; of a slide there is one, number 0. Annotations without a class are one
    of their own; pixels of other values are left out. Raises InvalidInput when there is nothing to store, too much of
    it, or when the header lacks what a segmentation must refer to.
    """
    source = completed(source)
    _require_frames(masks, source)
    is_slide = "TotalPixelMatrixColumns" in source
    classes = {drawn.value: drawn for drawn in (*order.classes, order.unlabelled)}
    kept = np.zeros(MAX_LABEL + 1, dtype=np.bool_)
    kept[list(classes)] = True
    tiles = _tiles(masks[0], kept) if is_slide else []
    pixels = _stack(tiles) if is_slide else _frames(masks, kept, source)
    present = np.flatnonzero(np.bincount(pixels.ravel(), minlength=1)[1:]) + 1
    if not present.size:
        raise InvalidInput("annotations", "hold no pixel of a class: there is nothing to segment")
    descriptions = [_segment(number, classes[value]) for number, value in enumerate(present.tolist(), start=1)]
    renumbered = np.zeros(present.max() + 1, dtype=np.uint16)
    renumbered[present] = np.arange(1, len(present) + 1)
    with needing(source):
        placement = _slide_placement(tiles, source) if is_slide else _Placement()
        segmentation = hd.seg.Segmentation(
            source_images=[source],
            pixel_array=renumbered[pixels],
            segmentation_type=hd.seg.SegmentationTypeValues.BINARY,
            segment_descriptions=descriptions,
            series_instance_uid=identity.series_instance_uid,
            series_number=identity.series_number,
            sop_instance_uid=identity.sop_instance_uid,
            instance_number=1,
            **equipment(MODEL_NAME),
            content_label="ANNOTATIONS",
            content_description="Segmentation of annotated classes",
            omit_empty_frames=True,
            plane_positions=placement.positions,
            plane_orientation=placement.orientation,
            pixel_measures=placement.measures,
        )
    if is_slide:
        # The tiles are not all there: what they belong to is still the whole matrix.
        whole = masks[0]
        segmentation.TotalPixelMatrixColumns, segmentation.TotalPixelMatrixRows = whole.width_px, whole.height_px
        segmentation.PatientOrientation = None
    add_patient_and_study(segmentation, source)
    return segmentation


def _tiles(mask: LabelMask, kept: npt.NDArray[np.bool_]) -> list[LabelTile]:
    tiles: list[LabelTile] = []
    for tile in mask.tiles():
        labels = np.where(kept[tile.labels], tile.labels, 0)
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


def _require_frames(masks: Mapping[int, LabelMask], source: Dataset) -> None:
    is_slide = "TotalPixelMatrixColumns" in source
    frames = 1 if is_slide else int(source.get("NumberOfFrames") or 1)
    if not masks:
        raise InvalidInput("annotations", "hold no pixel of a class: there is nothing to segment")
    if max(masks) >= frames:
        raise InvalidInput("annotations", f"lie on plane {max(masks) + 1} of an image with {frames}")


def _frames(masks: Mapping[int, LabelMask], kept: npt.NDArray[np.bool_], source: Dataset) -> npt.NDArray[np.uint16]:
    """Labels (frames, rows, columns) of all frames of a source that is no slide."""
    frames = int(source.get("NumberOfFrames") or 1)
    if frames > 1 and not _places_its_frames(source):
        raise InvalidInput("image", "has several frames without a place of their own, which no segmentation can name")
    rows, columns = int(source.Rows), int(source.Columns)
    if frames * rows * columns * np.dtype(np.uint16).itemsize > MAX_SEGMENTATION_BYTES:
        raise InvalidInput("image", "has too many frames for one segmentation")
    pixels = np.zeros((frames, rows, columns), dtype=np.uint16)
    for frame, mask in masks.items():
        labels = mask.array()
        pixels[frame] = np.where(kept[labels], labels, 0)
    return pixels


def _places_its_frames(source: Dataset) -> bool:
    """Whether each frame says where it lies (PS3.3 C.7.6.16.2.3), as enhanced multi-frame images do."""
    groups = source.get("PerFrameFunctionalGroupsSequence") or []
    return "FrameOfReferenceUID" in source and bool(groups) and all("PlanePositionSequence" in each for each in groups)


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
            slice_thickness=float(measures.SliceThickness),
        ),
    )


def _segment(number: int, drawn: DrawnClass) -> hd.seg.SegmentDescription:
    return hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=label_of(drawn),
        segmented_property_category=CATEGORY,
        segmented_property_type=code_of(drawn),
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.MANUAL,
        display_color=hd.color.CIELabColor.from_string(drawn.color),
    )
