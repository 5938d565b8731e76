"""Surfaces between retinal layers, and the layers they bound.

A surface is rows of the B-scan, shape (slices, columns), in the coordinates of outlines: 0 is the centre of the first
row, NaN where the surface is not defined.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.columns import crossings_of
from ophtha_core.oct.importers.surfaces import SliceSegmentation, layers_between
from ophtha_core.oct.segmented_scan import SegmentedScan

Floats = NDArray[np.float64]

CROSSED_PX: Final = 1.0
"""Surfaces that cross further than this contradict each other: no layer is known there."""


class Surface(StrEnum):
    """Surfaces that have a code (CID 4273), from the vitreous outwards."""

    ILM = "ILM"
    RNFL_OUTER = "RNFL_outer"
    GCL_OUTER = "GCL_outer"
    INL_INNER = "INL_inner"
    INL_OUTER = "INL_outer"
    OPL_OUTER = "OPL_outer"
    HFL_OUTER = "HFL_outer"
    ELM = "ELM"
    IS_OS = "IS_OS"
    INTERDIGITATION = "interdigitation"
    RPE_INNER = "RPE_inner"
    RPE_CENTRE = "RPE_centre"
    RPE_OUTER = "RPE_outer"
    BM = "BM"
    CC_OUTER = "CC_outer"
    CHOROID_OUTER = "choroid_outer"


LAYERS: Final[Mapping[str, tuple[Surface, Surface]]] = {
    "rnfl": (Surface.ILM, Surface.RNFL_OUTER),
    "gcl": (Surface.RNFL_OUTER, Surface.GCL_OUTER),
    "ipl": (Surface.GCL_OUTER, Surface.INL_INNER),
    "gcl_ipl": (Surface.RNFL_OUTER, Surface.INL_INNER),
    "inl": (Surface.INL_INNER, Surface.INL_OUTER),
    "opl": (Surface.INL_OUTER, Surface.OPL_OUTER),
    "onl": (Surface.OPL_OUTER, Surface.ELM),
    "ilm_bm": (Surface.ILM, Surface.BM),
    "ilm_rpe": (Surface.ILM, Surface.RPE_OUTER),
}
"""Layers by their upper and lower surface; each is known where both of its own surfaces are."""

RPE_SURFACES: Final = (Surface.RPE_OUTER, Surface.RPE_CENTRE, Surface.RPE_INNER)
"""Where a device ends the retina at the RPE, the outermost of these that it gives."""

_UPPER: Final = {"retina": Surface.ILM, "ilm_rpe": Surface.ILM, "ilm_bm": Surface.ILM}
_LOWER: Final[Mapping[str, Surface]] = {
    "rnfl": Surface.RNFL_OUTER,
    "gcl": Surface.GCL_OUTER,
    "ipl": Surface.INL_INNER,
    "gcl_ipl": Surface.INL_INNER,
    "inl": Surface.INL_OUTER,
    "opl": Surface.OPL_OUTER,
    "onl": Surface.ELM,
    "rpe": Surface.RPE_OUTER,
    "bm": Surface.BM,
    "retina": Surface.RPE_OUTER,
    "ilm_rpe": Surface.RPE_OUTER,
    "ilm_bm": Surface.BM,
}


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerSurfaces:
    """Surfaces of one volume by name (a `Surface`, or a label without a code), from the vitreous outwards."""

    surfaces: Mapping[str, Floats]
    width: int
    height: int

    def __post_init__(self) -> None:
        shapes = {rows.shape for rows in self.surfaces.values()}
        if len(shapes) != 1 or next(iter(shapes))[1:] != (self.width,):
            raise InvalidInput("layers", f"surfaces must have one shape of {self.width} columns")

    @property
    def layers(self) -> dict[str, tuple[str, str]]:
        """Layers whose surfaces are both there, by name."""
        known = dict(LAYERS)
        ends = [surface for surface in RPE_SURFACES if surface in self.surfaces]
        if ends:
            known["ilm_rpe"] = (Surface.ILM, ends[0])
        found = {name: pair for name, pair in known.items() if set(pair) <= set(self.surfaces)}
        if {"gcl", "ipl"} <= set(found):
            del found["gcl_ipl"]
        if "ilm_bm" in found:
            found.pop("ilm_rpe", None)
        return {name: (str(upper), str(lower)) for name, (upper, lower) in found.items()}

    def thickness_px(self) -> dict[str, Floats]:
        """Thickness of every layer in rows (slices, columns): NaN where either surface is not defined."""
        return {name: self._between(*pair) for name, pair in self.layers.items()}

    def outlines(self) -> list[SliceSegmentation]:
        """The layers as polygons, one entry for each slice."""
        return layers_between(self.surfaces, self.layers, width=self.width, height=self.height)

    def _between(self, upper: str, lower: str) -> Floats:
        thickness = self.surfaces[lower] - self.surfaces[upper]
        return np.where(thickness < -CROSSED_PX, np.nan, np.maximum(thickness, 0.0))


def surfaces_of(scan: SegmentedScan) -> LayerSurfaces:
    """Surfaces of the classes of a segmented scan; no surface of a class it does not know.

    Where a layer is absent between two that are drawn, its surfaces coincide. Raises InvalidInput (`layers`) where no
    class bounds a surface.
    """
    borders = {_plain(name): _borders(scan, name) for name in scan.classes if _plain(name) in _LOWER}
    found: dict[str, Floats] = {}
    if borders:
        tops = np.stack([top for top, _ in borders.values()])
        found[Surface.ILM] = np.fmin.reduce(tops)
    ordered = [name for name in _LOWER if name in borders]
    for position, name in enumerate(ordered):
        bottom = borders[name][1]
        below = [borders[other][0] for other in ordered[position + 1 :] if other not in _UPPER]
        following = _first_known(below, shape=bottom.shape)
        surface = _LOWER[name]
        rows = np.where(np.isfinite(bottom), bottom, following if name not in _UPPER else np.nan)
        found[surface] = np.fmax(found[surface], rows) if surface in found else rows
    if not {"rnfl", *_UPPER} & set(borders):
        found.pop(Surface.ILM, None)
    if not found:
        raise InvalidInput("layers", "no class bounds a surface that has a code")
    order = [str(surface) for surface in Surface]
    return LayerSurfaces(
        surfaces=dict(sorted(found.items(), key=lambda entry: order.index(entry[0]))),
        width=scan.width,
        height=scan.height,
    )


def _borders(scan: SegmentedScan, name: str) -> tuple[Floats, Floats]:
    """First and last row of a class at every column; NaN where it is absent."""
    chosen = [
        (outline.points, index)
        for index, outlines in enumerate(scan.slices)
        for outline in outlines
        if outline.name == name
    ]
    crossings = crossings_of([points for points, _ in chosen], [row for _, row in chosen], width=scan.width)
    cells = len(scan.slices) * scan.width
    top, bottom = np.full(cells, np.inf), np.full(cells, -np.inf)
    np.minimum.at(top, crossings.key, crossings.y)
    np.maximum.at(bottom, crossings.key, crossings.y)
    top[np.isinf(top)], bottom[np.isinf(bottom)] = np.nan, np.nan
    return top.reshape(scan.shape), bottom.reshape(scan.shape)


def _first_known(candidates: list[Floats], *, shape: tuple[int, ...]) -> Floats:
    """Of each cell the first value that is known."""
    known = np.full(shape, np.nan)
    for each in candidates:
        known = np.where(np.isnan(known), each, known)
    return known


def _plain(name: str) -> str:
    plain = name.strip().lower().replace("-", "_")
    return {"full_retina": "retina", "total_retina": "retina", "whole_retina": "retina"}.get(
        plain, plain.replace("ilm_to_", "ilm_")
    )
