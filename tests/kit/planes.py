"""Slice planes for tests, and the truth about which pixels a box touches, found without any rasterising."""

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ophtha_core.dicom.geometry import SlicePlane

AXIAL = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
CORONAL = ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0))
SAGITTAL = ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0))
ORTHOGONAL = (AXIAL, CORONAL, SAGITTAL)


def plane(
    orientation: Sequence[Sequence[float]],
    *,
    origin_mm: Sequence[float] = (0.0, 0.0, 0.0),
    row_spacing_mm: float = 1.0,
    column_spacing_mm: float = 1.0,
) -> SlicePlane:
    along_row, along_column = np.asarray(orientation, float)
    return SlicePlane(
        origin_mm=tuple(float(v) for v in origin_mm),
        column_step_mm=tuple(float(v) for v in along_row * column_spacing_mm),
        row_step_mm=tuple(float(v) for v in along_column * row_spacing_mm),
    )


@st.composite
def oblique_planes(draw: st.DrawFn) -> SlicePlane:
    """A plane of any orientation near the origin of the patient, with pixels that are not square."""
    angles = draw(st.tuples(*[st.floats(-180, 180)] * 3))
    turned = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    return plane(
        (turned[0], turned[1]),
        origin_mm=draw(st.tuples(*[st.floats(-12, 4)] * 3)),
        row_spacing_mm=draw(st.floats(0.3, 3)),
        column_spacing_mm=draw(st.floats(0.3, 3)),
    )


def touched_pixels(
    slice_plane: SlicePlane, low_mm: Sequence[float], high_mm: Sequence[float], *, rows: int, columns: int
) -> NDArray[np.bool_]:
    """Pixels whose closed square meets ``box ∩ plane``, each square tested on its own.

    The box's cut is found by clipping each pixel square against the six faces in three dimensions.
    """
    truth = np.zeros((rows, columns), bool)
    origin, column_step, row_step = (
        np.asarray(v) for v in (slice_plane.origin_mm, slice_plane.column_step_mm, slice_plane.row_step_mm)
    )
    for row in range(rows):
        for column in range(columns):
            square = [
                origin + (column + du) * column_step + (row + dv) * row_step
                for du, dv in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))
            ]
            truth[row, column] = _meets_box(square, low_mm, high_mm)
    return truth


def is_clear_cut(
    slice_plane: SlicePlane, low_mm: Sequence[float], high_mm: Sequence[float], *, rows: int, columns: int
) -> NDArray[np.bool_]:
    """Pixels whose truth stays the same when the box grows or shrinks by a tenth of a micrometre."""
    grown = touched_pixels(slice_plane, np.subtract(low_mm, 1e-4), np.add(high_mm, 1e-4), rows=rows, columns=columns)
    shrunk = touched_pixels(slice_plane, np.add(low_mm, 1e-4), np.subtract(high_mm, 1e-4), rows=rows, columns=columns)
    same: NDArray[np.bool_] = grown == shrunk
    return same


def _meets_box(corners: list[NDArray[np.float64]], low: Sequence[float], high: Sequence[float]) -> bool:
    """Clip a flat polygon in space against the faces of a box."""
    for axis in range(3):
        for sign, limit in ((1.0, low[axis]), (-1.0, high[axis])):
            clipped = []
            for here, there in zip(corners, corners[1:] + corners[:1], strict=True):
                a, b = sign * (here[axis] - limit), sign * (there[axis] - limit)
                if a >= 0:
                    clipped.append(here)
                if a * b < 0:
                    clipped.append(here + (there - here) * (a / (a - b)))
            corners = clipped
            if not corners:
                return False
    return True
