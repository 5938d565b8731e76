import pytest
from pydicom.dataset import Dataset

from ophtha_core.detection.box import Box
from ophtha_core.detection.rules.condition import holds
from ophtha_core.detection.rules.deid_recipe import read_deid_recipe
from ophtha_core.detection.rules.rule import Area, RecipePart

RECIPE = """FORMAT dicom

%filter graylist

LABEL Dose Report # by somebody
  contains ImageType SECONDARY|SCREEN
  + equals Modality CT
  || contains Manufacturer Philips + notequals Rows 512
  ctpcoordinates 10,20,30,40
  keepcoordinates 1,2,3,4

LABEL Blank
  coordinates all
LABEL Ultrasound
  present SequenceOfUltrasoundRegions
  keepcoordinates from:SequenceOfUltrasoundRegions
LABEL Broken
  containz Modality CT
LABEL Short
  coordinates 1,2,3

%filter whitelist
LABEL Harmless
  missing BurnedInAnnotation
  notcontains SeriesDescription plan
%header
REMOVE PatientName
"""


def image(**values: object) -> Dataset:
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


def test_labels_become_rules_of_one_recipe_in_their_order() -> None:
    found = read_deid_recipe(RECIPE, recipe="r").rules
    assert [each.name for each in found] == ["Dose Report", "Blank", "Ultrasound", "Harmless"]
    assert [each.order for each in found] == [0, 1, 2, 3]
    assert [each.part for each in found] == [*[RecipePart("r", spares=False)] * 3, RecipePart("r", spares=True)]


def test_boxes_are_sized_or_cornered_whole_or_where_ultrasound_is() -> None:
    dose, blank, ultrasound, harmless = (each.areas for each in read_deid_recipe(RECIPE, recipe="r").rules)
    assert dose == (Area(box=Box(10, 20, 40, 60)), Area(box=Box(1, 2, 3, 4), keeps=True))
    assert blank[0].box == Box(0, 0, 2**16, 2**16)
    assert ultrasound == (Area(keeps=True),)
    assert harmless == ()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"ImageType": ["DERIVED", "SCREEN SAVE"], "Modality": "CT"}, True),
        ({"ImageType": ["DERIVED", "PRIMARY"], "Modality": "CT"}, False),
        ({"Modality": "MR", "Manufacturer": "PHILIPS", "Rows": 600}, True),
        ({"Modality": "MR", "Manufacturer": "PHILIPS", "Rows": 512}, False),
    ],
)
def test_criteria_are_joined_from_the_first_to_the_last(values: dict[str, object], *, expected: bool) -> None:
    assert holds(read_deid_recipe(RECIPE, recipe="r").rules[0].when, image(**values)) is expected


def test_a_label_without_criteria_is_for_every_image() -> None:
    assert holds(read_deid_recipe(RECIPE, recipe="r").rules[1].when, image()) is True


def test_what_cannot_be_expressed_is_named_with_its_line() -> None:
    skipped = read_deid_recipe(RECIPE, recipe="r").skipped
    assert [(each.line, each.text) for each in skipped] == [
        (17, "LABEL Broken"),
        (19, "LABEL Short"),
        (26, "%header"),
    ]
    assert skipped[0].reason == "not understood: containz Modality CT"
