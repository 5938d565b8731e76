"""Which regions touch which frames of an image, from its headers alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from ophtha_core.dicom.geometry import frame_planes
from ophtha_core.dicom.layout import PixelLayout, is_image, read_layout
from ophtha_core.masking.raster import FrameMask, box_on_frame, rectangle_on_frame
from ophtha_core.masking.region import Fill, Paint, Region, Region2D, Region3D
from ophtha_core.masking.values import check_fill


@dataclass(frozen=True, slots=True)
class Edit:
    """Paint to put on pixels of one frame."""

    mask: FrameMask
    paint: Paint


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskPlan:
    """Edits of each frame that is hit, in the order of the regions; ``regions`` are those that hit any frame."""

    layout: PixelLayout
    edits: dict[int, tuple[Edit, ...]]
    regions: tuple[Region, ...]

    @property
    def frames(self) -> tuple[int, ...]:
        """Zero-based frames with at least one masked pixel."""
        return tuple(self.edits)

    def mask_of(self, frame: int) -> NDArray[np.bool_] | None:
        """All masked pixels of a frame (rows x columns), None when it has none."""
        edits = self.edits.get(frame)
        if edits is None:
            return None
        union = np.zeros((self.layout.rows, self.layout.columns), bool)
        for edit in edits:
            union |= edit.mask.as_array(self.layout.rows, self.layout.columns)
        return union


def region_hits(dataset: Dataset, regions: Sequence[Region]) -> tuple[int, ...]:
    """Zero-based frames of an object of which at least one pixel is masked; headers without pixel data suffice.

    Objects without pixels are never hit. Raises UnreadableImage when the headers contradict themselves, or a 3D region
    meets an image that has no place in the patient.
    """
    return plan_regions(dataset, read_layout(dataset), regions).frames if is_image(dataset) else ()


def check_regions(dataset: Dataset, regions: Sequence[Region]) -> tuple[int, ...]:
    """As ``region_hits``, and InvalidInput naming ``<region.field>.FillValue`` when a value does not fit the image."""
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
    planes = None
    edits: dict[int, list[Edit]] = {}
    hitting = []
    for region in regions:
        if isinstance(region, Region3D) and planes is None:
            planes = frame_planes(dataset, frames=layout.frames)
        masks: Sequence[FrameMask | None]
        if isinstance(region, Region2D):
            masks = (rectangle_on_frame(region, rows=layout.rows, columns=layout.columns),) * layout.frames
        else:
            masks = [box_on_frame(region, p, rows=layout.rows, columns=layout.columns) for p in planes or ()]
        for frame, mask in enumerate(masks):
            if mask is not None:
                edits.setdefault(frame, []).append(Edit(mask, region.paint))
        if any(mask is not None for mask in masks):
            hitting.append(region)
    return MaskPlan(
        layout=layout,
        edits={frame: tuple(edits[frame]) for frame in sorted(edits)},
        regions=tuple(hitting),
    )
