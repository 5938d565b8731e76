"""Which segmented classes make the retina, and whether they are all of it: from ILM to RPE or Bruch's membrane.

Only then is their sum what macular thickness codes mean.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ophtha_core.oct.columns import crossings_of
from ophtha_core.oct.segmented_scan import SegmentedScan, reached_columns

Floats = NDArray[np.float64]
WHOLE: Final = {
    "retina": "rpe",
    "full_retina": "rpe",
    "total_retina": "rpe",
    "whole_retina": "rpe",
    "ilm_rpe": "rpe",
    "ilm_to_rpe": "rpe",
    "ilm_bm": "bm",
    "ilm_to_bm": "bm",
}
"""Classes that are the whole retina by name, and the border they end at."""

ALL_LAYERS: Final = frozenset({"rnfl", "gcl", "ipl", "inl", "opl", "onl", "elm", "mz", "ez", "os", "rpe"})
"""Every layer the endpoints know: together they are the retina however they were drawn."""

OUTSIDE: Final = frozenset({"ilm", "vitreous", "choroid", "sclera", "background"})
"""Classes that are drawn with the layers and are none of them."""

GAP_PX: Final = 1.0
COMPLETE_SHARE: Final = 0.95


class OuterBorder(StrEnum):
    """Where the full retina ends."""

    RPE = "rpe"
    BM = "bm"


@dataclass(frozen=True, kw_only=True)
class RetinaLayers:
    """Classes to sum; ``border`` is None where they are not the full retina, and ``reason`` says why."""

    classes: tuple[str, ...]
    border: OuterBorder | None
    reason: str = ""


def retina_layers(scan: SegmentedScan, maps_px: dict[str, Floats]) -> RetinaLayers:
    """The classes of a scan that make its retina; ``maps_px`` are their thickness maps (slices, columns)."""
    names = {name: _plain(name) for name in scan.classes}
    whole = [name for name, plain in names.items() if plain in WHOLE]
    if whole:
        return RetinaLayers(classes=(whole[0],), border=OuterBorder(WHOLE[names[whole[0]]]))
    classes = tuple(name for name, plain in names.items() if plain not in OUTSIDE)
    plain = {names[name] for name in classes}
    if "rnfl" not in plain:
        return RetinaLayers(classes=classes, border=None, reason="the layers do not begin at the ILM: rnfl is missing")
    if not plain & {"rpe", "bm"}:
        return RetinaLayers(classes=classes, border=None, reason="the layers do not reach the RPE: rpe is missing")
    if not plain >= ALL_LAYERS and complete_share(scan, maps_px, classes) < COMPLETE_SHARE:
        return RetinaLayers(
            classes=classes, border=None, reason="the layers leave gaps between ILM and RPE, or overlap"
        )
    return RetinaLayers(classes=classes, border=OuterBorder.BM if "bm" in plain else OuterBorder.RPE)


def segmented_columns(scan: SegmentedScan) -> NDArray[np.bool_]:
    """Columns that an outline of the retina reaches; shape (slices, columns).

    What no class reaches, as on the optic disc, in a shadow or a blink, was not measured. A class that is absent where
    another is present was: a layer may end.
    """
    layers = {name for name in scan.classes if _plain(name) not in OUTSIDE}
    return reached_columns(
        [[outline for outline in outlines if outline.name in layers] for outlines in scan.slices], width=scan.width
    )


def columns_without(scan: SegmentedScan, name: str) -> NDArray[np.bool_]:
    """Columns where a class is absent though another is present, shape (slices, columns): its 0 is by absence."""
    return segmented_columns(scan) & ~_reached(scan, name)


def without_gaps(scan: SegmentedScan, maps: Mapping[str, Floats]) -> dict[str, Floats]:
    """The maps (slices, columns) of classes of a scan, NaN where nothing was segmented: no layer is not 0."""
    measured = segmented_columns(scan)
    return {name: np.where(measured | _reached(scan, name), values, np.nan) for name, values in maps.items()}


def complete_share(scan: SegmentedScan, maps_px: dict[str, Floats], classes: Sequence[str]) -> float:
    """Share of the columns with tissue where the layers fill the distance from their first to their last border."""
    chosen = [
        (outline.points, index)
        for index, outlines in enumerate(scan.slices)
        for outline in outlines
        if outline.name in classes
    ]
    crossings = crossings_of([points for points, _ in chosen], [row for _, row in chosen], width=scan.width)
    cells = len(scan.slices) * scan.width
    upper, lower = np.full(cells, np.inf), np.full(cells, -np.inf)
    np.minimum.at(upper, crossings.key, crossings.y)
    np.maximum.at(lower, crossings.key, crossings.y)
    total = np.nansum(np.stack([maps_px[name] for name in classes]), axis=0).ravel()
    tissue = total > 0
    if not tissue.any():
        return 0.0
    return float((np.abs(lower[tissue] - upper[tissue] - total[tissue]) <= GAP_PX).mean())


def _reached(scan: SegmentedScan, name: str) -> NDArray[np.bool_]:
    own = [[outline for outline in outlines if outline.name == name] for outlines in scan.slices]
    return reached_columns(own, width=scan.width)


def _plain(name: str) -> str:
    return name.strip().lower().replace("-", "_")
