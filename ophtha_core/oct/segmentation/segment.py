"""All surfaces of one volume, what is known of them, and what follows from them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ophtha_core.oct.layer_surfaces import LayerSurfaces, Surface
from ophtha_core.oct.segmentation.borders import bruchs_membrane, inner_border, outer_border
from ophtha_core.oct.segmentation.evidence import (
    Evidence,
    confidence,
    departs,
    even_in_volume,
    evidence_of,
    fall_at,
    jumps,
)
from ophtha_core.oct.segmentation.inner_layers import inner_layers
from ophtha_core.oct.segmentation.optic_disc import find_disc
from ophtha_core.oct.segmentation.retina import find_retina
from ophtha_core.oct.segmentation.stack import BScanStack, PixelSize, stack_of

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

ALGORITHM: Final = "Ophtha shortest paths"
VERSION: Final = "1"
FOUND: Final = (Surface.ILM, Surface.RNFL_OUTER, Surface.INL_INNER, Surface.BM)
_LEAST_ILM, _LEAST_BAND, _LEAST_FALL = 0.25, 0.25, 0.3
_ILM_DEPARTURE_UM, _BM_DEPARTURE_UM = 90.0, 60.0
_STEEPEST_UM, _STEEPEST_INNER_UM = 80.0, 32.0
"""Rise of a surface over 24 µm along the B-scan."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RetinaSegmentation:
    """Surfaces found in a volume, NaN where they cannot be held; a B-scan without signal has none.

    ``confidence`` is 0 to 1 for every surface, ``disc`` the columns inside the opening of Bruch's membrane, both of
    shape (B-scans, columns); ``disc`` is None where no disc is in the field.
    """

    layers: LayerSurfaces
    confidence: Mapping[Surface, Floats]
    disc: Mask | None

    @property
    def ilm_to_bm_px(self) -> Floats:
        """Thickness of the retina in rows."""
        return self.layers.surfaces[Surface.BM] - self.layers.surfaces[Surface.ILM]


def segment_retina(
    frames: Iterable[NDArray[np.generic]], size: PixelSize, *, progress: Callable[[float], None] = lambda share: None
) -> RetinaSegmentation:
    """Find the surfaces of the B-scans (rows, columns), vitreous at row 0, in the order they lie in.

    ``progress`` hears from 0 to 1 how far the search is once all frames are there, and may raise. Raises InvalidInput
    where there is no B-scan, they differ in size, or a spacing is not positive.
    """
    stack = stack_of(frames, size)
    size = stack.size
    coarse = find_retina(stack)
    progress(0.5)
    ilm = inner_border(stack, coarse.ilm)
    rpe = outer_border(stack, coarse.band)
    bm = bruchs_membrane(rpe, row_um=size.row_um, column_um=size.column_um)
    progress(0.7)
    evidence = evidence_of(stack, ilm, bm)
    band = even_in_volume(evidence.band, size)
    disc = find_disc(np.where(evidence.blinked[:, None], np.nan, band), evidence.lit, size)
    inside = np.zeros(ilm.shape, dtype=np.bool_) if disc is None else disc
    rnfl, inl = inner_layers(stack, ilm, np.minimum(coarse.band, bm - size.rows(30.0)))
    return _held(stack, evidence, inside, disc, {"ilm": ilm, "rnfl": rnfl, "inl": inl, "bm": bm}, band)


def _held(
    stack: BScanStack, evidence: Evidence, inside: Mask, disc: Mask | None, rows: Mapping[str, Floats], band: Floats
) -> RetinaSegmentation:
    """What is left of the surfaces where they are seen, on the image, in order and without jumps."""
    size, height = stack.size, stack.shape[1]
    blinked = evidence.blinked[:, None]
    ilm_seen, bm_seen = confidence(evidence.ilm, size), confidence(band, size)
    on_image = (rows["ilm"] >= 0.5) & (rows["bm"] <= height - 1.5)
    ilm_held = on_image & ~blinked & (ilm_seen >= _LEAST_ILM)
    ilm_held &= ~jumps(rows["ilm"], size, largest_um=_STEEPEST_UM)
    ilm_held &= ~departs(rows["ilm"], ilm_held, size, largest_um=_ILM_DEPARTURE_UM) | inside
    bm_held = on_image & ~blinked & ~inside & (bm_seen >= _LEAST_BAND)
    bm_held &= ~departs(rows["bm"], bm_held, size, largest_um=_BM_DEPARTURE_UM)
    inner = {name: _inner(stack, rows[name], ilm_held & bm_held) for name in ("rnfl", "inl")}
    held = {
        Surface.ILM: (rows["ilm"], ilm_held, ilm_seen),
        Surface.RNFL_OUTER: (rows["rnfl"], *inner["rnfl"]),
        Surface.INL_INNER: (rows["inl"], *inner["inl"]),
        Surface.BM: (rows["bm"], bm_held, bm_seen),
    }
    return RetinaSegmentation(
        layers=LayerSurfaces(
            surfaces={name.value: np.where(known, at, np.nan) for name, (at, known, _) in held.items()},
            width=stack.shape[2],
            height=height,
        ),
        confidence={name: np.where(known, seen, 0.0) for name, (_, known, seen) in held.items()},
        disc=disc,
    )


def _inner(stack: BScanStack, surface: Floats, around_held: Mask) -> tuple[Mask, Floats]:
    """Where a border inside the retina is held, and how well it is seen."""
    seen = confidence(fall_at(stack, surface), stack.size)
    held = around_held & (seen >= _LEAST_FALL) & ~jumps(surface, stack.size, largest_um=_STEEPEST_INNER_UM)
    return held, seen
