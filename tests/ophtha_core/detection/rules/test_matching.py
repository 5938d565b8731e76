"""Which rules apply to an image, and what is said where they do not settle it."""

from io import BytesIO

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import SecondaryCaptureImageStorage

from ophtha_core.detection.box import Box
from ophtha_core.detection.rules.condition import AllOf, Comparison, Operator
from ophtha_core.detection.rules.matching import find_by_rules
from ophtha_core.detection.rules.rule import Area, DeviceRule, RecipePart
from tests.plugin.service.pixels_masker.phantoms import StudyIds, add_pixels, base, to_bytes

PHANTOM = Comparison(0x00080070, Operator.EQUALS, "phantom")
OTHER = Comparison(0x00080070, Operator.EQUALS, "other")
TOP = Area(box=Box(0, 0, 1000, 10))


def image(*, with_regions: bool = False) -> FileDataset:
    dataset = base(StudyIds(), sop_class=SecondaryCaptureImageStorage, series_uid="2.25.7", number=1, modality="US")
    add_pixels(dataset, np.zeros((40, 60), np.uint8))
    if with_regions:
        region = Dataset()
        region.RegionLocationMinX0, region.RegionLocationMinY0 = 10, 20
        region.RegionLocationMaxX1, region.RegionLocationMaxY1 = 29, 39
        dataset.SequenceOfUltrasoundRegions = [region]
    return dcmread(BytesIO(to_bytes(dataset)))


def rule(name: str, order: int, when: object = PHANTOM, **more: object) -> DeviceRule:
    return DeviceRule(name=name, order=order, when=when, **{"areas": (TOP,), **more})  # type: ignore[arg-type]


def boxes(*rules: DeviceRule, with_regions: bool = False) -> list[Box]:
    return [each.box for each in find_by_rules(image(with_regions=with_regions), rules).findings]


def test_the_first_rule_in_order_wins_and_its_boxes_end_with_the_image() -> None:
    second = rule("second", 2, areas=(Area(box=Box(0, 0, 5, 5)),))
    assert boxes(second, rule("first", 1)) == [Box(0, 0, 60, 10)]
    assert boxes(second, rule("first", 1, OTHER)) == [Box(0, 0, 5, 5)]


def test_a_rule_without_areas_masks_nothing_and_ends_the_search() -> None:
    assert boxes(rule("harmless", 1, areas=()), rule("later", 2)) == []


@pytest.mark.parametrize(
    "known",
    [
        rule("Scanner", 1, rows=480),
        rule("Scanner", 1, AllOf((PHANTOM, Comparison(0x00280010, Operator.CONTAINS, "480")))),
    ],
)
def test_a_device_that_is_known_at_another_size_is_named(known: DeviceRule) -> None:
    found = find_by_rules(image(), [known])
    assert found.reasons == ("UnknownSize: Scanner, 40 × 60",)  # noqa: RUF001 - as it is printed
    assert found.findings == ()
    assert find_by_rules(image(), [known, rule("Scanner 40", 2, rows=40, columns=60)]).reasons == ()


def test_another_device_and_a_mere_size_are_passed_over() -> None:
    size_only = Comparison(0x00280010, Operator.EQUALS, "480")
    assert find_by_rules(image(), [rule("other", 1, OTHER, rows=480), rule("any", 2, size_only)]).reasons == ()


def test_all_rules_of_a_recipe_apply_the_later_over_the_earlier() -> None:
    recipe = RecipePart("r", spares=False)
    blank = rule("blank", 1, areas=(Area(box=Box(0, 0, 1000, 1000)),), part=recipe)
    kept = rule("kept", 2, areas=(Area(keeps=True),), part=recipe)
    assert boxes(blank, kept, with_regions=True) == [
        Box(0, 0, 60, 20),
        Box(0, 20, 10, 40),
        Box(30, 20, 60, 40),
    ]
    assert boxes(kept, rule("own", 3), with_regions=True)[0] == Box(0, 0, 60, 10)


def test_a_label_without_a_box_flags_the_image_unless_a_box_applies_or_it_spares() -> None:
    flag = rule("Burned in", 1, areas=(), part=RecipePart("r", spares=False))
    assert find_by_rules(image(), [flag]).reasons == ("flagged by Burned in",)
    assert find_by_rules(image(), [flag, rule("box", 2, part=flag.part)]).reasons == ()
    spared = rule("Harmless", 1, areas=(), part=RecipePart("r", spares=True))
    assert find_by_rules(image(), [spared]).reasons == ()
