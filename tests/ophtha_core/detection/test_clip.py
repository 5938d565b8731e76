import numpy as np

from ophtha_core.detection.clip import ClipLine, find_text_in_clip
from tests.kit.written import SANS, Hand, Picture, write
from tests.ophtha_core.detection.pictures import speckle_fan

FRAMES = 20
BANNER = Hand(font=SANS, size_px=20, at=(20, 8), colour=(255, 255, 255))
CORNER = Hand(font=SANS, size_px=18, at=(430, 440), colour=(255, 255, 255))


def lines_of(frames: list[Picture]) -> list[ClipLine]:
    return find_text_in_clip(frames.__getitem__, len(frames))


def test_a_banner_over_moving_speckle_is_one_line_of_every_frame() -> None:
    written = [write(speckle_fan(seed=seed), "DOE JANE 1961", BANNER) for seed in range(FRAMES)]
    found = lines_of([picture for picture, _ in written])
    banners = [each for each in found if written[0][1].covered([each.box]) == 1.0]
    assert [each.frames for each in banners] == [tuple(range(FRAMES))]


def test_a_line_that_shows_in_one_frame_is_found_there_though_the_first_frame_has_none() -> None:
    frames = [speckle_fan(seed=seed) for seed in range(FRAMES)]
    frames[18], line = write(frames[18], "DOE JANE 1961", CORNER)
    showing = [each.box for each in lines_of(frames) if 18 in each.frames]
    assert line.covered(showing) == 1.0


def test_a_line_stays_found_where_only_the_picture_beside_it_moves() -> None:
    ground, line = write(np.zeros((480, 640, 3), np.uint8), "DOE JANE 1961", BANNER)
    frames = [ground.copy() for _ in range(FRAMES)]
    for index, frame in enumerate(frames):
        frame[200:220, 20 * index : 20 * index + 20] = 90
    found = lines_of(frames)
    assert all(line.covered([each.box for each in found if index in each.frames]) == 1.0 for index in range(FRAMES))


def test_frames_that_repeat_the_first_are_not_looked_at_again() -> None:
    picture, _ = write(speckle_fan(), "DOE JANE 1961", BANNER)
    (line,) = lines_of([picture] * FRAMES)
    assert line.frames == tuple(range(FRAMES))
