"""Edges lie where a picture without noise has them, to a tenth of a row."""

import numpy as np
import pytest

from ophtha_core.oct.segmentation.borders import bruchs_membrane, inner_border
from ophtha_core.oct.segmentation.stack import PixelSize, stack_of

SIZE = PixelSize(row_um=4.0, column_um=12.0, slice_um=100.0)


@pytest.mark.parametrize("edge", [60.0, 60.25, 60.5, 60.75])
def test_the_inner_border_is_found_between_rows(edge: float) -> None:
    row = np.arange(160)[:, None] + np.zeros((1, 64))
    share = np.clip(row + 0.5 - edge, 0.0, 1.0)
    stack = stack_of([20.0 + 180.0 * share * np.exp(-np.clip(row - 80.0, 0.0, None) / 20.0)], SIZE)
    found = inner_border(stack, np.full((1, 64), 62.0))

    assert found == pytest.approx(edge, abs=0.1)


def test_the_membrane_ignores_what_lifts_the_epithelium() -> None:
    x = np.arange(512) * SIZE.column_um / 1000.0
    membrane = 200.0 + 1.5 * (x - 3.0) ** 2
    lift = 15.0 * np.sqrt(np.clip(1.0 - ((x - 3.0) / 0.3) ** 2, 0.0, None))
    found = bruchs_membrane((membrane - lift)[None], row_um=SIZE.row_um, column_um=SIZE.column_um)

    assert np.abs(found[0] - membrane).max() < 3.0
    assert np.abs(found[0] - membrane).mean() < 0.5


def test_a_membrane_without_drusen_is_left_as_it_is() -> None:
    x = np.arange(512) * SIZE.column_um / 1000.0
    membrane = (200.0 + 1.5 * (x - 3.0) ** 2)[None]

    assert bruchs_membrane(membrane, row_um=SIZE.row_um, column_um=SIZE.column_um) == pytest.approx(membrane, abs=0.05)
