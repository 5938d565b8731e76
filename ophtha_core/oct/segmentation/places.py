"""Fovea and optic disc of a segmented volume, in columns and B-scans as it was scanned."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ophtha_core.oct.enface import EnFaceGrid, ScanOrientation
from ophtha_core.oct.fovea import find_fovea
from ophtha_core.oct.segmentation.segment import RetinaSegmentation
from ophtha_core.oct.thickness import ThicknessMap

Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class DiscPlace:
    """The opening of Bruch's membrane: its middle, and its first and last column in each B-scan (None outside it)."""

    column: float
    slice_index: float
    columns: tuple[tuple[int, int] | None, ...]


def fovea_of(
    found: RetinaSegmentation, *, orientation: ScanOrientation, grid: EnFaceGrid, row_um: float
) -> tuple[float, float] | None:
    """(column, B-scan) of the foveal pit; None where no single clear pit is seen."""
    thickness_um = found.ilm_to_bm_px * row_um
    point = find_fovea(ThicknessMap(grid=grid, values=orientation.to_canonical(thickness_um)))
    return None if point is None else orientation.scanned_point(point, shape=thickness_um.shape)


def disc_of(found: RetinaSegmentation) -> DiscPlace | None:
    """The disc, where one lies in the field."""
    if found.disc is None:
        return None
    rows, columns = np.nonzero(found.disc)
    return DiscPlace(
        column=float(columns.mean()),
        slice_index=float(rows.mean()),
        columns=tuple(_ends(row) for row in found.disc),
    )


def _ends(row: Mask) -> tuple[int, int] | None:
    inside = np.flatnonzero(row)
    return (int(inside[0]), int(inside[-1])) if len(inside) else None
