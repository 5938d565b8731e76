"""What is masked where regions say what to keep: all the rest."""

from collections.abc import Sequence

import numpy as np

from ophtha_core.dicom.layout import PixelLayout
from ophtha_core.errors import InvalidInput
from ophtha_core.masking.raster import FrameMask, Masks
from ophtha_core.masking.region import MeanFilter, Region

KeptRegion = tuple[Region, FrameMask | Masks | None]
"""A region to keep, and its pixels."""


def all_but(kept: Sequence[KeptRegion], layout: PixelLayout) -> Masks:
    """Of each frame, the pixels outside every region to keep that is meant for it; None without such a region."""
    refuse_several_paints([region for region, _ in kept])
    known: dict[tuple[int, ...], FrameMask | None] = {}
    rest: list[FrameMask | None] = []
    for frame in range(layout.frames if kept else 0):
        meant = [_of_frame(masks, frame) for region, masks in kept if region.is_meant_for(frame)]
        key = tuple(map(id, meant))
        if key not in known:
            known[key] = _outside(meant, layout) if meant else None
        rest.append(known[key])
    return tuple(rest)


def refuse_several_paints(kept: Sequence[Region]) -> None:
    """Raise InvalidInput when regions to keep of one image would mask the rest in different ways."""
    for region in kept[1:]:
        if region.paint != kept[0].paint:
            name = "FilterWidth" if isinstance(region.paint, MeanFilter) else "FillValue"
            raise InvalidInput(
                f"{region.field}.{name}", "differs from that of another region to keep in the same image"
            )


def _of_frame(masks: FrameMask | Masks | None, frame: int) -> FrameMask | None:
    return masks[frame] if isinstance(masks, tuple) else masks


def _outside(kept: Sequence[FrameMask | None], layout: PixelLayout) -> FrameMask | None:
    outside = np.ones((layout.rows, layout.columns), bool)
    for mask in kept:
        if mask is not None:
            outside &= ~mask.as_array(layout.rows, layout.columns)
    if not outside.any():
        return None
    everything = slice(0, layout.rows), slice(0, layout.columns)
    return FrameMask(*everything) if outside.all() else FrameMask(*everything, outside)
