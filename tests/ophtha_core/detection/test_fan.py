import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ophtha_core.detection.fan import Fan, find_fan
from tests.kit.written import SANS, Hand, Picture, write

ROWS, COLUMNS = 480, 640


def sector(*, half_angle: float, near: float, far: float) -> NDArray[np.bool_]:
    """Pixels of the fan of a probe at the middle of the upper border."""
    y, x = np.mgrid[:ROWS, :COLUMNS] + 0.5
    depth, angle = np.hypot(x - COLUMNS / 2, y - 5) / ROWS, np.arctan2(x - COLUMNS / 2, y - 5)
    return np.asarray((np.abs(angle) < half_angle) & (depth > near) & (depth < far))


def rectangle() -> NDArray[np.bool_]:
    area = np.zeros((ROWS, COLUMNS), bool)
    area[60:440, 120:520] = True
    return area


def speckled(area: NDArray[np.bool_], *, seed: int = 0) -> Picture:
    rng = np.random.default_rng(seed)
    noise = cv2.GaussianBlur(rng.rayleigh(0.8, area.shape), (0, 0), 1.1)
    grey = np.where(area, np.clip(70 * noise, 0, 230), 0).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def inside(fan: Fan | None) -> NDArray[np.bool_]:
    """Pixels whose centre lies in the polygon or on it, each asked by itself."""
    assert fan is not None
    corners = np.array(fan.outline, np.float32)
    y, x = np.mgrid[:ROWS, :COLUMNS] + 0.5
    distances = [
        cv2.pointPolygonTest(corners, (float(a), float(b)), False) for a, b in zip(x.flat, y.flat, strict=True)
    ]
    return np.reshape(np.array(distances) >= 0, (ROWS, COLUMNS))


def overlap(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return float((one & other).sum() / (one | other).sum())


@pytest.mark.parametrize(
    "area",
    [
        sector(half_angle=0.6, near=0.1, far=0.93),
        sector(half_angle=0.4, near=0.25, far=0.9),
        sector(half_angle=0.75, near=0.05, far=0.8),
        rectangle(),
    ],
    ids=["curved probe", "narrow", "phased array", "linear probe"],
)
def test_the_area_that_shows_the_body_is_found_and_no_text_beside_it(area: NDArray[np.bool_]) -> None:
    picture, name = write(speckled(area), "DOE JANE 1961", Hand(font=SANS, size_px=18, at=(4, 4), colour=(255,) * 3))
    picture, depth = write(picture, "16 cm", Hand(font=SANS, size_px=14, at=(580, 450), colour=(255,) * 3))
    found = inside(find_fan([picture]))
    assert overlap(found, area) >= 0.97
    assert not (found & (name.ink | depth.ink) & ~area).any()


def test_what_is_dark_in_one_frame_and_lit_in_another_belongs_to_it() -> None:
    area = sector(half_angle=0.6, near=0.1, far=0.93)
    left, right = speckled(area), speckled(area, seed=1)
    left[:, 320:] = 0
    right[:, :320] = 0
    assert overlap(inside(find_fan([left, right])), area) >= 0.97


def test_a_page_of_text_holds_no_fan() -> None:
    picture = np.zeros((ROWS, COLUMNS, 3), np.uint8)
    for row in range(20, 440, 40):
        picture, _ = write(picture, "DOE JANE 1961", Hand(font=SANS, size_px=16, at=(20, row), colour=(255,) * 3))
    assert find_fan([picture]) is None
