"""Which regions touch which frames of an image, from its headers alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from ophtha_core.dicom.geometry import SlicePlane, frame_planes
from ophtha_core.dicom.layout import PixelLayout, is_image, read_layout
from ophtha_core.dicom.reading import unreadable
from ophtha_core.masking.kept import all_but
from ophtha_core.masking.polygon import polygon_on_frame
from ophtha_core.masking.raster import FrameMask, Masks, box_on_frame, rectangle_on_frame
from ophtha_core.masking.region import Fill, Paint, Region, Region2D, Region3D
from ophtha_core.masking.values import check_fill


@dataclass(frozen=True, slots=True)
class Edit:
    """Paint to put on pixels of one frame."""

    mask: FrameMask
    paint: Paint


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedFrames:
    """What of an image is masked: the zero-based frames with masked pixels, and in how many frames each region has any.

    ``is_all_masked`` where there are regions to keep, and none of them has a pixel.
    """

    frames: Sequence[int] = ()
    hits: tuple[int, ...] = ()
    is_all_masked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskPlan:
    """The regions that change any frame of an image, in the order they are painted, with their masks: one for all
    frames, or one each. What is kept comes first, as the mask of all the rest."""

    layout: PixelLayout
    masks: tuple[tuple[Region, FrameMask | Masks], ...]
    hits: tuple[int, ...]
    """Frames in which each region that was asked for has pixels."""
    is_all_masked: bool = False
    """Whether there are regions to keep, and none of them has a pixel in a frame it is meant for."""

    @property
    def regions(self) -> tuple[Region, ...]:
        return tuple(region for region, _ in self.masks)

    @property
    def frames(self) -> Sequence[int]:
        """Zero-based frames with at least one masked pixel."""
        if any(isinstance(masks, FrameMask) for _, masks in self.masks):
            return range(self.layout.frames)
        return tuple(frame for frame in range(self.layout.frames if self.masks else 0) if self.edits(frame))

    @property
    def reach(self) -> MaskedFrames:
        """The plan in numbers."""
        return MaskedFrames(frames=self.frames, hits=self.hits, is_all_masked=self.is_all_masked)

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
    return reach_of(dataset, regions).frames


def reach_of(dataset: Dataset, regions: Sequence[Region]) -> MaskedFrames:
    """As ``check_regions``, with the numbers of each region."""
    with unreadable("the object"):
        if not is_image(dataset):
            return MaskedFrames(hits=(0,) * len(regions))
        plan = plan_regions(dataset, read_layout(dataset), regions)
        check_fills(plan)
        return plan.reach


def check_fills(plan: MaskPlan) -> None:
    """Raise InvalidInput when the fill value of a region that hits cannot be stored in the image."""
    for region in plan.regions:
        if isinstance(region.paint, Fill):
            check_fill(plan.layout, region.paint, field=f"{region.field}.FillValue")


def plan_regions(dataset: Dataset, layout: PixelLayout, regions: Sequence[Region]) -> MaskPlan:
    """Rasterise regions on the frames of an image.

    Raises InvalidInput naming the field of a region to keep that paints otherwise than the first, UnreadableImage.
    """
    found = _Rasteriser(dataset=dataset, layout=layout)
    masks = [found.masks_of(region) for region in regions]
    kept = [(region, each) for region, each in zip(regions, masks, strict=True) if region.keep]
    painted = [
        (region, each)
        for region, each in zip(regions, masks, strict=True)
        if each is not None and not region.keep and _has_any(each)
    ]
    rest = all_but(kept, layout)
    if _has_any(rest):
        painted.insert(0, (kept[0][0], rest))
    return MaskPlan(
        layout=layout,
        masks=tuple(painted),
        hits=tuple(_frame_count(each, layout.frames) for each in masks),
        is_all_masked=_has_any(rest) and not any(_has_any(each) for _, each in kept),
    )


@dataclass(slots=True, eq=False, kw_only=True)
class _Rasteriser:
    """Masks of regions on one image; its planes are read once, and only for regions in space."""

    dataset: Dataset
    layout: PixelLayout
    _planes: tuple[SlicePlane, ...] = ()

    def masks_of(self, region: Region) -> FrameMask | Masks | None:
        size = {"rows": self.layout.rows, "columns": self.layout.columns}
        if isinstance(region, Region3D):
            self._planes = self._planes or frame_planes(self.dataset, frames=self.layout.frames)
            return tuple(
                box_on_frame(region, plane, **size) if region.is_meant_for(frame) else None
                for frame, plane in enumerate(self._planes)
            )
        mask = rectangle_on_frame(region, **size) if isinstance(region, Region2D) else polygon_on_frame(region, **size)
        if mask is None or not region.frames:
            return mask
        return tuple(mask if region.is_meant_for(frame) else None for frame in range(self.layout.frames))


def _has_any(masks: FrameMask | Masks | None) -> bool:
    return isinstance(masks, FrameMask) or (masks is not None and any(masks))


def _frame_count(masks: FrameMask | Masks | None, frames: int) -> int:
    if isinstance(masks, FrameMask):
        return frames
    return 0 if masks is None else sum(mask is not None for mask in masks)
