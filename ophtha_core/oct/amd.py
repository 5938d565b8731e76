"""AREDS stage of age-related macular degeneration from flags and drusen sizes. For research, not a diagnosis."""

from collections.abc import Collection, Iterable
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import find_objects

from ophtha_core.oct.measurements import farthest_pair
from ophtha_core.oct.pathology import label_spots

Floats = NDArray[np.float64]
LARGE_UM = 125.0
MEDIUM_UM = 63.0
MANY_MEDIUM = 20
FEW_SMALL = 8
ADVANCED_FLAGS = frozenset({"wet_amd", "neovascular_amd", "cnv", "geographic_atrophy"})
INTERMEDIATE_FLAGS = frozenset({"non_central_geographic_atrophy"})


class AmdStage(StrEnum):
    """Stage after the Age-Related Eye Disease Study."""

    NO_AMD = "NO_AMD"
    EARLY = "EARLY_AMD"
    INTERMEDIATE = "INTERMEDIATE_AMD"
    ADVANCED = "ADVANCED_AMD"


def amd_stage(sizes_um: Collection[float], *, flags: Iterable[str]) -> AmdStage:
    """Stage from the sizes of all drusen and the flags of the examination (any case; unknown ones say nothing)."""
    known = {flag.strip().lower() for flag in flags}
    if known & ADVANCED_FLAGS:
        return AmdStage.ADVANCED
    medium = sum(MEDIUM_UM <= size < LARGE_UM for size in sizes_um)
    small = sum(size < MEDIUM_UM for size in sizes_um)
    if known & INTERMEDIATE_FLAGS or medium >= MANY_MEDIUM or any(size >= LARGE_UM for size in sizes_um):
        return AmdStage.INTERMEDIATE
    if medium >= 1 or small > FEW_SMALL:
        return AmdStage.EARLY
    return AmdStage.NO_AMD


def drusen_sizes_um(values: Floats, *, column_spacing_um: float, slice_spacing_um: float | None = None) -> list[float]:
    """Size of every 8-connected druse of a map (slices, columns).

    The longest run of cells along a B-scan or, with a slice spacing, the largest distance between ends of its runs:
    a B-scan is a line, so a druse on one slice keeps its run's length.
    """
    labels, _ = label_spots(values)
    sizes = []
    for number, place in enumerate(find_objects(labels), start=1):
        druse = labels[place] == number
        if slice_spacing_um is None:
            size = longest_run(druse) * column_spacing_um
        else:
            size = feret_um(druse, column_spacing_um=column_spacing_um, slice_spacing_um=slice_spacing_um)
        # 12.5 x 10 must be 125 whatever the rounding of the product.
        sizes.append(round(size, 9))
    return sizes


def longest_run(cells: NDArray[np.bool_]) -> int:
    """Largest number of neighbouring true cells in one row."""
    steps = np.diff(np.pad(cells, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    starts, ends = np.nonzero(steps == 1)[1], np.nonzero(steps == -1)[1]
    return int((ends - starts).max())


def feret_um(cells: NDArray[np.bool_], *, column_spacing_um: float, slice_spacing_um: float) -> float:
    """Largest distance between the outer ends of the runs of true cells."""
    rows = np.flatnonzero(cells.any(axis=1))
    first = cells[rows].argmax(axis=1)
    last = cells.shape[1] - cells[rows, ::-1].argmax(axis=1)
    x = np.concatenate([first, last]) * column_spacing_um
    y = np.concatenate([rows, rows]) * slice_spacing_um
    return farthest_pair(np.stack([x, y], axis=1).astype(np.float64))[2]
