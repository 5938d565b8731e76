import numpy as np
import pytest

from ophtha_core.oct.amd import amd_stage, drusen_sizes_um


@pytest.mark.parametrize(
    ("sizes", "flags", "stage"),
    [
        ([], [], "NO_AMD"),
        ([10.0] * 8, [], "NO_AMD"),
        ([62.999] * 8, [], "NO_AMD"),
        ([10.0] * 9, [], "EARLY_AMD"),
        ([63.0], [], "EARLY_AMD"),
        ([124.999] * 19, [], "EARLY_AMD"),
        ([63.0] * 20, [], "INTERMEDIATE_AMD"),
        ([125.0], [], "INTERMEDIATE_AMD"),
        ([], ["wet_amd"], "ADVANCED_AMD"),
        ([], ["neovascular_amd"], "ADVANCED_AMD"),
        ([], ["CNV"], "ADVANCED_AMD"),
        ([], ["Geographic_Atrophy"], "ADVANCED_AMD"),
        ([], ["non_central_geographic_atrophy"], "INTERMEDIATE_AMD"),
        ([200.0], ["non_central_geographic_atrophy", "wet_amd"], "ADVANCED_AMD"),
        ([], ["dry_amd"], "NO_AMD"),
        ([63.0], ["dry_amd", "drusen", "something_new"], "EARLY_AMD"),
    ],
)
def test_every_branch_of_the_stage(sizes: list[float], flags: list[str], stage: str) -> None:
    assert amd_stage(sizes, flags=flags) == stage


def test_size_is_the_longest_run_along_a_b_scan() -> None:
    drusen = np.array(
        [
            [0, 1, 1, 0, 0, 0],
            [1, 1, 1, 1, 0, 0],
            [0, 0, 1, 0, 0, 1],
        ],
        dtype=float,
    )
    assert drusen_sizes_um(drusen, column_spacing_um=12.5) == [50.0, 12.5]


def test_a_run_is_interrupted_by_a_gap() -> None:
    drusen = np.array([[1, 0, 1, 1], [1, 1, 0, 1]], dtype=float)
    assert drusen_sizes_um(drusen, column_spacing_um=10) == [20.0]


def test_cells_that_touch_at_a_corner_are_one_druse() -> None:
    assert len(drusen_sizes_um(np.eye(4), column_spacing_um=10)) == 1


def test_ten_columns_of_12_5_um_are_125_um() -> None:
    assert drusen_sizes_um(np.ones((1, 10)), column_spacing_um=12.5) == [125.0]
    assert drusen_sizes_um(np.ones((1, 3)), column_spacing_um=125 / 3) == [125.0]


def test_with_a_slice_spacing_size_is_the_largest_distance_of_run_ends() -> None:
    drusen = np.array([[1, 1, 0, 0], [0, 1, 1, 1]], dtype=float)
    assert drusen_sizes_um(drusen, column_spacing_um=30, slice_spacing_um=50) == [pytest.approx(np.hypot(120, 50))]
    assert drusen_sizes_um(drusen[:1], column_spacing_um=30, slice_spacing_um=250) == [60.0]


def test_a_map_without_drusen_has_no_sizes() -> None:
    assert drusen_sizes_um(np.zeros((3, 3)), column_spacing_um=10) == []
