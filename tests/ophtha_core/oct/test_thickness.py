import numpy as np
import pytest

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.enface import EnFaceGrid
from ophtha_core.oct.thickness import ThicknessMap, ThicknessUnit, sum_of_layers, um_per_unit

NAN = float("nan")


def test_used_layers_are_summed_and_others_ignored() -> None:
    layers = {"rnfl": np.full((2, 2), 3.0), "gcl": np.full((2, 2), 4.0), "inl": np.full((2, 2), 100.0)}
    assert sum_of_layers(layers, used=["rnfl", "gcl"]).tolist() == [[7, 7], [7, 7]]


def test_border_rows_and_columns_of_padding_are_no_tissue() -> None:
    layer = np.zeros((5, 6))
    layer[1:4, 2:5] = 7
    found = sum_of_layers({"rnfl": layer}, used=["rnfl"])
    assert np.isnan(found[0]).all()
    assert np.isnan(found[-1]).all()
    assert np.isnan(found[:, :2]).all()
    assert np.isnan(found[:, 5]).all()
    assert (found[1:4, 2:5] == 7).all()


def test_zeros_inside_are_tissue() -> None:
    layer = np.full((5, 5), 7.0)
    layer[2] = 0
    layer[0, 0] = 0
    assert sum_of_layers({"rnfl": layer}, used=["rnfl"]).tolist() == layer.tolist()


def test_a_border_that_is_padding_in_one_layer_only_is_tissue() -> None:
    thin, thick = np.zeros((3, 3)), np.full((3, 3), 5.0)
    thin[1, 1] = 1
    assert not np.isnan(sum_of_layers({"rnfl": thin, "gcl": thick}, used=["rnfl", "gcl"])).any()


def test_another_padding_value_can_be_named() -> None:
    layer = np.full((3, 3), -1.0)
    layer[1] = 0
    found = sum_of_layers({"rnfl": layer}, used=["rnfl"], padding_value=-1)
    assert found[1].tolist() == [0, 0, 0]
    assert np.isnan(found[[0, 2]]).all()


def test_a_cell_missing_in_one_used_layer_is_missing() -> None:
    found = sum_of_layers({"rnfl": np.array([[1, NAN]]), "gcl": np.array([[1.0, 1.0]])}, used=["rnfl", "gcl"])
    assert found[0, 0] == 2
    assert np.isnan(found[0, 1])


@pytest.mark.parametrize(
    ("layers", "used", "field"),
    [
        ({"rnfl": np.ones((2, 2))}, ["rnfl", "gcl"], "layers_thickness_maps.gcl"),
        ({"rnfl": np.ones((2, 2)), "gcl": np.ones((2, 3))}, ["rnfl", "gcl"], "layers_thickness_maps.gcl"),
        ({"rnfl": np.ones((2, 2))}, [], "used_layers"),
        ({"rnfl": np.ones((2, 2))}, ["rnfl", "rnfl"], "used_layers"),
    ],
)
def test_layers_that_do_not_go_together_are_refused(layers: dict[str, np.ndarray], used: list[str], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        sum_of_layers(layers, used=used)
    assert refused.value.field == field


def test_units_become_um() -> None:
    assert um_per_unit(ThicknessUnit.UM, pixel_spacing_row_mm=None) == 1
    assert um_per_unit(ThicknessUnit.MM, pixel_spacing_row_mm=None) == 1000
    assert um_per_unit(ThicknessUnit.PX, pixel_spacing_row_mm=0.0039) == pytest.approx(3.9)
    with pytest.raises(InvalidInput, match="pixel_spacing_row"):
        um_per_unit(ThicknessUnit.PX, pixel_spacing_row_mm=None)


def test_a_map_has_the_shape_of_its_grid() -> None:
    grid = EnFaceGrid(rows=1, columns=2, row_spacing_mm=1, column_spacing_mm=1)
    with pytest.raises(InvalidInput):
        ThicknessMap(grid=grid, values=np.ones((2, 2)))
