"""Surfaces between retinal layers as polygons: one for each layer, slice and stretch of columns that was segmented."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from ophtha_core.oct.enface import Laterality, ScanOrientation

Floats = NDArray[np.float64]


class Instance(TypedDict):
    """One polygon: flat ``[x1, y1, …]`` in B-scan pixels, a pixel's centre at whole numbers."""

    className: str
    points: list[float]


class SliceSegmentation(TypedDict):
    """What a segmentation model answers for one B-scan."""

    instances: list[Instance]
    metadata: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class ImportedScan:
    """A segmented volume: its slices in stored order, and how they lie on the retina.

    ``assumed`` names the parameters that the file does not state.
    """

    slices: list[SliceSegmentation]
    orientation: ScanOrientation
    slice_spacing_mm: float
    pixel_spacing_column_mm: float
    pixel_spacing_row_mm: float
    width: int
    height: int
    laterality: Laterality | None
    assumed: tuple[str, ...] = ()

    def layer_request(self) -> dict[str, object]:
        """JSON body of ``get_layer_thickness_map``."""
        request: dict[str, object] = {
            "segmentation_instances": self.slices,
            "pixel_image_height": self.height,
            "pixel_image_width": self.width,
            "pixel_spacing_column": self.pixel_spacing_column_mm,
            "pixel_spacing_row": self.pixel_spacing_row_mm,
            "slice_thickness": self.slice_spacing_mm,
            "scan_protocol": self.orientation.protocol.value,
            "slice_direction": self.orientation.slice_direction.value,
            "pixel_direction": self.orientation.pixel_direction.value,
        }
        return request if self.laterality is None else request | {"laterality": self.laterality.value}


def layers_between(
    surfaces: Mapping[str, Floats], layers: Mapping[str, tuple[str, str]], *, width: int, height: int
) -> list[SliceSegmentation]:
    """Polygons of ``layers`` (name -> upper and lower surface); surfaces are rows (slices, columns), NaN unknown.

    Layers whose surfaces are not both there are left out. Where surfaces cross, the lower one gives way, so that
    thicknesses are never negative and still add up.
    """
    known = [name for name in dict.fromkeys(edge for pair in layers.values() for edge in pair) if name in surfaces]
    ordered = dict(zip(known, _uncrossed([surfaces[name] for name in known]), strict=True)) if known else {}
    count = len(next(iter(surfaces.values()))) if surfaces else 0
    return [
        {
            "instances": [
                polygon
                for name, (upper, lower) in layers.items()
                if upper in ordered and lower in ordered
                for polygon in bands(name, ordered[upper][index], ordered[lower][index])
            ],
            "metadata": {"width": width, "height": height},
        }
        for index in range(count)
    ]


def bands(name: str, top: Floats, bottom: Floats) -> Iterator[Instance]:
    """One polygon for each run of columns where both borders are known and something lies between them."""
    known = np.concatenate([[False], np.isfinite(top) & np.isfinite(bottom), [False]])
    starts, stops = np.flatnonzero(known[1:] & ~known[:-1]), np.flatnonzero(~known[1:] & known[:-1])
    for start, stop in zip(starts, stops, strict=True):
        inside = np.arange(start, stop)
        if (bottom[inside] - top[inside]).max() <= 1e-9:
            continue
        columns = inside.astype(np.float64)
        if len(inside) == 1:
            # A polygon has an area: a lone column is drawn half a column wide.
            inside, columns = np.repeat(inside, 2), np.array([start - 0.25, start + 0.25])
        upper = np.column_stack([columns, top[inside]])
        lower = np.column_stack([columns, bottom[inside]])[::-1]
        yield {"className": name, "points": np.concatenate([upper, lower]).ravel().tolist()}


def _uncrossed(surfaces: Sequence[Floats]) -> list[Floats]:
    stack = np.stack(surfaces)
    filled = np.maximum.accumulate(np.where(np.isnan(stack), -np.inf, stack), axis=0)
    return list(np.where(np.isnan(stack), np.nan, filled))
