"""Which regions touch which frames of an image, from its headers alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from ophtha_core.dicom.geometry import SlicePlane, frame_planes
from ophtha_core.dicom.layout import PixelLayout, is_image, read_layout
from ophtha_core.dicom.reading import unreadable
from ophtha_core.masking.raster import FrameMask, box_on_frame, rectangle_on_frame
from ophtha_core.masking.region import Fill, Paint, Region, Region2D
from ophtha_core.masking.values import check_fill


@dataclass(frozen=True, slots=True)
class Edit:
    """Paint to put on pixels of one frame."""

    mask: FrameMask
    paint: Paint


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskPlan:
    """The regions that hit any frame of an image, in their order, with their masks: one for all frames, or one each."""

    layout: PixelLayout
    masks: tuple[tuple[Region, FrameMask | tuple[FrameMask | None, ...]], ...]

    @property
    def regions(self) -> tuple[Region, ...]:
        return tuple(region for region, _ in self.masks)

    @property
    def frames(self) -> Sequence[int]:
        """Zero-based frames with at least one masked pixel."""
        if any(isinstance(masks, FrameMask) for _, masks in self.masks):
            return range(self.layout.frames)
        return tuple(frame for frame in range(self.layout.frames if self.masks else 0) if self.edits(frame))

    def edits(self, frame: int) -> tuple[Edit, ...]:
        """What to paint on one frame, in order."""
        of_frame = (
            (masks if isinstance(masks, FrameMask) else masks[frame], region.paint) for region, masks in self.masks
        )
        return tuple(Edit(mask, paint) for mask, paint in of_frame if mask is not None)

    def mask_of(self, frame: int) -> NDArray[np.bool_] | None:
        """All masked pixels of a frame (rows x columns), None when it has none."""
        edits = self.edits(frame)
        if not edits:
            return None
        union = np.zeros((self.layout.rows, self.layout.columns), bool)
        for edit in edits:
            union |= edit.mask.as_array(self.layout.rows, self.layout.columns)
        return union


def region_hits(dataset: Dataset, regions: Sequence[Region]) -> Sequence[int]:
    """Zero-based frames of an object of which at least one pixel is masked; headers without pixel data suffice.

    Objects without pixels are never hit. Raises UnreadableImage when the headers contradict themselves, or a 3D region
    meets an image that has no place in the patient.
    """
    with unreadable("the object"):
        return plan_regions(dataset, read_layout(dataset), regions).frames if is_image(dataset) else ()


def check_regions(dataset: Dataset, regions: Sequence[Region]) -> Sequence[int]:
    """As ``region_hits``, and InvalidInput naming ``<region.field>.FillValue`` when a value does not fit the image."""
    with unreadable("the object"):
        if not is_image(dataset):
            return ()
        plan = plan_regions(dataset, read_layout(dataset), regions)
        check_fills(plan)
        return plan.frames


def check_fills(plan: MaskPlan) -> None:
    """Raise InvalidInput when the fill value of a region that hits cannot be stored in the image."""
    for region in plan.regions:
        if isinstance(region.paint, Fill):
            check_fill(plan.layout, region.paint, field=f"{region.field}.FillValue")


def plan_regions(dataset: Dataset, layout: PixelLayout, regions: Sequence[Region]) -> MaskPlan:
    """Rasterise regions on the frames of an image."""
    size = {"rows": layout.rows, "columns": layout.columns}
    planes: tuple[SlicePlane, ...] = ()
    hitting: list[tuple[Region, FrameMask | tuple[FrameMask | None, ...]]] = []
    for region in regions:
        if isinstance(region, Region2D):
            if mask := rectangle_on_frame(region, **size):
                hitting.append((region, mask))
            continue
        planes = planes or frame_planes(dataset, frames=layout.frames)
        masks = tuple(box_on_frame(region, plane, **size) for plane in planes)
        if any(masks):
            hitting.append((region, masks))
    return MaskPlan(layout=layout, masks=tuple(hitting))
