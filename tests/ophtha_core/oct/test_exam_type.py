import pytest

from ophtha_core.oct.exam_type import ExamBounds, ExamSize, exam_type


@pytest.mark.parametrize(
    ("size", "fovea", "nerve", "expected"),
    [
        ((6, 6), True, False, "is_macula_scan"),
        ((6, 6), True, True, "is_macula_scan"),
        ((3, 9), True, False, "is_macula_scan"),
        ((2.999, 6), True, False, "something_unusual"),
        ((6, 9.001), True, False, "is_wide_scan"),
        ((2, 12), True, False, "is_wide_scan"),
        ((12, 12), True, True, "is_wide_scan"),
        (None, True, False, "is_macula_scan"),
        (None, True, True, "is_wide_scan"),
        ((6, 6), False, True, "is_optic_disk_scan"),
        ((1, 8), False, True, "is_optic_disk_scan"),
        ((6, 8.001), False, True, "something_unusual"),
        ((6, 9.001), False, True, "is_probably_pathological_wide_scan"),
        (None, False, True, "is_optic_disk_scan"),
        ((6, 6), False, False, "is_probably_pathological_macula_scan"),
        ((3, 9), False, False, "is_probably_pathological_macula_scan"),
        ((2.999, 9), False, False, "something_unusual"),
        ((2, 9.001), False, False, "is_probably_pathological_wide_scan"),
        (None, False, False, "something_unusual"),
    ],
)
def test_the_first_type_that_matches(size: tuple[float, float] | None, fovea: bool, nerve: bool, expected: str) -> None:
    both_ways = [size, None if size is None else size[::-1]]
    for height, width in ((None, None) if each is None else each for each in both_ways):
        found = ExamSize.of(height_mm=height, width_mm=width)
        assert exam_type(found, has_fovea=fovea, has_nerve=nerve, bounds=ExamBounds()) == expected


@pytest.mark.parametrize(("height", "width"), [(None, 6), (6, None), (0, 6), (6, -1)])
def test_a_missing_or_impossible_side_is_no_size(height: float | None, width: float | None) -> None:
    assert ExamSize.of(height_mm=height, width_mm=width) is None
