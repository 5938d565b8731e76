import pytest
from pydicom.dataset import Dataset

from ophtha_core.detection.box import Box
from ophtha_core.detection.rules.condition import holds
from ophtha_core.detection.rules.ctp_script import read_ctp_script

SCRIPT = """
Library of places (0 of them guaranteed)

**************
     CT
**************
 Screens - large
  { [0028,0301].containsIgnoreCase("YES") * // burned in
    [0008,0070].containsIgnoreCase("GE MEDICAL") *
    ( SeriesDescription.contains("AAA") + !Rows.equals("512") ) }
  (0,0,300,150)   (724,0,300,150)

{ Modality.startsWith("U") } (1, 2, 3, 4)
{ Modality.isLessThan("U") } (1,2,3,4)
{ Modality.equals("CT") } (1,2,3)
{ Nothing.equals("CT") } (1,2,3,4)
{ Modality.equals("CT" } (1,2,3,4)
{ StationName.equals("") + false.} no box: nothing is masked
"""


def image(**values: object) -> Dataset:
    dataset = Dataset()
    for keyword, value in {"Manufacturer": "GE Medical Systems", "BurnedInAnnotation": "YES", **values}.items():
        setattr(dataset, keyword, value)
    return dataset


def test_signatures_become_rules_in_their_order_with_boxes_of_corners() -> None:
    found = read_ctp_script(SCRIPT).rules
    assert [each.name for each in found] == ["Screens - large", "signature", "signature"]
    assert [each.order for each in found] == [0, 1, 2]
    assert [area.box for area in found[0].areas] == [Box(0, 0, 300, 150), Box(724, 0, 1024, 150)]
    assert [area.box for area in found[1].areas] == [Box(1, 2, 4, 6)]
    assert found[2].areas == ()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"SeriesDescription": "AAA", "Rows": 512}, True),
        ({"SeriesDescription": "B", "Rows": 512}, False),
        ({"SeriesDescription": "B", "Rows": 600}, True),
        ({"SeriesDescription": "AAA", "Rows": 512, "Manufacturer": "Philips"}, False),
    ],
)
def test_and_binds_more_than_or_and_parentheses_most(values: dict[str, object], *, expected: bool) -> None:
    assert holds(read_ctp_script(SCRIPT).rules[0].when, image(**values)) is expected


def test_an_element_that_is_not_there_equals_an_empty_text() -> None:
    assert holds(read_ctp_script(SCRIPT).rules[2].when, image()) is True
    assert holds(read_ctp_script(SCRIPT).rules[2].when, image(StationName="X")) is False


def test_what_lies_too_deep_is_skipped() -> None:
    for depth in (60, 5000):
        found = read_ctp_script("{ " + "!" * depth + 'Modality.equals("CT") } (1,2,3,4)')
        assert [each.reason for each in found.skipped] == ["it lies too deep"]


def test_what_cannot_be_expressed_is_named_with_its_line_and_not_half_taken() -> None:
    skipped = read_ctp_script(SCRIPT).skipped
    assert [each.line for each in skipped] == [14, 15, 16, 17]
    assert [each.reason for each in skipped] == [
        "isLessThan cannot be expressed",
        "(1,2,3) is no box of four whole numbers",
        "there is no element Nothing",
        'not understood: Modality.equals("CT"',
    ]
    assert skipped[0].text == '{ Modality.isLessThan("U") }'
