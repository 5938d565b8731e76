import subprocess
import sys

import numpy as np
import pytest

from ophtha_core.detection.text import find_text
from tests.kit.written import EAST_ASIAN_FONT, SANS, Hand, Picture, WrittenLine, write
from tests.ophtha_core.detection.pictures import bright_film, speckle_fan

WHITE, BLACK, YELLOW = (255, 255, 255), (0, 0, 0), (255, 255, 0)


def with_line(
    picture: Picture, text: str, *, size: int, at: tuple[int, int] = (20, 12), colour: tuple[int, int, int] = WHITE
) -> tuple[Picture, WrittenLine]:
    return write(picture, text, Hand(font=SANS, size_px=size, at=at, colour=colour))


def covered(picture: Picture, line: WrittenLine) -> float:
    return line.covered([each.box for each in find_text(picture)])


@pytest.mark.parametrize("size", [9, 14, 24, 64])
def test_a_line_of_any_size_is_covered_to_its_last_pixel(size: int) -> None:
    picture, line = with_line(speckle_fan(), "DOE JANE 1961", size=size)
    assert covered(picture, line) == 1.0


@pytest.mark.parametrize(
    ("ground", "colour"), [(bright_film(), BLACK), (speckle_fan(), YELLOW), (speckle_fan(), WHITE)]
)
def test_dark_and_light_and_coloured_lines_are_covered(ground: Picture, colour: tuple[int, int, int]) -> None:
    picture, line = with_line(ground, "Müller, Hans  12.07.1950", size=18, colour=colour)
    assert covered(picture, line) == 1.0


def test_a_faint_line_is_covered() -> None:
    picture, line = with_line(speckle_fan(), "DOE JANE 1961", size=16, colour=(45, 45, 45))
    assert covered(picture, line) >= 0.98


def test_grey_pictures_are_looked_at_as_coloured_ones() -> None:
    picture, line = with_line(speckle_fan(), "DOE JANE 1961", size=16)
    assert covered(np.ascontiguousarray(picture[:, :, 0]), line) == 1.0


@pytest.mark.parametrize("text", ["Иванова Мария", "Παπαδόπουλος Γ."])
def test_scripts_that_cannot_be_read_are_covered(text: str) -> None:
    picture, line = with_line(speckle_fan(), text, size=20)
    assert covered(picture, line) >= 0.98


@pytest.mark.skipif(not EAST_ASIAN_FONT.exists(), reason="no East Asian font: apt install fonts-droid-fallback")
@pytest.mark.parametrize("text", ["王小明 男 58岁", "山田太郎 東京病院"])
def test_chinese_and_japanese_are_covered(text: str) -> None:
    hand = Hand(font=EAST_ASIAN_FONT, size_px=20, at=(20, 12), colour=WHITE)
    picture, line = write(speckle_fan(), text, hand)
    assert covered(picture, line) >= 0.98


def test_what_a_line_says_is_read() -> None:
    picture, _ = with_line(speckle_fan(), "SMITH 4711", size=22)
    (line,) = find_text(picture)
    assert line.reading.text == "SMITH 4711"
    assert line.reading.confidence > 0.8


@pytest.mark.parametrize("picture", [speckle_fan(), speckle_fan(seed=3), bright_film(), np.zeros((64, 64), np.uint8)])
def test_no_large_box_hides_a_picture_without_text(picture: Picture) -> None:
    assert all(each.box.area <= 0.02 * picture.shape[0] * picture.shape[1] for each in find_text(picture))


def test_a_line_across_the_tiles_of_a_large_picture_is_one_line() -> None:
    picture = np.zeros((300, 2200, 3), np.uint8)
    picture, line = with_line(picture, "DOE JANE 1961", size=30, at=(1000, 100))
    (found,) = find_text(picture)
    assert line.covered([found.box]) == 1.0


@pytest.mark.parametrize("shape", [(1, 1), (3, 700), (700, 3)])
def test_pictures_of_a_few_pixels_hold_nothing(shape: tuple[int, int]) -> None:
    assert find_text(np.full(shape, 100, np.uint8)) == []


def test_the_runtime_is_loaded_with_the_first_picture_and_not_before() -> None:
    look = "import sys, ophtha_core.detection.image_text; print('onnxruntime' in sys.modules)"
    printed = subprocess.run([sys.executable, "-c", look], check=True, capture_output=True, text=True).stdout
    assert printed.strip() == "False"
