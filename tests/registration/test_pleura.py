"""Which of two fields is followed beside the pleura."""

import numpy as np
import pytest

from registration.grids import FloatArray
from registration.pleura import share_of_lungs
from registration.settings import PleuraSettings

SPACING_MM = 2.0
BORDER = 30


def share_along_a_line(*, lungs_misfit_hu: float, body_misfit_hu: float) -> FloatArray:
    """Lung at columns below ``BORDER``; the share along columns."""
    lungs = np.zeros((20, 20, 60), dtype=np.float32)
    lungs[..., :BORDER] = 1
    by_lungs, by_body = (np.full(lungs.shape, hu**2, dtype=np.float32) for hu in (lungs_misfit_hu, body_misfit_hu))
    share = share_of_lungs(lungs, by_lungs, by_body, spacing_mm=SPACING_MM, settings=PleuraSettings())
    line: FloatArray = share[10, 10]
    return line


@pytest.mark.parametrize(("lungs_misfit_hu", "body_misfit_hu"), [(1000, 0), (0, 1000), (50, 50)])
def test_far_from_the_border_the_mask_decides_alone(lungs_misfit_hu: float, body_misfit_hu: float) -> None:
    line = share_along_a_line(lungs_misfit_hu=lungs_misfit_hu, body_misfit_hu=body_misfit_hu)
    reach = int(12 / SPACING_MM)
    assert (line[: BORDER - reach] == 1).all()
    assert (line[BORDER + reach :] == 0).all()


def test_equal_fields_change_over_at_the_border() -> None:
    line = share_along_a_line(lungs_misfit_hu=100, body_misfit_hu=100)
    assert line[BORDER - 1] > 0.5 > line[BORDER]


def test_the_field_that_fits_better_reaches_beyond_the_border() -> None:
    by_lungs = share_along_a_line(lungs_misfit_hu=20, body_misfit_hu=400)
    by_body = share_along_a_line(lungs_misfit_hu=400, body_misfit_hu=20)
    assert by_lungs[BORDER + 2] > 0.5
    assert by_body[BORDER - 3] < 0.5


def test_differences_as_small_as_noise_hardly_count() -> None:
    line = share_along_a_line(lungs_misfit_hu=5, body_misfit_hu=20)
    assert line[BORDER + 2] < 0.5
