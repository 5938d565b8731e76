"""Thickness maps: values on an en-face grid, what is missing, and how a scan's map becomes canonical."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.enface import EnFaceGrid, require_positive

UM_PER_MM = 1000.0


class ThicknessUnit(StrEnum):
    """Unit of the values of a thickness map; a pixel is one row of the B-scan."""

    PX = "px"
    UM = "um"
    MM = "mm"


@dataclass(frozen=True, kw_only=True)
class ThicknessMap:
    """A grid and the thickness of its cells: shape (rows, columns), canonical orientation, NaN where missing."""

    grid: EnFaceGrid
    values: NDArray[np.float64]
    unit: ThicknessUnit = ThicknessUnit.UM

    def __post_init__(self) -> None:
        if self.values.shape != self.grid.shape:
            raise InvalidInput("values", f"the map has shape {self.values.shape}, its grid {self.grid.shape}")


def um_per_unit(unit: ThicknessUnit, *, pixel_spacing_row_mm: float | None) -> float:
    """Factor from `unit` to µm. Raises InvalidInput (`pixel_spacing_row`) when pixels come without a height."""
    if unit is ThicknessUnit.UM:
        return 1.0
    if unit is ThicknessUnit.MM:
        return UM_PER_MM
    if pixel_spacing_row_mm is None:
        raise InvalidInput("pixel_spacing_row", "is needed to turn pixels into real units")
    require_positive("pixel_spacing_row", pixel_spacing_row_mm)
    return pixel_spacing_row_mm * UM_PER_MM


def sum_of_layers(
    layers: Mapping[str, NDArray[np.float64]],
    *,
    used: Sequence[str],
    padding_value: float = 0.0,
    field: str = "layers_thickness_maps",
) -> NDArray[np.float64]:
    """Sum of the used layers, (slices, columns) -> same shape, NaN where tissue is missing.

    Missing is a NaN in any used layer, or a cell of a border row or column that holds `padding_value` in all of
    them. Raises InvalidInput for a layer that is absent and for maps of different shapes.
    """
    stack = np.stack(list(maps_of_one_shape(layers, used=used, field=field)))
    total: NDArray[np.float64] = stack.sum(axis=0)
    inside = unpadded(((stack == padding_value) | np.isnan(stack)).all(axis=0))
    tissue = np.full(total.shape, np.nan)
    tissue[inside] = total[inside]
    return tissue


def maps_of_one_shape(
    layers: Mapping[str, NDArray[np.float64]], *, used: Sequence[str], field: str
) -> Iterable[NDArray[np.float64]]:
    """The used maps, in order. Raises InvalidInput for an absent layer or a second shape."""
    if not used or len(set(used)) != len(used):
        raise InvalidInput("used_layers", "must name at least one layer, and each only once")
    for name in used:
        if name not in layers:
            raise InvalidInput(f"{field}.{name}", "is in used_layers but has no map")
    shape = layers[used[0]].shape
    for name in used:
        if layers[name].shape != shape:
            raise InvalidInput(f"{field}.{name}", f"has shape {layers[name].shape}, the other layers {shape}")
    return [layers[name] for name in used]


def unpadded(empty: NDArray[np.bool_]) -> tuple[slice, slice]:
    """Rows and columns left after peeling whole empty rows and columns off the border."""
    return span(np.logical_not(empty.all(axis=1))), span(np.logical_not(empty.all(axis=0)))


def span(used: NDArray[np.bool_]) -> slice:
    """From the first to the last true entry."""
    indices = np.flatnonzero(used)
    return slice(0, 0) if indices.size == 0 else slice(int(indices[0]), int(indices[-1]) + 1)
