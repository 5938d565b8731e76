import numpy as np

from ophtha_core.detection.concealed import conceal


def test_what_is_masked_gets_the_shade_of_what_lies_around_it() -> None:
    picture = np.full((64, 80), 200, np.uint8)
    mask = np.zeros((64, 80), bool)
    mask[20:50, 10:70] = True
    picture[mask] = 0
    assert (conceal(picture, mask) == 200).all()


def test_each_colour_has_its_own_and_nothing_else_changes() -> None:
    picture = np.zeros((16, 16, 3), np.uint8)
    picture[..., 0], picture[..., 2] = 90, 30
    picture[0, 0] = (1, 2, 3)
    mask = np.zeros((16, 16), bool)
    mask[8:12, 8:12] = True
    shown = picture.copy()
    shown[mask] = 255
    assert np.array_equal(conceal(shown, mask), picture)


def test_a_picture_that_is_masked_wholly_stays() -> None:
    picture = np.full((8, 8), 7, np.uint8)
    assert np.array_equal(conceal(picture, np.ones((8, 8), bool)), picture)
