import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ophtha_core.detection.box import Box
from ophtha_core.detection.rules.painting import painted

WHOLE = Box(0, 0, 12, 9)
_boxes = st.builds(Box, *(st.integers(-3, 14) for _ in range(4)))


@given(st.lists(st.tuples(_boxes, st.booleans()), max_size=5))
def test_the_last_box_over_a_pixel_says_what_becomes_of_it(boxes: list[tuple[Box, bool]]) -> None:
    expected = np.full((9, 12), bool(boxes) and not any(masks for _, masks in boxes))
    for box, masks in boxes:
        expected[slice(max(box.top, 0), max(box.bottom, 0)), slice(max(box.left, 0), max(box.right, 0))] = masks
    found = np.zeros((9, 12), int)
    for box in painted(boxes, WHOLE):
        found[box.slices] += 1
    assert np.array_equal(found, expected)
