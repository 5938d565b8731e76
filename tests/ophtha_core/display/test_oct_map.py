"""Pictures of thickness maps: a value by its colour, the eye by its labels, and nothing where nothing was scanned."""

from io import BytesIO

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ophtha_core.display.oct_map import Legend, draw_sectors, draw_thickness
from ophtha_core.oct.circles import ETDRS
from ophtha_core.oct.enface import EnFaceGrid, Laterality
from ophtha_core.oct.thickness import ThicknessMap

LEGEND = Legend(title="Test", low_um=100, high_um=300, step_um=50)
# Of a picture 900 wide: the map's square, and a place on its left and right half clear of lines.
SIDE, LEFT, TOP = 640, 70, 110


def cividis(value_um: float) -> NDArray[np.uint8]:
    table = cv2.applyColorMap(np.arange(256, dtype=np.uint8)[:, None], cv2.COLORMAP_CIVIDIS)[:, 0, ::-1]
    return np.asarray(table[round((value_um - 100) / 200 * 255)], dtype=np.uint8)


def drawn(png: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(BytesIO(png)).convert("RGB"))


def flat_map(value: float, *, laterality: Laterality | None = Laterality.RIGHT, size: int = 60) -> ThicknessMap:
    grid = EnFaceGrid(rows=size, columns=size, row_spacing_mm=0.1, column_spacing_mm=0.1, laterality=laterality)
    return ThicknessMap(grid=grid, values=np.full((size, size), value))


@pytest.mark.parametrize("value", [100.0, 160.0, 300.0])
def test_a_value_has_its_colour_on_the_map_and_in_the_sectors(value: float) -> None:
    for draw in (draw_thickness, draw_sectors):
        image = drawn(draw(flat_map(value), LEGEND, ETDRS, width_px=900))
        for x, y in ((0.25, 0.5), (0.75, 0.5), (0.5, 0.2)):
            pixel = image[round(TOP + y * SIDE + 40), round(LEFT + x * SIDE)]
            np.testing.assert_allclose(pixel.astype(int), cividis(value).astype(int), atol=3)


def test_beyond_the_scale_the_colour_stays_at_its_end() -> None:
    bright, brightest = (drawn(draw_thickness(flat_map(v), LEGEND, ETDRS, width_px=600)) for v in (300.0, 900.0))
    np.testing.assert_array_equal(bright, brightest)


def test_superior_is_up_and_image_left_is_left() -> None:
    thickness = flat_map(120.0)
    thickness.values[:30, 30:] = 280.0
    image = drawn(draw_thickness(thickness, LEGEND, ETDRS, width_px=900)).astype(int)
    corner = image[TOP + 30, LEFT + SIDE - 30]
    np.testing.assert_allclose(corner, cividis(280.0).astype(int), atol=4)
    for row, column in ((TOP + 30, LEFT + 30), (TOP + SIDE - 30, LEFT + 30), (TOP + SIDE - 30, LEFT + SIDE - 30)):
        np.testing.assert_allclose(image[row, column], cividis(120.0).astype(int), atol=4)


def test_what_was_not_scanned_is_grey_and_without_number() -> None:
    thickness = flat_map(200.0)
    thickness.values[:, :25] = np.nan
    for draw in (draw_thickness, draw_sectors):
        image = drawn(draw(thickness, LEGEND, ETDRS, width_px=900)).astype(int)
        patch = image[TOP + 290 : TOP + 310, LEFT + 30 : LEFT + 60].reshape(-1, 3)
        assert np.ptp(patch, axis=1).max() < 12
        assert patch.mean() > 180


def test_nasal_and_temporal_change_sides_with_the_eye_and_need_one() -> None:
    pictures = [
        drawn(draw_sectors(flat_map(200.0, laterality=eye), LEGEND, ETDRS, width_px=900))
        for eye in (Laterality.RIGHT, Laterality.LEFT, None)
    ]
    left_labels = [image[TOP + 300 : TOP + 340, 20:66] for image in pictures]
    right_labels = [image[TOP + 300 : TOP + 340, LEFT + SIDE + 8 : LEFT + SIDE + 40] for image in pictures]
    assert not np.array_equal(left_labels[0], left_labels[1])
    assert not np.array_equal(left_labels[0], left_labels[2])
    assert not np.array_equal(right_labels[0], right_labels[1])
    assert all((each < 120).any() for each in (*left_labels, *right_labels))


def test_a_field_that_is_no_square_keeps_its_proportions() -> None:
    grid = EnFaceGrid(rows=20, columns=60, row_spacing_mm=0.1, column_spacing_mm=0.1, laterality=Laterality.LEFT)
    image = drawn(draw_thickness(ThicknessMap(grid=grid, values=np.full((20, 60), 200.0)), LEGEND, ETDRS, width_px=900))
    column = image[:, LEFT + 20].astype(int)
    coloured = np.abs(column - cividis(200.0).astype(int)).max(axis=1) < 5
    assert coloured.sum() == pytest.approx(SIDE / 3, abs=8)
