"""The fovea is found where it is plain, and nowhere else."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ophtha_core.oct.enface import EnFaceGrid
from ophtha_core.oct.fovea import find_fovea
from ophtha_core.oct.thickness import ThicknessMap
from ophtha_core.phantoms.oct import ORIENTATIONS, OctPhantom, disc_phantom
from ophtha_core.phantoms.oct_anatomy import RetinaAnatomy
from tests.kit.oct import IOWA_SPACING_MM, iowa_surfaces

PHANTOM = OctPhantom(num_slices=31, slice_spacing_mm=0.2)


def map_of(phantom: OctPhantom) -> ThicknessMap:
    """Thickness in µm, NaN on the disc."""
    grid = phantom.orientation.grid(
        shape=(phantom.num_slices, phantom.columns),
        slice_spacing_mm=phantom.slice_spacing_mm,
        column_spacing_mm=phantom.pixel_spacing_column_mm,
        rotation_deg=phantom.rotation_deg,
    )
    values = phantom.orientation.to_canonical(phantom.layer_map_um())
    return ThicknessMap(grid=grid, values=np.where(values > 0, values, np.nan))


def distance_mm(phantom: OctPhantom, thickness: ThicknessMap) -> float:
    found = find_fovea(thickness)
    assert found is not None
    shape = (phantom.num_slices, phantom.columns)
    column, index = phantom.orientation.scanned_point(found, shape=shape)
    true_column, true_index = phantom.fovea_cell()
    return float(
        np.hypot(
            (column - true_column) * phantom.pixel_spacing_column_mm, (index - true_index) * phantom.slice_spacing_mm
        )
    )


@settings(deadline=None, max_examples=12)
@given(
    nasal=st.floats(-1.2, 1.2),
    inferior=st.floats(-1.0, 1.0),
    rotation_deg=st.floats(-40, 40),
    orientation=st.sampled_from(ORIENTATIONS),
)
def test_the_pit_of_any_scan_of_the_macula_is_found(
    nasal: float, inferior: float, rotation_deg: float, orientation: object
) -> None:
    phantom = replace(
        PHANTOM,
        columns=60,
        pixel_spacing_column_mm=0.11,
        centre_mm=(nasal, inferior),
        rotation_deg=rotation_deg,
        orientation=orientation,  # type: ignore[arg-type]
    )
    assert distance_mm(phantom, map_of(phantom)) < 0.05


def test_a_gap_beside_the_pit_does_not_move_it() -> None:
    thickness = map_of(PHANTOM)
    thickness.values[10:14, 20:30] = np.nan
    assert distance_mm(PHANTOM, thickness) < 0.05


def test_a_flat_or_tilted_retina_has_no_fovea() -> None:
    grid = map_of(PHANTOM).grid
    rows, columns = np.indices(grid.shape)
    for values in (np.full(grid.shape, 300.0), 300.0 + 2.0 * columns - 3.0 * rows):
        assert find_fovea(ThicknessMap(grid=grid, values=values)) is None


def test_a_filled_pit_is_no_pit() -> None:
    thickness = map_of(PHANTOM)
    assert find_fovea(ThicknessMap(grid=thickness.grid, values=np.maximum(thickness.values, 330.0))) is None


def test_two_pits_are_no_answer() -> None:
    thickness = map_of(PHANTOM)
    both = np.fmin(np.roll(thickness.values, 25, axis=1), np.roll(thickness.values, -25, axis=1))
    assert find_fovea(ThicknessMap(grid=thickness.grid, values=both)) is None


@pytest.mark.parametrize("disc_is_zero", [True, False])
def test_the_optic_disc_is_no_fovea(disc_is_zero: bool) -> None:
    thickness = map_of(disc_phantom(RetinaAnatomy()))
    values = np.nan_to_num(thickness.values) if disc_is_zero else thickness.values
    assert find_fovea(ThicknessMap(grid=thickness.grid, values=values)) is None


def test_the_fovea_of_a_real_macula_is_where_a_person_put_it(shared_data: Path) -> None:
    surfaces = iowa_surfaces(shared_data)
    spacing = IOWA_SPACING_MM
    grid = EnFaceGrid(rows=19, columns=512, row_spacing_mm=spacing["slice"], column_spacing_mm=spacing["column"])
    values = (surfaces[10] - surfaces[0])[::-1] * spacing["row"] * 1000
    found = find_fovea(ThicknessMap(grid=grid, values=values))
    assert found is not None
    assert abs(found.column - 253) * spacing["column"] < 0.1
    assert abs(18 - found.row - 9) * spacing["slice"] < 0.13
