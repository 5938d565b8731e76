import numpy as np
import pytest

from ophtha_core.errors import InvalidInput
from ophtha_core.oct.columns import DistanceMethod
from ophtha_core.oct.polygon import Outline
from ophtha_core.oct.segmented_scan import SegmentedScan

SQUARE = np.array([[2.0, 1], [6, 1], [6, 4], [2, 4]])


def outline(name: str, points: np.ndarray = SQUARE) -> Outline:
    return Outline(name=name, points=points, field="segmentation_instances[0].instances[0]")


def scan(*slices: list[Outline]) -> SegmentedScan:
    return SegmentedScan(slices=slices, width=10, height=20)


def test_every_class_has_a_map_of_all_slices() -> None:
    found = scan([outline("rnfl")], [], [outline("gcl"), outline("rnfl")]).thickness_px(["rnfl", "gcl"])
    assert {name: values.shape for name, values in found.items()} == {"rnfl": (3, 10), "gcl": (3, 10)}
    assert found["rnfl"][:, 4].tolist() == [3, 0, 3]
    assert found["gcl"][:, 4].tolist() == [0, 0, 3]


def test_classes_come_in_order_of_appearance() -> None:
    assert scan([outline("b")], [outline("a"), outline("b")]).classes == ["b", "a"]


def test_min_dist_needs_the_column_spacing_and_takes_pixels_as_square_without_a_row_spacing() -> None:
    slanted = scan([outline("rnfl", np.array([[0.0, 1], [9, 10], [9, 13], [0, 4]]))])
    with pytest.raises(InvalidInput, match="pixel_spacing_column"):
        slanted.thickness_px(["rnfl"], method=DistanceMethod.MIN_DIST)
    found = slanted.thickness_px(["rnfl"], method=DistanceMethod.MIN_DIST, column_spacing_mm=0.01)
    assert found["rnfl"][0, 4] == pytest.approx(3 / 2**0.5)


def test_a_scan_without_slices_or_with_points_off_the_image_is_refused() -> None:
    with pytest.raises(InvalidInput, match="segmentation_instances"):
        scan()
    with pytest.raises(InvalidInput, match=r"instances\[0\].points"):
        scan([outline("rnfl", SQUARE + 9)])
